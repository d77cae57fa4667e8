"""The product's own learning on data that was read already, as it tests itself and as it serves."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.progress import silent
from training.comparisons import with_comparisons
from training.dataset import Dataset
from training.fit import options
from training.growth import with_growth
from training.heads import FittedHead, fit_heads, predict, refit

Floats = NDArray[np.float64]

MINIMUM_POSITIVES: Final = 30
"""Where a bank's bank.toml names none."""


def tested(data: Dataset, minimum_positives: int = MINIMUM_POSITIVES) -> Floats:
    """Scores (test rows, heads) as the product tests itself: learnt from the training rows."""
    heads, data, _ = _learnt(data, minimum_positives)
    return predict(heads, data.test.matrix)


def served(data: Dataset, minimum_positives: int = MINIMUM_POSITIVES) -> Floats:
    """Scores (test rows, heads) as it serves: learnt again from all rows but, here, those of the test."""
    heads, data, settings = _learnt(data, minimum_positives)
    heads = refit(heads, data.learnt, data.columns, settings, silent)
    return predict(heads, data.test.matrix)


def _learnt(data: Dataset, minimum_positives: int) -> tuple[list[FittedHead], Dataset, Mapping[str, Any]]:
    """Tested heads, with the columns and the settings that the training rows prove."""
    data = with_comparisons(data, {}, seed=0).data
    settings = with_growth(data, options(data.columns, {}, seed=0), seed=0).settings
    return fit_heads(data, settings, minimum_positives, silent), data, settings
