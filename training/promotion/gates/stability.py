"""Customers and scores look as they did in training: the population stability index.

An index fails by the low end of its interval: of few customers it is far from 0 by chance alone.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from features.contract import encode
from training.intervals import Interval
from training.metrics.stability import stability_interval
from training.promotion.gates.case import Case, Finding, told

FEATURES = 10
"""Those with the largest shares of gain."""
SHARE_LEAST = 0.01
"""Of gain, that a feature has to have: what weighs less hardly moves a score."""


def check(case: Case) -> Iterator[Finding]:
    """Features and scores from training to the newest snapshot, and scores from champion to challenger."""
    newest, most = case.newest, case.limits.psi_most
    if newest is None or not newest.num_rows:
        yield Finding("stability", "no customers to look at", "told", passed=True)
        return
    now = case.challenger.score(newest)
    if case.later and case.earlier is not None and case.earlier.num_rows:
        limit = case.limits.feature_psi_most
        yield _worst("stability: most moved feature", _features(case), limit)
        before = case.challenger.score(case.earlier)
        yield _worst("stability: most moved score", _scores(case, before, now), most)
    else:
        yield Finding("stability: since training", "no snapshot after training's", "told", passed=True)
    if case.champion is not None and case.champion_newest is not None:
        names = [head.name for head in case.champion.heads]
        if names == [head.name for head in case.challenger.heads]:
            before = case.champion.score(case.champion_newest)
            yield _worst("stability: scores from champion to challenger", _scores(case, before, now), most)


def _features(case: Case) -> dict[str, Interval]:
    importance = case.challenger.card.importance if case.challenger.card else {}
    weighing = [name for name, share in importance.items() if share >= SHARE_LEAST]
    largest = sorted(weighing, key=lambda name: (-importance[name], name))[:FEATURES]
    columns = case.challenger.contract.columns
    assert case.earlier is not None
    assert case.newest is not None
    before, now = encode(case.earlier, columns), encode(case.newest, columns)
    return {
        column.name: stability_interval(
            before[:, place], now[:, place], codes=column.categories is not None, seed=case.seed
        )
        for place, column in enumerate(columns)
        if column.name in largest
    }


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
