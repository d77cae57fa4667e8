"""How good is a campaign's selection, and what does it cost at `customers`?

Small random problems against their exact optima and against greedy; then one of 14 actions × 4 channels
under 4 capacities, 12 quotas with minima and a budget, in a process of its own.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from experiments.bench.board import Line
from experiments.bench.measure import apart
from serving.selection.problem import Problem
from serving.selection.select import Selection, select

SMALL: Final = 40
SMALL_CUSTOMERS: Final = 120
ACTIONS: Final = 14
COSTS: Final = np.array([0.02, 0.1, 3.0, 4.0])
WEIGHTS: Final = np.array([0.5, 0.6, 0.9, 1.0])
CAPACITIES: Final = np.array([0.2, 0.2, 0.02, 0.01])
"""Contacts of each channel, as shares of the customers."""

QUOTAS: Final = 12
AIM_SECONDS, AIM_GIB, AIM_GAP = 120.0, 6.0, 0.001
AIM_CUSTOMERS: Final = 1_000_000
GIB: Final = 1024**3


@dataclass(frozen=True)
class Large:
    """What the large run found."""

    value: float
    bound: float
    greedy_value: float
    over: float
    under: float


def measure(customers: int) -> list[Line]:
    """Ratios to the optimum and to greedy, then seconds and memory."""
    exact, ours, greedy = _small()
    run = apart(solve_large, customers)
    large: Large = run.value
    if large.over > 1e-6 or large.under > 1e-6:
        raise AssertionError(f"a limit is broken: {large}")
    share = customers / AIM_CUSTOMERS
    many, gap = f"{customers:,} customers", 1 - large.value / large.bound
    few = f"{SMALL} problems of {SMALL_CUSTOMERS} customers, by prices"
    return [
        Line(f"selection, {few}", ours, exact, "value", "the exact optimum"),
        Line(f"selection, {few}", ours, greedy, "value", "best contact first"),
        Line(f"selection, {many}", large.value, large.greedy_value, "value", "best contact first"),
        Line(
            f"selection, {many}",
            large.value,
            large.bound,
            "value",
            "the bound",
            f"gap {gap:.1e}, aim {AIM_GAP}",
        ),
        Line(
            f"selection, {many}", run.seconds, AIM_SECONDS * share, "s", f"the aim, {share:g} of a million's"
        ),
        Line(f"selection, {many}", run.peak_bytes / GIB, AIM_GIB, "GiB", "the aim for a million", "peak"),
    ]


def solve_large(customers: int) -> Large:
    """Make the problem and solve it; the problem's making is counted."""
    problem = made(customers, 0)
    found: Selection = select(problem)
    used = problem.used(found.chosen)
    over, under = float((used - problem.upper).max()), float((problem.lower - used).max())
    return Large(found.value, found.bound, found.greedy_value, over, under)


def made(customers: int, seed: int) -> Problem:
    """A random campaign: a third of the offers not open, some channels closed, and what pays too little."""
    rng = np.random.default_rng(seed)
    gesture = rng.uniform(0, 2, ACTIONS)
    value = rng.uniform(40, 250, ACTIONS)
    expected = np.empty((ACTIONS, len(COSTS), customers))
    for action in range(ACTIONS):
        gross = rng.beta(1, 8, customers) * value[action]
        gross[rng.random(customers) < 0.3] = -np.inf
        for channel, (cost, weight) in enumerate(zip(COSTS, WEIGHTS, strict=True)):
            worth = gross * weight - cost - gesture[action]
            worth[(rng.random(customers) < 0.1) | (worth <= 1)] = -np.inf
            expected[action, channel] = worth
    cells = np.indices((ACTIONS, len(COSTS)))
    rows = [np.float64(cells[1] == channel) for channel in range(len(COSTS))]
    rows += [np.float64(cells[0] == action) for action in range(QUOTAS)]
    quotas = np.floor(customers * rng.uniform(0.02, 0.07, QUOTAS))
    minima = np.floor(customers * rng.uniform(0, 0.012, QUOTAS))
    return Problem(
        expected=expected,
        usage=np.array([*rows, np.add.outer(gesture, COSTS)]),
        limits=np.concatenate([np.floor(CAPACITIES * customers), quotas, [0.5 * customers]]),
        ties=rng.integers(0, 2**63, customers).astype(np.uint64),
        minima=np.concatenate([np.zeros(len(COSTS)), minima, [0.0]]),
    )


def _small() -> tuple[float, float, float]:
    """In total: the exact optimum, our value by prices, greedy's; where greedy misses no minimum either."""
    totals: NDArray[np.float64] = np.zeros(3)
    for seed in range(SMALL):
        problem = made(SMALL_CUSTOMERS, seed)
        problem = replace(problem, most=1 + seed % 3)
        exact, ours = select(problem), select(problem, exact_cells=0)
        totals += (exact.value, ours.value, ours.greedy_value)
    return float(totals[0]), float(totals[1]), float(totals[2])
