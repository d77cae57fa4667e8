"""The product's own learning on data that was read already."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.progress import silent
from training.comparisons import with_comparisons
from training.dataset import Dataset
from training.fit import options
from training.growth import with_growth
from training.heads import learn_heads, predict

Floats = NDArray[np.float64]

MINIMUM_POSITIVES: Final = 30
"""Where a bank's bank.toml names none."""


def served(data: Dataset, minimum_positives: int = MINIMUM_POSITIVES) -> Floats:
    """Scores (test rows, heads) of heads with the columns and the settings that the training rows prove."""
    data = with_comparisons(data, {}, seed=0).data
    settings = with_growth(data, options(data.columns, {}, seed=0), seed=0).settings
    return predict(learn_heads(data, settings, minimum_positives, silent), data.test.matrix)
