"""Whether as many customers were held out as the policy says: if not, the arms cannot be compared."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from serving.decision.trial_spec import HoldoutSpec

SUSPICIOUS: Final = 0.001
"""A p-value below which the split is taken for broken rather than for chance."""


@dataclass(frozen=True)
class SampleRatio:
    """How customers of `name` fell to the arms, the share to be held out, and the p-value of that split."""

    name: str
    treated: int
    held_out: int
    share: float
    p_value: float

    @property
    def warning(self) -> str | None:
        """What to tell if the split is not credible."""
        if self.p_value >= SUSPICIOUS:
            return None
        total = self.treated + self.held_out
        return (
            f"{self.name}: {self.held_out} of {total} customers are held out where {self.share:.2%} "
            f"({self.share * total:.0f}) should be (p = {self.p_value:.1g}): the arms are not comparable"
        )


def sample_ratio(name: str, treated: int, held_out: int, share: float) -> SampleRatio:
    """The exact two-sided binomial test of the number held out; each customer counted once."""
    total = treated + held_out
    p_value = float(stats.binomtest(held_out, total, share).pvalue) if total else 1.0
    return SampleRatio(name, treated, held_out, share, p_value)


def held_out_split(held_out: NDArray[np.bool_], spec: HoldoutSpec) -> SampleRatio:
    """Whether the draw held out as many customers, shape (customers,), as the policy says.

    Who is held out of any group counts; groups drawn apart hold out more of them together.
    """
    draws = len(spec.groups) if spec.per_group else 1
    share = 1 - (1 - spec.share) ** draws
    count = int(held_out.sum())
    return sample_ratio("holdout", len(held_out) - count, count, share)
