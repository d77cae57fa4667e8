"""No worse than the base rates, and not much worse than the champion for all that chance may have done.

Non-inferiority: the low end of the interval of the difference may not lie below the margin (Piaggio et al.
2012, the CONSORT extension). Both are of the same drawn customers where both answered the same rows.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from training.answers import Answers
from training.backtest.metrics import Scored, drawn_metrics
from training.intervals import draw_customers, interval
from training.promotion.gates.case import Case, Finding, Side, told

Floats = NDArray[np.float64]

DRAWS = 200


def check(case: Case) -> Iterator[Finding]:
    """Skill against the base rates; skill and ranking against the champion."""
    if case.challenger.answers is None:
        yield from _uplift(case)
        return
    margin = case.limits.quality_margin
    if not len(case.challenger.answers):
        yield Finding("quality", "no test rows", "tested", passed=False)
        return
    ours = drawn(case.challenger.answers, case.seed)
    skill = interval(ours["skill"])
    passed = bool(skill.low >= -margin)
    name, limit = "quality: share of base rates' log loss explained", f"low >= {-margin:g}"
    yield Finding(name, told(skill, 4), limit, passed)
    if case.champion is not None and case.champion.answers is not None:
        yield from _against(case, case.champion.answers, ours)


def _against(case: Case, champion: Answers, ours: dict[str, Floats]) -> Iterator[Finding]:
    theirs = drawn(champion, case.seed if case.same_rows else case.seed + 1)
    margin = case.limits.quality_margin
    rows = "same rows" if case.same_rows else "own rows each"
    for name in ("skill", "map_at_7" if "map_at_7" in ours else "roc_auc"):
        if name not in theirs:
            continue
        found = interval(ours[name] - theirs[name])
        if not np.isfinite(found.value):
            continue
        passed = bool(found.low >= -margin)
        measured = told(found, 4, "+")
        yield Finding(f"quality: {name} over the champion's, {rows}", measured, f"low >= {-margin:g}", passed)


def drawn(found: Answers, seed: int, draws: int = DRAWS) -> dict[str, Floats]:
    """Every metric in each draw of customers, everyone first; the same seed draws the same customers."""
    scored = Scored(found.customer, found.labels, found.probabilities, found.base_rates)
    with np.errstate(divide="ignore", invalid="ignore"):
        return drawn_metrics(scored, draw_customers(int(found.customer.max()) + 1, draws, seed))


def _uplift(case: Case) -> Iterator[Finding]:
    """A ranking better than a random one, and no worse than the champion's on the same contacts."""
    qini, lows = _qini(case.challenger), _lows(case.challenger)
    passed = bool(qini is not None and qini > 0)
    told = "none" if qini is None else f"{qini:.5f}, lowest low end {min(lows, default=float('nan')):.5f}"
    yield Finding("quality: Qini coefficient", told, "> 0", passed)
    before = _qini(case.champion) if case.champion and case.same_rows else None
    if qini is not None and before is not None:
        least = before * (1 - case.limits.quality_margin)
        yield Finding("quality: Qini over the champion's", f"{qini:.5f}", f">= {least:.5f}", qini >= least)


def _qini(side: Side) -> float | None:
    return side.card.metrics.get("qini") if side.card else None


def _lows(side: Side) -> list[float]:
    metrics = side.card.metrics if side.card else {}
    return [value for name, value in metrics.items() if name.startswith("qini_low.")]
