"""How effects do for parts of the contacts that tested them: by snapshot, tier, kind and sensitive group."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from training.groups import UNKNOWN
from training.intervals import Interval, counted, draw_customers, interval
from training.metrics.effect import counted_effect, drawn_effect, drawn_mean
from training.slices import ALL, DRAWS, EXPECTED_LEAST, ROWS_LEAST, SHARE, Arm, Slice
from training.uplift.choose import Tested
from training.uplift.trial import Flags, Floats, Rows

QINI: Final = "qini"
EFFECT, PREDICTED, GAP = "average_effect", "predicted_effect", "effect_gap"


def effect_slices(tested: Mapping[str, Tested], seed: int, draws: int = DRAWS) -> list[Slice]:
    """Of each action everyone, then each group of each column; intervals by the bootstrap over customers.

    Figures are `qini`, `average_effect` (observed), `predicted_effect` (on average), `effect_gap` (observed
    less predicted) and, for a group that is not everyone, `selection_ratio`: how often it is among the tenth
    ranked first, over all others of whom the column is known. A group
    is small where an arm has hardly any outcome of one kind.
    """
    return [one for action, of in tested.items() for one in _Whole.of(action, of, seed, draws).slices()]


def arms(tested: Tested) -> tuple[Arm, ...]:
    """Contacts and outcomes of treatment and control."""
    trial = tested.trial
    return tuple(
        Arm(name, int(rows.sum()), int(trial.outcome[rows].sum()))
        for name, rows in (("treatment", trial.treated), ("control", ~trial.treated))
    )


@dataclass(frozen=True)
class _Whole:
    """An action's contacts, their customers as places in the draws, and who is ranked among the first."""

    action: str
    tested: Tested
    customer: Rows
    draws: Floats
    chosen: Flags

    @classmethod
    def of(cls, action: str, tested: Tested, seed: int, draws: int) -> "_Whole":
        customers, customer = np.unique(tested.trial.customer, return_inverse=True)
        drawn = draw_customers(len(customers), draws, seed)
        return cls(action, tested, customer, drawn, _first(tested))

    def slices(self) -> Iterator[Slice]:
        every = np.ones(len(self.customer), dtype=np.bool_)
        yield self.slice(ALL, ALL, every, ~every)
        for by, values in self.tested.trial.groups.items():
            for group in sorted(set(values.tolist())):
                yield self.slice(by, group, values == group, (values != group) & (values != UNKNOWN))

    def slice(self, by: str, group: str, rows: Flags, others: Flags) -> Slice:
        part = self.tested.take(rows)
        found = arms(part)
        figures = self._effects(part, self.customer[rows])
        if part.folds:
            figures = {QINI: self._qini(part, self.customer[rows])} | figures
        if others.any():
            figures["selection_ratio"] = self._selection(rows, others)
        told = {name: one for name, one in figures.items() if np.isfinite(one.value)}
        fewest = min(min(arm.positives, arm.rows - arm.positives) for arm in found)
        small = bool(rows.sum() < ROWS_LEAST or fewest < EXPECTED_LEAST)
        positives = sum(arm.positives for arm in found)
        return Slice(by, group, int(rows.sum()), positives, small, told, self.action, found)

    def _effects(self, part: Tested, customer: Rows) -> dict[str, Interval]:
        arms = (part.trial.treated, part.trial.outcome, part.trial.probability)
        effect = drawn_effect(*arms, customer, self.draws)
        predicted = drawn_mean(part.uplift, customer, self.draws)
        return {
            EFFECT: counted_effect(interval(effect), *arms),
            PREDICTED: interval(predicted),
            GAP: counted_effect(interval(effect - predicted), *arms),
        }

    def _qini(self, part: Tested, customer: Rows) -> Interval:
        return interval(np.array([part.qini(counts) for counts in self.draws[:, customer]]))

    def _selection(self, rows: Flags, others: Flags) -> Interval:
        """The share ranked among the first, over that of all others."""
        first = self.chosen.astype(np.float64)
        own, rest = (drawn_mean(first[some], self.customer[some], self.draws) for some in (rows, others))
        with np.errstate(divide="ignore", invalid="ignore"):
            found = interval(own / rest)
        return counted(found, int(first[rows].sum()), int(rows.sum()), 1 / (rest[0] or np.nan))


def _first(tested: Tested) -> Flags:
    """Who is among the `SHARE` of a fold whose predicted effects are highest, (rows,)."""
    chosen = np.zeros(len(tested.trial), dtype=np.bool_)
    for fold in np.unique(tested.fold):
        rows = np.flatnonzero(tested.fold == fold)
        order = np.argsort(-tested.uplift[rows], kind="stable")
        chosen[rows[order[: round(SHARE * len(rows))]]] = True
    return chosen
