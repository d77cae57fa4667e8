"""How effects do for parts of the contacts that tested them: by snapshot, tier, kind and sensitive group."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from training.intervals import Interval, draw_customers, interval
from training.metrics.effect import counted_effect, drawn_effect, drawn_mean
from training.selection import Selected, highest
from training.slices import ALL, DRAWS, EXPECTED_LEAST, ROWS_LEAST, Arm, Slice
from training.uplift.choose import Tested
from training.uplift.trial import Flags, Floats, Rows

QINI: Final = "qini"
EFFECT, PREDICTED, GAP = "average_effect", "predicted_effect", "effect_gap"


def effect_slices(tested: Mapping[str, Tested], seed: int, draws: int = DRAWS) -> list[Slice]:
    """Of each action everyone, then each group of each column; intervals by the bootstrap over customers.

    Figures are `qini`, `average_effect` (observed), `predicted_effect` (on average) and `effect_gap`
    (observed less predicted); who is selected is told action by action: `training.selection`. A group is
    small where an arm has hardly any outcome of one kind.
    """
    return [one for action, of in tested.items() for one in _Whole.of(action, of, seed, draws).slices()]


def selected_by_effect(tested: Mapping[str, Tested]) -> list[Selected]:
    """Whom each action selects: those of every fold whose predicted effects are highest."""
    return [
        Selected(action, _highest(one), one.trial.customer, one.trial.groups)
        for action, one in tested.items()
    ]


def arms(tested: Tested) -> tuple[Arm, ...]:
    """Contacts and outcomes of treatment and control."""
    trial = tested.trial
    return tuple(
        Arm(name, int(rows.sum()), int(trial.outcome[rows].sum()))
        for name, rows in (("treatment", trial.treated), ("control", ~trial.treated))
    )


@dataclass(frozen=True)
class _Whole:
    """An action's contacts, and their customers as places in the draws."""

    action: str
    tested: Tested
    customer: Rows
    draws: Floats

    @classmethod
    def of(cls, action: str, tested: Tested, seed: int, draws: int) -> "_Whole":
        customers, customer = np.unique(tested.trial.customer, return_inverse=True)
        drawn = draw_customers(len(customers), draws, seed)
        return cls(action, tested, customer, drawn)

    def slices(self) -> Iterator[Slice]:
        yield self.slice(ALL, ALL, np.ones(len(self.customer), dtype=np.bool_))
        for by, values in self.tested.trial.groups.items():
            for group in sorted(set(values.tolist())):
                yield self.slice(by, group, values == group)

    def slice(self, by: str, group: str, rows: Flags) -> Slice:
        part = self.tested.take(rows)
        found = arms(part)
        figures = self._effects(part, self.customer[rows])
        if part.folds:
            figures = {QINI: self._qini(part, self.customer[rows])} | figures
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


def _highest(tested: Tested) -> Floats:
    share = np.empty(len(tested.trial))
    for fold in np.unique(tested.fold):
        rows = tested.fold == fold
        share[rows] = highest(tested.uplift[rows])
    return share
