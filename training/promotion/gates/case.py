"""What gates look at, and what they find."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.contract import ModelContract, encode
from features.promotion_spec import PromotionSpec
from features.question import Question
from training.answers import Answers
from training.card.card import Card
from training.heads import FittedHead, predict
from training.intervals import Interval
from training.slices import Slice
from training.uplift.choose import Tested

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """One line of the table: what was measured, what it may be, and whether it is."""

    gate: str
    measured: str
    limit: str
    passed: bool


@dataclass(frozen=True)
class Side:
    """A version as it is stored.

    `answers` are those on the rows it is compared on, None for uplift, of which `tested` tells by action.
    `digest` is that of the files as they are now, `evidence` those of how it was tested; `own`: whether the
    answers are those the card tells of.
    """

    version: int
    contract: ModelContract
    heads: tuple[FittedHead, ...]
    card: Card | None
    digest: str
    answers: Answers | None = None
    tested: Mapping[str, Tested] = field(default_factory=dict)
    own: bool = True
    evidence: Mapping[str, str] = field(default_factory=dict)

    @property
    def altered(self) -> tuple[str, ...]:
        """The files that say how it was tested and are not what the card says was written, if it tells."""
        written, now = self.card.rebuilding.evidence if self.card else {}, self.evidence
        names = {*written, *now} if written else set()
        return tuple(sorted(name for name in names if written.get(name) != now.get(name)))

    def score(self, features: pa.Table) -> Floats:
        """Calibrated probabilities, shape (rows, heads), by the path that serving takes: by name, encoded."""
        return predict(self.heads, encode(features, self.contract.columns))


@dataclass(frozen=True)
class Case:
    """A challenger before its gates.

    `same_rows`: both sides' answers are of the same rows in the same order. `sliced` are the challenger's by
    group. `earlier` and `newest` are the features, ids and dates of customers who hold something, at the
    training snapshots and at the newest one that is built, `champion_newest` the latter as the champion knows
    them; `later`: whether it comes after those of training. `asked` is bank.toml's question, None: not looked
    at.
    """

    limits: PromotionSpec
    challenger: Side
    champion: Side | None = None
    same_rows: bool = False
    sliced: Sequence[Slice] = ()
    earlier: pa.Table | None = None
    newest: pa.Table | None = None
    champion_newest: pa.Table | None = None
    later: bool = True
    seed: int = 0
    asked: Question | None = None

    @property
    def rival(self) -> Side | None:
        """The champion if it answers the challenger's question."""
        answered, champion = self.challenger.contract.question, self.champion
        return None if champion is None or champion.contract.question.differs(answered) else champion


def told(found: Interval, digits: int, sign: str = "") -> str:
    """A figure and its interval, as the table shows them; `sign` is "+" for differences."""
    value, low, high = (f"{one:{sign}.{digits}f}" for one in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}]"
