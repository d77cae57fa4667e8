"""Whether customers still look as they did when the champion was trained, column by column.

Some columns move by themselves: a tenure grows, a window fills while the bank's history is short. How far a
column had moved within training says how far it may have moved since: an even pace moves the index with the
square of time (it is a symmetrised divergence: Kullback 1959, "Information Theory and Statistics", chapter 2,
section 6). Others follow the calendar: how far one of training's snapshots lay from the others, another may.
Either allowance is bounded, or a champion that ages would see nothing. Of a column whose training snapshots
lie further apart than that, the days since a yearly statement, the whole index tells nothing: it is restless,
and judged by who is unknown or out of training's reach alone. Where even these differ as much between
training's snapshots it is named and not judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from training.metrics.stability import BINS, furthest_part, population_stability
from training.monitor.reach import reach
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

    `usual` is what training's own pace leads to by now. Of a `coarse` column all this is of who is unknown or
    out of training's reach: one of training's own snapshots already lies further from the others than any
    limit. A `restless` column is not judged: of that too.
    """

    name: str
    psi: float
    usual: float
    limit: float
    nulls_before: float
    nulls_now: float
    coarse: bool = False
    restless: bool = False

    @property
    def beyond(self) -> bool:
        """Whether it moved too far."""
        return self.psi > self.limit and not self.restless


@dataclass(frozen=True)
class _Judge:
    """How far a column may move: `pace` as in `Before`, `least` what is chance, `psi_most` the threshold."""

    pace: float
    least: float
    psi_most: float

    def __call__(self, name: str, parts: Sequence[Floats], now: Floats, *, codes: bool) -> Moved:
        """Values of training's snapshots, (rows,) each, against those of now, (rows,)."""
        whole, most = np.concatenate(parts), max(self.psi_most, self.least)
        psi = population_stability(whole, now, codes=codes)
        usual, widest = self._usual(parts, codes=codes), furthest_part(parts, codes=codes)
        # The threshold, or as far as is usual, by pace or by calendar, within bounds.
        limit = min(max(most, usual, widest), ALLOWED_TIMES * most)
        nulls = _nulls(whole), _nulls(now)
        restless = widest > ALLOWED_TIMES * most
        return Moved(name, psi if np.isfinite(psi) else 0.0, usual, limit, *nulls, restless=restless)

    def _usual(self, parts: Sequence[Floats], *, codes: bool) -> float:
        if len(parts) < 2:
            return 0.0
        own = population_stability(np.concatenate(parts[:-1]), parts[-1], codes=codes)
        beyond_chance = own - self.least / CHANCE_TIMES if np.isfinite(own) else 0.0
        return max(beyond_chance, 0.0) * max(self.pace, 1.0) ** 2


def columns_moved(
    model: StoredModel, before: Before, now: Seen, newest: date, psi_most: float
) -> list[Moved]:
    """Every column that the model reads, but comparisons and ranks; the furthest beyond first."""
    judge = _Judge(before.pace(newest), _chance(before.whole, now), psi_most)
    found = []
    used = _used(model) - RANKS
    for place, column in enumerate(model.columns):
        if column.compares is None and column.name in used:
            parts = [part.matrix[:, place] for part in before.parts]
            codes = column.categories is not None
            found.append(_column_moved(judge, column.name, parts, now.matrix[:, place], codes=codes))
    return sorted(found, key=lambda one: (one.restless, one.limit - one.psi, one.name))


def _column_moved(judge: _Judge, name: str, parts: Sequence[Floats], now: Floats, *, codes: bool) -> Moved:
    """By the whole index or else by who is out of reach; `parts` by snapshot and `now` (rows,)."""
    moved = judge(name, parts, now, codes=codes)
    if not moved.restless:
        return moved
    told = reach(parts, codes=codes)
    coarse = judge(name, [told(part) for part in parts], told(now), codes=True)
    return moved if coarse.restless else replace(coarse, coarse=True)


def _used(model: StoredModel) -> set[str]:
    """The columns that the model splits on, or that such a one compares."""
    used = model.used()
    compared = {name for column in model.columns if column.name in used for name in column.compares or ()}
    return set(used) | compared


def scores_moved(
    heads: Sequence[str], before: Before, now: Seen, newest: date, psi_most: float
) -> list[Moved]:
    """Every head's scores, of those for whom there is something to predict."""
    judge = _Judge(before.pace(newest), _chance(before.whole, now), psi_most)
    found = []
    for place, head in enumerate(heads):
        parts = [_known(part.scores[:, place]) for part in before.parts]
        moved = judge(head, parts, _known(now.scores[:, place]), codes=False)
        found.append(replace(moved, restless=False))
    return found


def steady(moved: Sequence[Moved], psi_most: float) -> set[str]:
    """The columns that do not move by themselves, or hardly."""
    return {one.name for one in moved if one.usual < psi_most / 5 and not (one.coarse or one.restless)}


def _chance(before: Seen, now: Seen) -> float:
    """What chance alone may move a column by: customers count once, their snapshots are much alike."""
    return CHANCE_TIMES * BINS * (1 / max(before.number, 1) + 1 / max(now.number, 1))


def _nulls(values: Floats) -> float:
    return float(np.isnan(values).mean()) if len(values) else 0.0


def _known(values: Floats) -> Floats:
    return values[~np.isnan(values)]
