"""A randomised trial of one action against control, and what is learned from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.fit import threads

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Trial:
    """One row a contact: what was known before it, its arm, and what came of it.

    Shapes: `matrix` (rows, columns), numbers, NaN where unknown; `treated` (rows,); `outcome` (rows,) 1.0 or
    0.0; `probability` (rows,), that of having been treated, strictly between 0 and 1, as it was recorded;
    `customer` (rows,) a number a customer: rows of one customer are never parted. `categorical` are the
    positions of the columns that hold codes, `names` the columns' names, where they matter. `groups` tell
    each row's snapshot, tier, kind and sensitive columns, (rows,) each; nothing is learned from them.
    """

    matrix: Floats
    treated: Flags
    outcome: Floats
    probability: Floats
    customer: Rows
    categorical: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    groups: Mapping[str, Texts] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def arm_probability(self) -> Floats:
        """The probability of the arm that each row got, shape (rows,)."""
        return np.where(self.treated, self.probability, 1 - self.probability)

    def take(self, rows: Rows | Flags) -> "Trial":
        """Some of the rows."""
        return replace(
            self,
            matrix=self.matrix[rows],
            treated=self.treated[rows],
            outcome=self.outcome[rows],
            probability=self.probability[rows],
            customer=self.customer[rows],
            groups={name: values[rows] for name, values in self.groups.items()},
        )

    def with_rows_of(self, other: "Trial") -> "Trial":
        """These rows, and then another's with the same columns; what groups they are of is not kept."""
        return replace(
            self,
            matrix=np.concatenate([self.matrix, other.matrix]),
            treated=np.concatenate([self.treated, other.treated]),
            outcome=np.concatenate([self.outcome, other.outcome]),
            probability=np.concatenate([self.probability, other.probability]),
            customer=np.concatenate([self.customer, other.customer]),
            groups={},
        )

    def same_contacts(self, other: "Trial") -> bool:
        """Whether both are of the same rows, whatever is known of them."""
        return all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("treated", "outcome", "probability", "customer")
        )

    def folds(self, number: int, seed: int) -> Rows:
        """A fold from 0 to `number` - 1 for each row, all rows of a customer in the same one."""
        customers, place = np.unique(self.customer, return_inverse=True)
        shuffled = np.random.default_rng(seed).permutation(len(customers))
        return np.asarray(shuffled[place] % number)


@dataclass(frozen=True)
class Effect:
    """Uplift as boosters tell it: `scale` * booster + `shift`, less the `control` booster if there is one."""

    booster: lgb.Booster
    control: lgb.Booster | None = None
    scale: float = 1.0
    shift: float = 0.0

    def predict(self, matrix: Floats) -> Floats:
        """P(outcome | treated) - P(outcome | control) of each row, shape (rows,)."""
        if not len(matrix):
            return np.empty(0)
        told = [
            np.asarray(booster.predict(matrix, num_threads=threads(matrix)))
            for booster in (self.booster, self.control)
            if booster is not None
        ]
        treated = self.scale * told[0] + self.shift
        return treated if self.control is None else treated - told[1]


Learner = Callable[[Trial, int], Effect]
"""Learns from a trial, with a seed."""
