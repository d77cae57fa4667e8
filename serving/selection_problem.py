"""The problem a campaign's selection solves."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Problem:
    """Candidates × customers under limits.

    `expected` (candidates, customers): what a contact is worth, above 0, -inf where it must not be made.
    `usage` (limits, candidates), not negative: what a contact takes of each limit. `limits` (limits,).
    `ties` (customers,): the order of equals.
    """

    expected: NDArray[np.float64]
    usage: NDArray[np.float64]
    limits: NDArray[np.float64]
    ties: NDArray[np.uint64]

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.expected.shape[1])

    @cached_property
    def scale(self) -> float:
        """What a customer's best contact is worth on average, 1 if there is none."""
        best = self.expected.max(axis=0, initial=-np.inf)
        return float(best[best > 0].mean()) if (best > 0).any() else 1.0

    def used(self, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        """What a list takes of each limit, shape (limits,); -1 chooses nothing."""
        counts = np.bincount(chosen[chosen >= 0], minlength=len(self.expected))
        return np.asarray(self.usage @ counts)
