"""What a fold's model learns, as training would have by its test, and the simple rules beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.contract import FeatureColumn
from features.progress import silent
from features.spec import BankSpec
from features.vocabulary import Model
from training.backtest.folds import Fold, Past
from training.baselines import Rule, learn_rules
from training.choices import choose
from training.cold_start import with_lookalikes
from training.comparisons import widened
from training.dataset import Rows
from training.heads import FittedHead, learn_heads, predict
from training.pipeline import require_both_outcomes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Learned:
    """A fold's model and rules; `keys` (customer_id, snapshot_date) are the rows the model learnt from.

    Rules learn from all that had come true by the test, as the model has in the end.

    `remarks` tell where its parameters come from, `tried` what became of comparisons of features and of other
    ways to grow.
    """

    fold: Fold
    keys: pa.Table
    columns: tuple[FeatureColumn, ...]
    heads: tuple[FittedHead, ...]
    rules: Mapping[str, Rule]
    remarks: tuple[str, ...]
    tried: tuple[str, ...]

    @property
    def base_rates(self) -> Floats:
        """What each head answers without a booster, shape (heads,)."""
        return np.array([head.base_rate for head in self.heads])

    def answer(self, rows: Rows) -> Floats:
        """Calibrated probabilities, shape (rows, heads)."""
        return predict(self.heads, widened(rows.encoded(self.columns), self.columns))


def learn_fold(spec: BankSpec, model: Model, past: Past, fold: Fold) -> Learned:
    """Fit and calibrate as of a fold's test snapshot.

    Raises BadInputError where all customers to train on left, or none.
    """
    data = fold.data(past, spec.training.seed)
    require_both_outcomes(model, data.train)
    chosen = choose(spec, model, data, fold.split.kind)
    data, least = chosen.data, spec.training.minimum_positives
    own = learn_heads(data, chosen.settings, least, silent)
    return Learned(
        fold=fold,
        keys=data.learnt.keys,
        columns=data.columns,
        heads=tuple(with_lookalikes(own, data.train, spec.products, least)),
        rules=learn_rules(past.rows.take(np.flatnonzero(fold.split.learnt))),
        remarks=chosen.remarks,
        tried=chosen.tried,
    )
