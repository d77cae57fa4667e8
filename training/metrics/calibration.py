"""Whether of those given a probability p, a share p comes true."""

from dataclasses import dataclass

import numpy as np
import sklearn.metrics
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10


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


def reliability(labels: Floats, probabilities: Floats, bins: int = BINS) -> Reliability:
    """Bins of as equal size as rows allow: equal probabilities, which no order tells apart, share one."""
    order = np.argsort(probabilities, kind="stable")
    rising = probabilities[order]
    wanted = np.cumsum([len(part) for part in np.array_split(order, min(bins, len(order)))])[:-1]
    # A cut among equals moves to the nearer end of theirs.
    first, last = (np.searchsorted(rising, rising[wanted], side) for side in ("left", "right"))
    cuts = np.unique(np.where(wanted - first <= last - wanted, first, last))
    parts = [part for part in np.split(order, cuts) if len(part)]
    return Reliability(
        rows=np.array([len(part) for part in parts]),
        predicted=np.array([probabilities[part].mean() for part in parts]),
        observed=np.array([labels[part].mean() for part in parts]),
    )


def calibration_error(labels: Floats, probabilities: Floats, bins: int = BINS) -> float:
    """Expected calibration error over equal-mass bins (Naeini et al. 2015; Nixon et al. 2019, section 3)."""
    found = reliability(labels, probabilities, bins)
    return float(np.average(np.abs(found.predicted - found.observed), weights=found.rows))
