"""What repeated splits of the same rows can tell of a mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

LEARNT: Final = 0.8
"""The share of rows learnt from, in training's own split; the others test."""


@dataclass(frozen=True)
class Interval:
    """A mean over repeated splits, and half the width of its 95 % interval."""

    mean: float
    half: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} ± {self.half:.4f}"


def interval(values: Sequence[float], learnt: float = LEARNT) -> Interval:
    """The mean of one figure a split, two splits at least.

    The splits share rows, so their variance alone is too small: it is corrected by test over train rows
    (Nadeau & Bengio 2003, corrected resampled t-test).
    """
    repeats = len(values)
    variance = (1 / repeats + (1 - learnt) / learnt) * np.var(values, ddof=1)
    half = stats.t.ppf(0.975, repeats - 1) * np.sqrt(variance)
    return Interval(float(np.mean(values)), float(half))


def table(measured: Mapping[str, Sequence[float]], against: str, learnt: float = LEARNT) -> str:
    """A Markdown table: the mean of each name over the splits, and how far it is from that of `against`."""
    others = measured[against]
    lines = [f"| | mean | minus {against} |", "|---|---|---|"]
    for name, values in measured.items():
        differences = [one - other for one, other in zip(values, others, strict=True)]
        apart = "" if name == against else str(interval(differences, learnt))
        lines.append(f"| {name} | {interval(values, learnt)} | {apart} |")
    return "\n".join(lines)
