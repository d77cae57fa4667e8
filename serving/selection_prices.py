"""Prices of the limits: what one more unit of each would be worth, and the bound they prove."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from serving.selection_problem import Problem

Numbers = NDArray[np.float64]

SAMPLE: Final = 4_000
COARSE: Final = (0.3, 0.1, 0.03, 0.01, 0.003)
FINE: Final = (0.01, 0.003, 0.001)
"""Smoothing, as shares of what a contact is worth: from far away, and from prices already close."""

KEPT_CANDIDATES: Final = 6
FORBIDDEN: Final = -1e30


def best_prices(problem: Problem) -> Numbers:
    """Prices at which the bound is about as low as it gets, shape (limits,).

    First on a sample of customers under limits cut in proportion; from there on everyone, looking only
    at each customer's few best candidates: the others do not come into play.
    """
    sample = np.argsort(problem.ties, kind="stable")[:SAMPLE]
    share = len(sample) / max(problem.customers, 1)
    every = np.broadcast_to(
        np.arange(len(problem.expected))[:, np.newaxis], (len(problem.expected), len(sample))
    )
    small = _Relaxed(problem, _worth(problem.expected[:, sample]), every, problem.limits * share)
    prices = small.descend(np.zeros(len(problem.limits)), COARSE)
    if share == 1:
        return prices
    reduced = _worth(problem.expected) - (prices @ problem.usage)[:, np.newaxis]
    kept = np.argpartition(-reduced, min(KEPT_CANDIDATES, len(reduced)) - 1, axis=0)[:KEPT_CANDIDATES]
    worth = _worth(np.take_along_axis(problem.expected, kept, axis=0))
    return _Relaxed(problem, worth, kept, problem.limits).descend(prices, FINE)


def _worth(expected: Numbers) -> Numbers:
    """Finite throughout: differences with minus infinity are not numbers."""
    return np.maximum(expected, FORBIDDEN)


@dataclass(frozen=True)
class _Relaxed:
    """The bound as a function of the prices, for some customers and candidates.

    `worth` and `candidates` (kept, customers): what each customer's kept candidates are worth, and which.
    """

    problem: Problem
    worth: Numbers
    candidates: NDArray[np.int64]
    limits: Numbers

    def descend(self, prices: Numbers, shares: tuple[float, ...]) -> Numbers:
        """Minimise the bound over non-negative prices, smoothed by less and less."""
        for share in shares:
            found = minimize(
                self.smoothed,
                prices,
                args=(share * self.problem.scale,),
                jac=True,
                method="L-BFGS-B",
                bounds=[(0, None)] * len(self.limits),
                options={"maxiter": 60, "ftol": 1e-9},
            )
            prices = np.asarray(found.x)
        return prices

    def smoothed(self, prices: Numbers, smoothing: float) -> tuple[float, Numbers]:
        """The bound with each customer's maximum softened, and its gradient (Nesterov 2005, section 4)."""
        usage = self.problem.usage
        weights = (self.worth - (prices @ usage)[self.candidates]) / smoothing
        top = np.maximum(weights.max(axis=0), 0.0)
        weights = np.exp(weights - top)
        total = weights.sum(axis=0) + np.exp(-top)
        demand = np.bincount(self.candidates.ravel(), (weights / total).ravel(), minlength=usage.shape[1])
        bound = float(prices @ self.limits) + smoothing * float((top + np.log(total)).sum())
        return bound, np.asarray(self.limits - usage @ demand)


def bound_at(problem: Problem, prices: Numbers) -> float:
    """No list within the limits is worth more than this, whatever the prices (not negative)."""
    _, best = choices_at(problem, prices)
    return float(prices @ problem.limits + best.sum())


def feasible_side(problem: Problem, prices: Numbers, stops: tuple[int, ...]) -> list[Numbers]:
    """Raise the prices of limits that are asked for too much, a little more each time, until none is.

    At the best prices many customers can be torn between two candidates, and all take the dearer one.
    Gives the prices after each number of steps in `stops`, ascending.
    """
    prices, found = prices.copy(), []
    step = 1e-4 * problem.scale / np.maximum(problem.usage.max(axis=1), 1e-12)
    for taken in range(stops[-1] + 1):
        if taken in stops:
            found.append(prices.copy())
        over = problem.used(choices_at(problem, prices)[0]) > problem.limits
        if not over.any():
            break
        prices[over] += step[over]
        step[over] *= 1.5
    return [*found, prices][: len(stops)]


def choices_at(problem: Problem, prices: Numbers) -> tuple[NDArray[np.int64], Numbers]:
    """What each customer would choose alone at these prices, -1 for nothing, and its worth after them.

    Shape (customers,) each.
    """
    best = np.zeros(problem.customers)
    chosen = np.full(problem.customers, -1)
    for place, price in enumerate(prices @ problem.usage):
        reduced = problem.expected[place] - price
        better = reduced > best
        np.copyto(best, reduced, where=better)
        chosen[better] = place
    return chosen, best
