"""Whether customers still look as they did when the champion was trained, column by column.

Some columns move by themselves: a tenure grows, a window fills while the bank's history is short. How far a
column had moved within training says how far it may have moved since: an even pace moves the index with the
square of time (it is a symmetrised divergence: Kullback 1959, "Information Theory and Statistics", chapter 2,
section 6). Others follow the calendar: how far one of training's snapshots lay from the others, another may.
Either allowance is bounded, or a champion that ages would see nothing. Of a column whose training snapshots
lie further apart than that, the days since a yearly statement, the index tells nothing: it is named as
restless and not judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from training.metrics.stability import BINS, furthest_part, population_stability
from training.monitor.rows import Seen, joined
from training.stored import StoredModel

Floats = NDArray[np.float64]

RANKS = frozenset({"tier_rank"})
"""Ranks among all customers are spread alike at any time; of those who are left they say how many left."""
CHANCE_TIMES = 4.0
"""How many times what chance alone moves a column is still chance: beyond the 99.9th percentile of
chi-squared with nine degrees of freedom, 3.1 times its mean, and somewhat more for many columns."""
ALLOWED_TIMES = 2.0
"""How many times the threshold what is usual may take a column to: a champion from which customers have moved
further is due to learn again, whatever moved them."""


@dataclass(frozen=True)
class Before:
    """Training's rows by snapshot, ascending."""

    days: tuple[date, ...]
    parts: tuple[Seen, ...]

    @property
    def whole(self) -> Seen:
        """All of them."""
        return joined(self.parts)

    @property
    def halves(self) -> tuple[Seen, Seen] | None:
        """All but the last snapshot, and that one; None where there is a single one."""
        return (joined(self.parts[:-1]), self.parts[-1]) if len(self.parts) > 1 else None

    def pace(self, newest: date) -> float:
        """How many times further `newest` lies from training than its last snapshot does from the others."""
        days = np.array([day.toordinal() for day in self.days])
        if len(days) == 1:
            return 0.0
        return float((newest.toordinal() - days).mean() / (days[-1] - days[:-1]).mean())


@dataclass(frozen=True)
class Moved:
    """How far a column or score has moved (`psi`), how far it may have (`limit`), shares of nulls then, now.

    `usual` is what training's own pace leads to by now. A `restless` column is not judged: one of training's
    own snapshots already lies further from the others than any limit.
    """

    name: str
    psi: float
    usual: float
    limit: float
    nulls_before: float
    nulls_now: float
    restless: bool = False

    @property
    def beyond(self) -> bool:
        """Whether it moved too far."""
        return self.psi > self.limit and not self.restless


def columns_moved(
    model: StoredModel, before: Before, now: Seen, newest: date, psi_most: float
) -> list[Moved]:
    """Every column that the model reads, but comparisons and ranks; the furthest beyond first."""
    whole, halves = before.whole, before.halves
    least = _chance(whole, now)
    most = max(psi_most, least)
    found = []
    used = _used(model) - RANKS
    for place, column in enumerate(model.columns):
        if column.compares is None and column.name in used:
            codes = column.categories is not None
            own = tuple(half.matrix[:, place] for half in halves) if halves else None
            usual = _usual(own, before.pace(newest), least, codes=codes)
            widest = furthest_part([part.matrix[:, place] for part in before.parts], codes=codes)
            pair = (whole.matrix[:, place], now.matrix[:, place])
            moved = _moved(column.name, pair, usual, _limit(most, usual, widest), codes=codes)
            found.append(replace(moved, restless=widest > ALLOWED_TIMES * most))
    return sorted(found, key=lambda one: (one.restless, one.limit - one.psi, one.name))


def _used(model: StoredModel) -> set[str]:
    """The columns that the model splits on, or that such a one compares."""
    used = model.used()
    compared = {name for column in model.columns if column.name in used for name in column.compares or ()}
    return set(used) | compared


def scores_moved(
    heads: Sequence[str], before: Before, now: Seen, newest: date, psi_most: float
) -> list[Moved]:
    """Every head's scores, of those for whom there is something to predict."""
    whole, halves = before.whole, before.halves
    least = _chance(whole, now)
    most = max(psi_most, least)
    found = []
    for place, head in enumerate(heads):
        own = tuple(_known(half.scores[:, place]) for half in halves) if halves else None
        usual = _usual(own, before.pace(newest), least, codes=False)
        widest = furthest_part([_known(part.scores[:, place]) for part in before.parts])
        pair = (_known(whole.scores[:, place]), _known(now.scores[:, place]))
        found.append(_moved(head, pair, usual, _limit(most, usual, widest), codes=False))
    return found


def steady(moved: Sequence[Moved], psi_most: float) -> set[str]:
    """The columns that do not move by themselves, or hardly."""
    return {one.name for one in moved if one.usual < psi_most / 5 and not one.restless}


def _moved(name: str, pair: tuple[Floats, Floats], usual: float, limit: float, *, codes: bool) -> Moved:
    then, now = pair
    psi = population_stability(then, now, codes=codes)
    return Moved(name, psi if np.isfinite(psi) else 0.0, usual, limit, _nulls(then), _nulls(now))


def _limit(most: float, usual: float, widest: float) -> float:
    """The threshold, or as far as is usual, by pace or by calendar, within bounds."""
    return min(max(most, usual, widest), ALLOWED_TIMES * most)


def _usual(halves: tuple[Floats, ...] | None, pace: float, least: float, *, codes: bool) -> float:
    if halves is None:
        return 0.0
    own = population_stability(*halves, codes=codes)
    beyond_chance = own - least / CHANCE_TIMES if np.isfinite(own) else 0.0
    return max(beyond_chance, 0.0) * max(pace, 1.0) ** 2


def _chance(before: Seen, now: Seen) -> float:
    """What chance alone may move a column by: customers count once, their snapshots are much alike."""
    return CHANCE_TIMES * BINS * (1 / max(before.number, 1) + 1 / max(now.number, 1))


def _nulls(values: Floats) -> float:
    return float(np.isnan(values).mean()) if len(values) else 0.0


def _known(values: Floats) -> Floats:
    return values[~np.isnan(values)]
