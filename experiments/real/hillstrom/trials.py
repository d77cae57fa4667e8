"""The experiment as trials: each e-mail against none, on visits and on conversions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from training.uplift.trial import Trial

SOURCE: Final = Path("../shared/data/hillstrom/hillstrom.csv")
NUMBERS: Final = ("recency", "history", "mens", "womens", "newbie")
CODES: Final = ("zip_code", "channel")
NO_EMAIL: Final = "No E-Mail"
EMAILS: Final = ("Mens E-Mail", "Womens E-Mail")
OUTCOMES: Final = ("visit", "conversion")
PROBABILITY: Final = 0.5
"""Customers were drawn into three arms of a third each; of two of them, a half are in either."""


def trials(rows: pd.DataFrame) -> Iterator[tuple[str, str, Trial]]:
    """E-mail, outcome and the trial of it, for every e-mail and outcome."""
    numbers = rows[list(NUMBERS)].to_numpy(float)
    codes = np.column_stack([pd.Categorical(rows[name]).codes for name in CODES])
    matrix = np.column_stack([numbers, codes]).astype(float)
    categorical = tuple(range(len(NUMBERS), matrix.shape[1]))
    for email in EMAILS:
        chosen = rows["segment"].isin([email, NO_EMAIL]).to_numpy()
        for outcome in OUTCOMES:
            yield (
                email,
                outcome,
                Trial(
                    matrix[chosen],
                    (rows["segment"] == email).to_numpy()[chosen],
                    rows[outcome].to_numpy(float)[chosen],
                    np.full(int(chosen.sum()), PROBABILITY),
                    np.flatnonzero(chosen),
                    categorical,
                ),
            )
