"""Customers and scores look as they did in training: the population stability index.

An index fails by the low end of its interval: of few customers it is far from 0 by chance alone. Of features
as much is allowed as monitoring allows: one may keep its pace, or follow the calendar as it did in training.
Of one whose training snapshots already lie further apart, a tenure where all joined on one day, only who is
unknown or out of training's reach is looked at; where even that tells nothing it is named and not judged.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.contract import encode
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.intervals import Interval
from training.metrics.stability import stability_interval
from training.monitor.drift import Before, Moved, columns_moved
from training.monitor.reach import reach
from training.monitor.rows import Seen
from training.promotion.gates.case import Case, Finding, Side, told
from training.stored import StoredModel

FEATURES = 10
"""Those with the largest shares of gain."""
SCORED = 3
"""Snapshots of training, the last ones, whose scores are compared: scores should move with no season."""
SHARE_LEAST = 0.01
"""Of gain, that a feature has to have: what weighs less hardly moves a score."""


def check(case: Case) -> Iterator[Finding]:
    """Features and scores from training to the newest snapshot, and scores from champion to challenger."""
    newest, most = case.newest, case.limits.psi_most
    if newest is None or not newest.num_rows:
        yield Finding("stability", "no customers to look at", "told", passed=True)
        return
    now = case.challenger.score(newest)
    if case.later and (case.earlier is None or not case.earlier.num_rows):
        gone = "nothing to compare with: none of training's snapshots is built any more"
        yield Finding("stability: since training", gone, "one of them built", passed=False)
    elif case.later and case.earlier is not None:
        yield _features(case, case.earlier, newest)
        before = case.challenger.score(_latest(case.earlier))
        yield _worst("stability: most moved score", _scores(case, before, now), most)
    else:
        yield Finding("stability: since training", "no snapshot after training's", "told", passed=True)
    if case.rival is not None and case.champion_newest is not None:
        names = [head.name for head in case.rival.heads]
        if names == [head.name for head in case.challenger.heads]:
            before = case.rival.score(case.champion_newest)
            yield _worst("stability: scores from champion to challenger", _scores(case, before, now), most)


def _features(case: Case, earlier: pa.Table, newest: pa.Table) -> Finding:
    """The weighing feature that moved furthest beyond what is usual for it, as monitoring reckons that."""
    name, most = "stability: most moved feature", case.limits.feature_psi_most
    before, now = _before(earlier, case.challenger), _seen(newest, case.challenger)
    side, day = case.challenger, newest[SNAPSHOT_DATE][0].as_py()
    model = StoredModel(side.version, side.contract, side.heads)
    weighing = _weighing(side)
    moved = [one for one in columns_moved(model, before, now, day, most) if one.name in weighing]
    restless = "".join(f", {one.name}" for one in moved if one.restless)
    left = f"; not judged, further apart within training{restless.replace(',', ':', 1)}" if restless else ""
    found = {one: _interval(one, side, before, now, case.seed) for one in moved if not one.restless}
    if not found:
        return Finding(name, f"none weighs enough{left}", f"low PSI <= {most:g}", passed=True)
    worst = max(found, key=lambda one: found[one].low - one.limit)
    passed = bool(found[worst].low <= worst.limit)
    reached = ", of who is unknown or out of reach" if worst.coarse else ""
    measured = f"{told(found[worst], 3)} {worst.name}{reached}{left}"
    return Finding(name, measured, _limit(worst.limit, most, before), passed)


def _limit(limit: float, most: float, before: Before) -> str:
    if limit > most:
        return f"low PSI <= {limit:.3g}: {most:g}, and what is usual for it or chance"
    alone = ", of one snapshot of training nothing is known to be usual" if len(before.days) == 1 else ""
    return f"low PSI <= {most:g}{alone}"


def _weighing(side: Side) -> set[str]:
    """The features with the largest shares of gain, a comparison's two in its place."""
    importance = side.card.importance if side.card else {}
    weighing = [name for name, share in importance.items() if share >= SHARE_LEAST]
    largest = sorted(weighing, key=lambda name: (-importance[name], name))[:FEATURES]
    columns = (column for column in side.contract.columns if column.name in largest)
    return {name for column in columns for name in column.compares or (column.name,)}


def _interval(one: Moved, side: Side, before: Before, now: Seen, seed: int) -> Interval:
    """The index as monitoring tells it, as sure as the whole column's index is."""
    columns = side.contract.columns
    place = next(place for place, column in enumerate(columns) if column.name == one.name)
    codes = columns[place].categories is not None
    parts, latest = [part.matrix[:, place] for part in before.parts], now.matrix[:, place]
    whole = np.concatenate(parts)
    if one.coarse:
        within, codes = reach(parts, codes=codes), True
        whole, latest = within(whole), within(latest)
    found = stability_interval(whole, latest, codes=codes, seed=seed)
    low, high = (max(one.psi + end - found.value, 0.0) for end in (found.low, found.high))
    return Interval(one.psi, low, high)


def _before(earlier: pa.Table, side: Side) -> Before:
    days = sorted(set(earlier[SNAPSHOT_DATE].to_pylist()))
    return Before(tuple(days), tuple(_seen(_at(earlier, {day}), side) for day in days))


def _seen(features: pa.Table, side: Side) -> Seen:
    """Without scores: columns alone are looked at."""
    ids = np.asarray(features[CUSTOMER_ID].cast(pa.string()).to_numpy(zero_copy_only=False), dtype=str)
    return Seen(ids, encode(features, side.contract.columns), np.empty((len(ids), 0)))


def _at(features: pa.Table, days: Collection[date]) -> pa.Table:
    return features.filter(pc.is_in(features[SNAPSHOT_DATE], pa.array(days, pa.date32())))


def _latest(features: pa.Table) -> pa.Table:
    """Customers at the last snapshots of training alone."""
    return _at(features, sorted(set(features[SNAPSHOT_DATE].to_pylist()))[-SCORED:])


def _scores(case: Case, before: NDArray[np.float64], now: NDArray[np.float64]) -> dict[str, Interval]:
    heads = case.challenger.heads
    return {
        head.name: stability_interval(before[:, place], now[:, place], seed=case.seed)
        for place, head in enumerate(heads)
    }


def _worst(name: str, found: Mapping[str, Interval], most: float) -> Finding:
    limit = f"low PSI <= {most:g}"
    if not found:
        return Finding(name, "none weighs enough", limit, passed=True)
    worst = max(found, key=lambda one: found[one].low)
    return Finding(name, f"{told(found[worst], 3)} {worst}", limit, bool(found[worst].low <= most))
