"""How a model does on rows it has never seen: every metric of every family, by name."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.metrics.calibration import brier, calibration_error, log_loss
from training.metrics.discrimination import average_precision, roc_auc
from training.metrics.gain import gain_curve
from training.metrics.ranking import map_at, recall_at

Floats = NDArray[np.float64]

SHARES = (0.01, 0.05, 0.10)
"""Of customers contacted, for gain and lift."""
RANKS = (1, 3, 7)
"""Products offered, for recall."""
MAP_RANK = 7


def evaluate(
    heads: Sequence[str], labels: Floats, probabilities: Floats, base_rates: Sequence[float]
) -> dict[str, float]:
    """Metrics of calibrated probabilities against labels, both of shape (rows, heads), NaN labels unknown.

    Unprefixed metrics pool every known (row, head) pair. With several heads each one's own are there too,
    as "card/roc_auc", and those of the ranking among them. `log_loss_of_base_rates` is what always answering
    the heads' base rates scores. Metrics that a lack of positives leaves undefined are left out.
    """
    known = ~np.isnan(labels)
    if not known.any():
        return {}
    constant = np.broadcast_to(np.asarray(base_rates), labels.shape)
    found = {
        **_of_one(labels[known], probabilities[known]),
        "log_loss_of_base_rates": log_loss(labels[known], constant[known]),
        "rows": float(len(labels)),
    }
    if len(heads) > 1:
        found |= _of_ranking(labels, probabilities)
        for place, head in enumerate(heads):
            rows = known[:, place]
            own = _of_one(labels[rows, place], probabilities[rows, place]) if rows.any() else {}
            found |= {f"{head}/{name}": value for name, value in own.items()}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _of_one(labels: Floats, probabilities: Floats) -> dict[str, float]:
    curve = gain_curve(labels, probabilities)
    gains: Mapping[str, float] = (
        {}
        if curve is None
        else {
            f"{name}_at_{share:.0%}".replace("%", "pct"): measure(share)
            for name, measure in (("gain", curve.gain), ("lift", curve.lift))
            for share in SHARES
        }
    )
    return {
        "roc_auc": roc_auc(labels, probabilities),
        "average_precision": average_precision(labels, probabilities),
        "brier": brier(labels, probabilities),
        "log_loss": log_loss(labels, probabilities),
        "calibration_error": calibration_error(labels, probabilities),
        **gains,
        "positives": float(labels.sum()),
    }


def _of_ranking(labels: Floats, probabilities: Floats) -> dict[str, float]:
    recalls = {f"recall_at_{rank}": recall_at(labels, probabilities, rank) for rank in RANKS}
    return {f"map_at_{MAP_RANK}": map_at(labels, probabilities, MAP_RANK), **recalls}
