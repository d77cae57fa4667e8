"""How a model would have done: trained as of every snapshot, tested on the next, against simple rules."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.errors import BadInputError
from features.progress import Progress, silent
from features.spec import BankSpec
from features.vocabulary import Model
from training.backtest.folds import Fold, Past, read_past, walk_forward
from training.backtest.learn import Learned, learn_fold
from training.backtest.notes import optimistic, undefined, unformed
from training.backtest.tuned_rows import tuned_rows
from training.baselines import rule_names
from training.dataset import History
from training.intervals import draw_customers, interval
from training.metrics.drawn import Scored, averaged, drawn_metrics
from training.reading import current_layout, open_history
from training.split import Part

Floats = NDArray[np.float64]
Drawn = Mapping[str, Floats]
"""A metric's draws by its name, as `drawn_metrics` gives them."""
Line = dict[str, Any]

DRAWS, DRAWS_LEAST = 200, 20
"""Of the bootstrap; of fewer an interval tells nothing."""
COMPARED = {
    Model.CHURN: ("average_precision", "roc_auc", "skill", "lift_at_10pct"),
    Model.PROPENSITY: ("map_at_7", "average_precision", "roc_auc", "skill"),
    Model.UPLIFT: ("qini", "auuc"),
}
"""Higher is better for all: what models are compared by, the first above all; see `compared`."""


@dataclass(frozen=True)
class Backtest:
    """What came of walking forward, a line a figure.

    `snapshots`: each metric on each test snapshot, and its mean; optimistic where tuning chose by any of the
    rows, which `tuned_on` tells. `rules`: each rule's figure and how far the model is ahead of it on the same
    rows. `ages`: what a model loses against a fresh one by so many snapshots later. Means are over as many
    `folds`, or `snapshots`, as tell both sides of them; a figure that none tells is NaN. `curve`: figures
    with fewer customers or snapshots to learn from, and how far behind all they are. Intervals are of 95 %
    of draws of customers. Of uplift each line is of an `action`, or the mean of "all".
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
        return learn_fold(self.spec, self.model, self.past, fold)

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
    layout = current_layout(spec)
    past = read_past(spec, model, layout, store or open_history(spec, layout), progress)
    found = walk_forward(past.dated, spec, folds)
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
    tuned = tuned_rows(walk.past.dated, walk.spec, walk.model)
    seen = [float(tuned[one.fold.split.rows(Part.TEST)].mean()) for one in learned]
    return Backtest(
        model=str(walk.model),
        notes=(*notes, *optimistic(learned, seen), *unformed(learned), *undefined(learned, own)),
        snapshots=tuple(_by_snapshot(learned, own, [share > 0 for share in seen])),
        rules=tuple(_against_rules(walk.model, own, rules)),
        ages=tuple(_by_age(walk.model, learned, own, old)),
    )


def compared(model: Model, measured: Collection[str]) -> tuple[str, ...]:
    """Of `COMPARED` what was measured: a single product makes no ranking of products."""
    return tuple(name for name in COMPARED[model] if name in measured)


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
    tried = [f"{one.fold.name}: {note}" for one in learned for note in one.tried]
    last = learned[-1]
    return learned, [*notes, last.fold.split.note, *last.remarks, *tried]


def _by_snapshot(
    learned: Sequence[Learned], own: Sequence[Drawn], tuned_on: Sequence[bool]
) -> Iterator[Line]:
    for one, found, seen in zip(learned, own, tuned_on, strict=True):
        keys = {"snapshot": one.fold.name, "tuned_on": seen, "folds": 1}
        yield from ({**keys, **line(name, figures)} for name, figures in found.items())
    for name in own[0]:
        folds, (mean,) = averaged(name, own)
        yield {"snapshot": "mean", "tuned_on": any(tuned_on), "folds": folds, **line(name, mean)}


def _against_rules(
    model: Model, own: Sequence[Drawn], rules: Sequence[Mapping[str, Drawn]]
) -> Iterator[Line]:
    for rule in rule_names(rules):
        both = [(mine, of_fold[rule]) for mine, of_fold in zip(own, rules, strict=True) if rule in of_fold]
        for name in compared(model, own[0]):
            folds, (mine, theirs) = averaged(name, *zip(*both, strict=True))
            keys = {"rule": rule, "folds": folds, "of_rule": float(theirs[0]), "of_model": float(mine[0])}
            yield {**keys, **line(name, mine - theirs)}


def _by_age(
    model: Model, learned: Sequence[Learned], own: Sequence[Drawn], old: Sequence[Sequence[Drawn]]
) -> Iterator[Line]:
    """Old minus fresh on the same rows, averaged over the snapshots where both can be had."""
    for age in range(1, len(learned)):
        later = range(age, len(learned))
        if not all(old[place] for place in later):
            break
        days = round(np.mean([(learned[p].fold.test - learned[p - age].fold.test).days for p in later]))
        for name in compared(model, own[0]):
            folds, (aged, fresh) = averaged(name, [old[p][p - age] for p in later], own[age:])
            yield {"age_days": days, "snapshots": folds, **line(name, aged - fresh)}
