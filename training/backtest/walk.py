"""How a model would have done: trained as of every snapshot, tested on the next, against simple rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.contract import FeatureColumn
from features.errors import BadInputError
from features.layout import load_layout
from features.progress import Progress, silent
from features.spec import BankSpec
from features.vocabulary import Model
from training.backtest.folds import Fold, Past, read_past, walk_forward
from training.baselines import Rule, learn_rules, rule_names
from training.cold_start import with_lookalikes
from training.comparisons import widened, with_comparisons
from training.dataset import History, Rows
from training.heads import FittedHead, learn_heads, predict
from training.intervals import draw_customers, interval
from training.metrics.drawn import Scored, averaged, drawn_metrics
from training.pipeline import require_both_outcomes
from training.reading import open_history
from training.split import Part
from training.tuned import settings_for, tuned_on

Floats = NDArray[np.float64]
Drawn = Mapping[str, Floats]
"""A metric's draws by its name, as `drawn_metrics` gives them."""
Line = dict[str, Any]

DRAWS = 200
COMPARED = {
    Model.CHURN: ("average_precision", "roc_auc", "skill", "lift_at_10pct"),
    Model.PROPENSITY: ("map_at_7", "average_precision", "roc_auc", "skill"),
    Model.UPLIFT: ("qini", "auuc"),
}
"""Higher is better for all: what models are compared by, the first above all."""


@dataclass(frozen=True)
class Learned:
    """A fold's model and rules; `keys` (customer_id, snapshot_date) are the rows the model learnt from.

    `remarks` tell where its parameters come from, `tuned_on` whether tuning chose them by this fold's test,
    `compared` what became of comparisons of features, empty where none were tried.
    """

    fold: Fold
    keys: pa.Table
    columns: tuple[FeatureColumn, ...]
    heads: tuple[FittedHead, ...]
    rules: Mapping[str, Rule]
    remarks: tuple[str, ...]
    tuned_on: bool
    compared: str

    @property
    def base_rates(self) -> Floats:
        """What each head answers without a booster, shape (heads,)."""
        return np.array([head.base_rate for head in self.heads])

    def answer(self, rows: Rows) -> Floats:
        """Calibrated probabilities, shape (rows, heads)."""
        return predict(self.heads, widened(rows.encoded(self.columns), self.columns))


