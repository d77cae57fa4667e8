"""The problem a campaign's selection solves."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Chosen = NDArray[np.int8]
"""A list: each action's channel for each customer, shape (actions, customers); -1 where it is not taken."""

NOT_TAKEN = -1


@dataclass(frozen=True)
class Books:
    """Relationship managers: through `channel` a customer is served only by its own, within a capacity.

    `owner` (customers,): the place of each customer's manager, -1 for none. `capacity` (managers,): contacts.
    """

    channel: int
    owner: NDArray[np.int32]
    capacity: Numbers


@dataclass(frozen=True)
class Problem:
    """Actions × channels × customers under limits.

    `expected` (actions, channels, customers): what a contact is worth, above 0, -inf where it must not be
    made. `usage` (limits, actions, channels), not negative: what a contact takes of each limit. `limits`
    (limits,) and `minima` (limits,): no more and no less than this of each. `ties` (customers,): the order
    of equals. `most`: actions a customer, each through one channel. `exclusions`: pairs of actions that no
    customer gets together. `books`: limits that each touch only one manager's customers.
    """

    expected: Numbers
    usage: Numbers
    limits: Numbers
    ties: NDArray[np.uint64]
    minima: Numbers
    most: int = 1
    exclusions: tuple[tuple[int, int], ...] = ()
    books: Books | None = None

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.expected.shape[2])

    @property
    def managers(self) -> int:
        """How many books there are."""
        return 0 if self.books is None else len(self.books.capacity)

    @cached_property
    def upper(self) -> Numbers:
        """Every limit, then every manager's capacity: shape (rows,)."""
        return np.concatenate([self.limits, self.books.capacity]) if self.books else self.limits

    @cached_property
    def lower(self) -> Numbers:
        """The least of each row, shape (rows,)."""
        return np.concatenate([self.minima, np.zeros(self.managers)])

    @cached_property
    def scale(self) -> float:
        """What a customer's best contact is worth on average, 1 if there is none."""
        best = self.expected.max(axis=(0, 1), initial=-np.inf)
        return float(best[best > 0].mean()) if (best > 0).any() else 1.0

    @cached_property
    def ranks(self) -> Places:
        """Each customer's place in the order of equals, shape (customers,)."""
        ranks = np.empty(self.customers, dtype=np.int64)
        ranks[np.argsort(self.ties, kind="stable")] = np.arange(self.customers)
        return ranks

    def used(self, chosen: Chosen) -> Numbers:
        """What a list takes of each row, shape (rows,)."""
        channels = self.expected.shape[1]
        counts = np.array([np.bincount(row[row >= 0], minlength=channels) for row in chosen])
        used = np.einsum("mac,ac->m", self.usage, counts.reshape(len(chosen), channels))
        if self.books is None:
            return np.asarray(used)
        served = (chosen == self.books.channel).sum(axis=0)
        own = np.bincount(self.books.owner[served > 0], served[served > 0], minlength=self.managers)
        return np.concatenate([used, own])

    def part(self, customers: Places, upper: Numbers, lower: Numbers) -> "Problem":
        """The same for some customers under other limits; `upper` and `lower` (rows,)."""
        books = self.books
        if books is not None:
            books = Books(books.channel, books.owner[customers], upper[len(self.limits) :])
        return replace(
            self,
            expected=self.expected[:, :, customers],
            ties=self.ties[customers],
            limits=upper[: len(self.limits)],
            minima=lower[: len(self.limits)],
            books=books,
        )


def value_of(problem: Problem, chosen: Chosen) -> float:
    """What a list is worth."""
    actions, customers = np.nonzero(chosen >= 0)
    return float(problem.expected[actions, chosen[actions, customers], customers].sum())


def nothing(problem: Problem) -> Chosen:
    """The list without a contact."""
    return np.full((len(problem.expected), problem.customers), NOT_TAKEN, dtype=np.int8)


def shortage(problem: Problem, chosen: Chosen) -> Numbers:
    """By how much a list misses each minimum, shape (rows,)."""
    return np.maximum(problem.lower - problem.used(chosen), 0.0)


def tolerance(limits: Numbers) -> Numbers:
    """What sums of costs may be off by the order of their addition."""
    return 1e-9 * np.maximum(np.abs(limits), 1.0)
