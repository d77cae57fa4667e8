"""Customers and scores look as they did in training: the population stability index."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from features.contract import encode
from training.metrics.stability import population_stability
from training.promotion.gates.case import Case, Finding

FEATURES = 10
"""The columns with the largest share of gain."""


def check(case: Case) -> Iterator[Finding]:
    """Features and scores from training to the newest snapshot, and scores from champion to challenger."""
    newest, most = case.newest, case.limits.psi_most
    if newest is None or case.earlier is None or not newest.num_rows or not case.earlier.num_rows:
        yield Finding("stability", "no snapshot after training's", "told", passed=True)
        return
    now = case.challenger.score(newest)
    yield _worst("stability: most moved feature", _features(case), case.limits.feature_psi_most)
    yield _worst("stability: most moved score", _scores(case, case.challenger.score(case.earlier), now), most)
    if case.champion is not None and case.champion_newest is not None:
        names = [head.name for head in case.champion.heads]
        if names == [head.name for head in case.challenger.heads]:
            before = case.champion.score(case.champion_newest)
            yield _worst("stability: scores from champion to challenger", _scores(case, before, now), most)


def _features(case: Case) -> dict[str, float]:
    importance = case.challenger.card.importance if case.challenger.card else {}
    largest = sorted(importance, key=lambda name: (-importance[name], name))[:FEATURES]
    columns = case.challenger.contract.columns
    assert case.earlier is not None
    assert case.newest is not None
    before, now = encode(case.earlier, columns), encode(case.newest, columns)
    return {
        column.name: population_stability(
            before[:, place], now[:, place], codes=column.categories is not None
        )
        for place, column in enumerate(columns)
        if column.name in largest
    }


def _scores(case: Case, before: NDArray[np.float64], now: NDArray[np.float64]) -> dict[str, float]:
    heads = case.challenger.heads
    return {
        head.name: population_stability(before[:, place], now[:, place]) for place, head in enumerate(heads)
    }


def _worst(name: str, found: Mapping[str, float], most: float) -> Finding:
    if not found:
        return Finding(name, "none: it answers its base rates", f"PSI <= {most:g}", passed=True)
    worst = max(found, key=lambda one: found[one])
    return Finding(name, f"{found[worst]:.3f} {worst}", f"PSI <= {most:g}", bool(found[worst] <= most))