@dataclass(frozen=True)
class Backtest:
    """What came of walking forward, a line a figure.

    `snapshots`: each metric on each test snapshot, and its mean; optimistic where tuning chose by them, which
    `tuned_on` tells. `rules`: each rule's figure and how far the model is ahead of it on the same rows.
    `ages`: what a model loses against a fresh one by so many snapshots later. `curve`: figures with fewer
    customers or snapshots to learn from, and how far behind all they are. Intervals are of 95 % of draws of
    customers. Of uplift each line is of an `action`, or the mean of "all".
    """

    model: str
    notes: tuple[str, ...]
    snapshots: tuple[Line, ...]
    rules: tuple[Line, ...]
    ages: tuple[Line, ...]
    curve: tuple[Line, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return dict(vars(self))


@dataclass(frozen=True)
class Walk:
    """All that is needed to fit and to judge on the same draws of customers."""

    spec: BankSpec
    model: Model
    past: Past
    folds: Sequence[Fold]
    draws: Floats

    def learn(self, fold: Fold) -> Learned:
        """Fit and calibrate as of a fold's test snapshot.

        Raises BadInputError where all customers to train on left, or none.
        """
        training = self.spec.training
        data = fold.data(self.past, training.seed)
        require_both_outcomes(self.model, data.train)
        compared = with_comparisons(data, training.monotone, training.seed)
        data = compared.data
        settings, remarks = settings_for(self.spec, self.model, data.columns)
        least = training.minimum_positives
        own = learn_heads(data, settings, least, silent)
        heads = with_lookalikes(own, data.train, self.spec.products, least)
        rules = learn_rules(fold.rows(self.past, Part.TRAIN))
        chosen_here = fold.name in tuned_on(self.spec, self.model)
        return Learned(
            fold, data.learnt.keys, data.columns, tuple(heads), rules, remarks, chosen_here, compared.note
        )

    def judge(self, fold: Fold, probabilities: Floats, base_rates: Floats) -> Drawn:
        """Every metric of probabilities of a fold's test rows."""
        places = fold.split.rows(Part.TEST)
        labels = self.past.rows.labels[places]
        scored = Scored(self.past.customers[places], labels, probabilities, base_rates)
        return drawn_metrics(scored, self.draws)


def prepare(
    spec: BankSpec,
    model: Model,
    progress: Progress,
    *,
    folds: int | None = None,
    draws: int = DRAWS,
    store: History | None = None,
) -> Walk:
    """Read labels and features once, for all folds."""
    layout = load_layout(spec)
    past = read_past(spec, model, layout, store or open_history(spec, layout), progress)
    found = walk_forward(past.rows.keys, spec, folds)
    return Walk(spec, model, past, found, draw_customers(past.number, draws, spec.training.seed))


def backtest(walk: Walk, progress: Progress = silent) -> Backtest:
    """Fit a model as of every fold and test it there and on all later ones.

    Raises BadInputError when there is nothing to learn from.
    """
    learned, notes = _learn_all(walk, progress)
    own: list[Drawn] = []
    rules: list[Mapping[str, Drawn]] = []
    old: list[Sequence[Drawn]] = []
    for place, one in enumerate(learned):
        test = one.fold.rows(walk.past, Part.TEST)
        own.append(walk.judge(one.fold, one.answer(test), one.base_rates))
        rules.append({n: walk.judge(one.fold, rule(test), one.base_rates) for n, rule in one.rules.items()})
        earlier = learned[:place] if one.fold.split.kind != "customers" else []
        old.append([walk.judge(one.fold, other.answer(test), one.base_rates) for other in earlier])
        progress("testing", place + 1, len(learned))
    return Backtest(
        model=str(walk.model),
        notes=tuple(notes),
        snapshots=tuple(_by_snapshot(learned, own)),
        rules=tuple(_against_rules(walk.model, own, rules)),
        ages=tuple(_by_age(walk.model, learned, own, old)),
    )


def line(name: str, figures: Floats) -> Line:
    """A metric with its interval."""
    return {"metric": name, **vars(interval(figures))}


def _learn_all(walk: Walk, progress: Progress) -> tuple[list[Learned], list[str]]:
    """Every fold's model; a fold that cannot be learned is noted, and refused if it is the last hope."""
    notes = [walk.past.note] if walk.past.note else []
    learned, refused = [], None
    for place, fold in enumerate(walk.folds):
        try:
            learned.append(walk.learn(fold))
        except BadInputError as error:
            refused = error
            notes.append(f"{fold.name} left out: {error}")
        progress("fitting", place + 1, len(walk.folds))
    if not learned and refused:
        raise refused
    compared = [f"{one.fold.name}: {one.compared}" for one in learned if one.compared]
    last = learned[-1]
    return learned, [*notes, last.fold.split.note, *last.remarks, *compared, *_optimistic(learned)]


def _optimistic(learned: Sequence[Learned]) -> list[str]:
    names = ", ".join(one.fold.name for one in learned if one.tuned_on)
    if not names:
        return []
    return [f"tuning chose the parameters on {names}: what is told there, and means over it, is optimistic"]


def _by_snapshot(learned: Sequence[Learned], own: Sequence[Drawn]) -> list[Line]:
    lines = [
        {"snapshot": one.fold.name, "tuned_on": one.tuned_on, **line(name, figures)}
        for one, found in zip(learned, own, strict=True)
        for name, figures in found.items()
    ]
    mean = {"snapshot": "mean", "tuned_on": any(one.tuned_on for one in learned)}
    return lines + [{**mean, **line(name, figures)} for name, figures in averaged(own).items()]


def _against_rules(model: Model, own: Sequence[Drawn], rules: Sequence[Mapping[str, Drawn]]) -> list[Line]:
    lines, mine = [], averaged(own)
    for rule in rule_names(rules):
        theirs = averaged([one[rule] for one in rules])
        for name in COMPARED[model]:
            ahead = line(name, mine[name] - theirs[name])
            lines.append({"rule": rule, "of_rule": theirs[name][0], "of_model": mine[name][0], **ahead})
    return lines


def _by_age(
    model: Model, learned: Sequence[Learned], own: Sequence[Drawn], old: Sequence[Sequence[Drawn]]
) -> list[Line]:
    """Old minus fresh on the same rows, averaged over the snapshots where both can be had."""
    lines = []
    for age in range(1, len(learned)):
        later = range(age, len(learned))
        if not all(old[place] for place in later):
            break
        days = [(learned[p].fold.test - learned[p - age].fold.test).days for p in later]
        for name in COMPARED[model]:
            lost = np.mean([old[p][p - age][name] - own[p][name] for p in later], axis=0)
            lines.append({"age_days": round(np.mean(days)), "snapshots": len(days), **line(name, lost)})
    return lines
