"""Problems for the selection's tests, and what is true of their lists, told contact by contact."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from serving.selection.problem import Books, Problem


def problem_of(
    expected: list[list[list[float]]],
    usage: list[list[list[float]]],
    limits: list[float],
    minima: list[float] | None = None,
    **more: object,
) -> Problem:
    """A problem by hand; customers are ordered as they come."""
    worth = np.array(expected, dtype=np.float64)
    return Problem(
        expected=worth,
        usage=np.array(usage, dtype=np.float64).reshape(len(limits), *worth.shape[:2]),
        limits=np.array(limits, dtype=np.float64),
        minima=np.zeros(len(limits)) if minima is None else np.array(minima, dtype=np.float64),
        ties=np.arange(worth.shape[2], dtype=np.uint64),
        **more,  # type: ignore[arg-type]  # the tests' own keywords
    )


def random_problem(seed: int, customers: int | None = None) -> Problem:
    """Capacities, quotas, perhaps a budget, minima, books, exclusions, up to three actions a customer."""
    rng = np.random.default_rng(seed)
    people = customers or int(rng.integers(3, 50))
    actions, channels = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    probability = rng.beta(1, 6, (actions, people))
    if seed % 3 == 0:
        probability = np.round(probability, 1)  # calibration by steps leaves many equal
    cost = rng.uniform(0.1, 5, channels)
    worth = probability * rng.uniform(10, 200, (actions, 1))
    expected = worth[:, np.newaxis] * rng.uniform(0.5, 1, (channels, 1)) - cost[:, np.newaxis]
    expected[(rng.random(expected.shape) < 0.2) | (expected <= 0)] = -np.inf
    place = np.indices((actions, channels))
    usage = [np.float64(place[1] == channel) for channel in range(channels)]
    sold = [action for action in range(actions) if rng.random() < 0.6]
    usage += [np.float64(place[0] == action) for action in sold]
    limits = rng.integers(0, max(2, people // 2), len(usage)).astype(np.float64).tolist()
    minima = [0.0] * channels + [
        float(rng.integers(0, limit + 1)) if rng.random() < 0.3 else 0.0 for limit in limits[channels:]
    ]
    if rng.random() < 0.7:
        usage.append(np.broadcast_to(cost, (actions, channels)))
        limits.append(float(rng.uniform(0, people * cost.mean() / 2)))
        minima.append(0.0)
    most = int(rng.integers(1, 4))
    pairs = tuple(pair for pair in pairwise(range(actions)) if rng.random() < 0.4)
    books = _books(rng, expected) if seed % 2 else None
    return Problem(
        expected=expected,
        usage=np.array(usage).reshape(len(usage), actions, channels),
        limits=np.array(limits),
        minima=np.array(minima),
        ties=rng.integers(0, 2**63, people).astype(np.uint64),
        most=most,
        exclusions=pairs,
        books=books,
    )


def _books(rng: np.random.Generator, expected: NDArray[np.float64]) -> Books:
    people = expected.shape[2]
    managers = max(1, people // 8)
    owner = rng.integers(-1, managers, people).astype(np.int32)
    expected[:, 0, owner < 0] = -np.inf
    return Books(0, owner, rng.integers(0, 4, managers).astype(np.float64))


def broken(problem: Problem, chosen: NDArray[np.int8]) -> list[str]:
    """Every hard limit that a list breaks, contact by contact."""
    found = []
    taken = np.zeros(len(problem.limits))
    own = np.zeros(problem.managers)
    for customer in range(problem.customers):
        mine = [(action, int(chosen[action, customer])) for action in range(len(chosen))]
        mine = [(action, channel) for action, channel in mine if channel >= 0]
        if len(mine) > problem.most:
            found.append(f"{customer}: too many")
        actions = {action for action, _ in mine}
        found += [f"{customer}: {pair}" for pair in problem.exclusions if actions.issuperset(pair)]
        for action, channel in mine:
            if not problem.expected[action, channel, customer] > 0:
                found.append(f"{customer}: forbidden")
            taken += problem.usage[:, action, channel]
            if problem.books is not None and channel == problem.books.channel:
                own[problem.books.owner[customer]] += 1
    found += [f"limit {row}" for row in np.flatnonzero(taken > problem.limits + 1e-9 * (1 + problem.limits))]
    if problem.books is not None:
        found += [f"book {row}" for row in np.flatnonzero(own > problem.books.capacity)]
    return found


def one_by_one(problem: Problem) -> float:
    """What the best remaining contact first is worth, contact by contact, without minima."""
    cells = [
        (-value, int(problem.ties[customer]), action, channel, customer)
        for (action, channel, customer), value in np.ndenumerate(problem.expected)
        if value > 0
    ]
    room = problem.limits.copy()
    own = None if problem.books is None else problem.books.capacity.copy()
    mine: dict[int, set[int]] = {}
    total = 0.0
    for negative, _, action, channel, customer in sorted(cells):
        got = mine.setdefault(customer, set())
        clash = any(action in pair and got & set(pair) for pair in problem.exclusions)
        use = problem.usage[:, action, channel]
        if action in got or len(got) >= problem.most or clash or (use > room + 1e-9).any():
            continue
        if own is not None and problem.books is not None and channel == problem.books.channel:
            if own[problem.books.owner[customer]] < 1:
                continue
            own[problem.books.owner[customer]] -= 1
        got.add(action)
        room -= use
        total -= negative
    return total
