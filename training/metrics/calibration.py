"""Whether of those given a probability p, a share p comes true."""

from dataclasses import dataclass

import numpy as np
import sklearn.metrics
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Reliability:
    """Equal-mass bins of rows by rising probability: rows, mean probability and share come true in each."""

    rows: NDArray[np.int64]
    predicted: Floats
    observed: Floats


def brier(labels: Floats, probabilities: Floats) -> float:
    """Mean squared error of the probabilities."""
    return float(np.mean((probabilities - labels) ** 2))


def log_loss(labels: Floats, probabilities: Floats) -> float:
    """Mean negative log-likelihood, in nats; a certainty that fails costs about 36."""
    return float(sklearn.metrics.log_loss(labels, probabilities, labels=[0.0, 1.0]))


def equal_mass(probabilities: Floats, bins: int = BINS) -> list[NDArray[np.int64]]:
    """Places by rising probability, in parts of as equal size as rows allow; none where there are no rows.

    Equal probabilities, which no order tells apart, share a part.
    """
    order = np.argsort(probabilities, kind="stable")
    rising = probabilities[order]
    wanted = np.cumsum([len(part) for part in np.array_split(order, max(min(bins, len(order)), 1))])[:-1]
    # A cut among equals moves to the nearer end of theirs.
    first, last = (np.searchsorted(rising, rising[wanted], side) for side in ("left", "right"))
    cuts = np.unique(np.where(wanted - first <= last - wanted, first, last))
    return [part for part in np.split(order, cuts) if len(part)]


def chance_error(probabilities: Floats, bins: int = BINS) -> float:
    """About the calibration error that probabilities (rows,) show by chance where every one of them is true.

    In each bin the mean absolute deviation of a normal of the outcomes' variance; NaN without rows.
    """
    if not len(probabilities):
        return float("nan")
    variance = np.array(
        [(probabilities[part] * (1 - probabilities[part])).sum() for part in equal_mass(probabilities, bins)]
    )
    return float(np.sqrt(2 / np.pi * variance).sum() / len(probabilities))


def reliability(labels: Floats, probabilities: Floats, bins: int = BINS) -> Reliability:
    """Probabilities and outcomes, both of shape (rows,), in bins of equal mass."""
    parts = equal_mass(probabilities, bins)
    return Reliability(
        rows=np.array([len(part) for part in parts]),
        predicted=np.array([probabilities[part].mean() for part in parts]),
        observed=np.array([labels[part].mean() for part in parts]),
    )


def wilson(share: Floats, rows: NDArray[np.int64] | Floats) -> tuple[Floats, Floats]:
    """Bounds of the 95 % interval of a share observed among `rows` (Wilson 1927); all of shape (bins,)."""
    spread = Z95**2 / rows
    centre = (share + spread / 2) / (1 + spread)
    half = Z95 / (1 + spread) * np.sqrt(share * (1 - share) / rows + spread / (4 * rows))
    # At a share of 0 or 1 the bound is the share itself, but for rounding.
    return np.clip(centre - half, 0.0, share), np.clip(centre + half, share, 1.0)


def calibration_error(labels: Floats, probabilities: Floats, bins: int = BINS) -> float:
    """Expected calibration error over equal-mass bins (Naeini et al. 2015; Nixon et al. 2019, section 3)."""
    found = reliability(labels, probabilities, bins)
    return float(np.average(np.abs(found.predicted - found.observed), weights=found.rows))
