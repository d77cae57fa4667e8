"""What training hands to serving: a scored model's contract, as JSON beside LightGBM's own text.

A model version holds `contract.json` and one text file per head. A head is one probability: churn has one,
propensity one a product. A head without a file answers with its base rate.
"""

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, FiniteFloat, NonNegativeInt, model_validator
from scipy.special import expit, logit

from features.errors import BadInputError
from features.question import Question
from features.spec import WindowSpec

CONTRACT_FILE = "contract.json"


class Closed(BaseModel):
    """Frozen, and closed to unknown keys; floats survive JSON to the last bit."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TierShift(Closed):
    """What each tier adds to the log-odds once they are calibrated overall.

    `place` is where the model's matrix holds the tier, `column` its name there; `log_odds` follow the
    column's categories. A tier that is unknown adds nothing.
    """

    column: str
    place: NonNegativeInt
    log_odds: tuple[FiniteFloat, ...]

    def apply(self, probability: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Shifted probabilities (rows,) of rows of a matrix (rows, columns)."""
        tier = matrix[:, self.place]
        code = np.where(np.isnan(tier), len(self.log_odds), tier).astype(np.intp)
        more = np.expm1((*self.log_odds, 0.0))[code]
        # Odds times exp(shift), written so that a shift of 0 changes no bit, and 0 and 1 stay what they are.
        return np.asarray(probability * (1.0 + more) / (1.0 + probability * more))


class Calibration(Closed):
    """A monotone map from a booster's probability to a calibrated one, and a shift by tier where one is due.

    Points (x ascending, y non-decreasing) joined by straight lines and held flat outside: isotonic regression
    (Zadrozny & Elkan 2002, section 3) is such a map; Platt scaling is sigmoid(slope * logit(p) + intercept)
    (Platt 1999, section 2.2, on log-odds).
    """

    kind: Literal["isotonic", "platt", "identity"]
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    slope: float = 1.0
    intercept: float = 0.0
    shift: TierShift | None = None

    def apply(self, raw: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probabilities (rows,) of what a booster says of a matrix (rows, columns)."""
        probability = self.overall(raw)
        return probability if self.shift is None else self.shift.apply(probability, matrix)

    def overall(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities calibrated over all tiers, shape as `raw`."""
        if self.kind == "isotonic":
            return np.interp(raw, self.x, self.y)
        if self.kind == "platt":
            odds = logit(np.clip(raw, 1e-12, 1 - 1e-12))
            return np.asarray(expit(self.slope * odds + self.intercept))
        return raw


class FeatureColumn(Closed):
    """One column of a model's matrix.

    `categories` are the values known at training, None for a number. A column that `compares` two others is
    none of the feature store's: it is their `relative_difference`.
    """

    name: str
    categories: tuple[str, ...] | None = None
    compares: tuple[str, str] | None = None


class Head(Closed):
    """One probability: its name (`churn`, a product id, an action), booster file, calibration, base rate.

    An uplift's is a difference: what `control_file`'s booster says, if there is one, is taken off. `kinds`
    are those of the customers it was learned of; none: of all.
    """

    name: str
    kinds: tuple[str, ...] = ()
    booster_file: str | None
    control_file: str | None = None
    calibration: Calibration
    base_rate: float
    positives: int


class ModelContract(Closed):
    """All that scoring needs to know of a trained model, and what it was trained and tested on.

    `leaving` is the rule by which its labels say that customers left, None where they do not tell of it.
    """

    model: Literal["churn", "propensity", "uplift"]
    feature_service: str
    columns: tuple[FeatureColumn, ...]
    heads: tuple[Head, ...]
    gap_days: int
    horizon_days: int
    leaving: str | None = None
    train_snapshots: tuple[str, ...]
    test_snapshots: tuple[str, ...] = ()
    fingerprint: str

    @model_validator(mode="after")
    def _distinct(self) -> "ModelContract":
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("feature names repeat")
        numbers = {column.name for column in self.columns if column.categories is None}
        compared = {name for column in self.columns for name in column.compares or ()}
        if compared - numbers:
            raise ValueError(f"no numbers to compare: {', '.join(sorted(compared - numbers))}")
        return self

    @model_validator(mode="after")
    def _shifted(self) -> "ModelContract":
        """A shift finds its column where it says, with a number for each of its categories."""
        for head in self.heads:
            shift = head.calibration.shift
            if shift is None:
                continue
            column = self.columns[shift.place] if shift.place < len(self.columns) else None
            if column is None or column.name != shift.column:
                raise ValueError(
                    f"{head.name}: column {shift.place} is not {shift.column!r}, which shifts it"
                )
            if len(column.categories or ()) != len(shift.log_odds):
                raise ValueError(f"{head.name}: as many shifts as {shift.column!r} has categories are needed")
        return self

    @property
    def window(self) -> WindowSpec:
        """The label window that it was trained for."""
        return WindowSpec(gap_days=self.gap_days, horizon_days=self.horizon_days)

    @property
    def question(self) -> Question:
        """The question that it was trained to answer."""
        return Question(self.window, self.leaving)

    @property
    def names(self) -> list[str]:
        """Column names, in the order the boosters read them."""
        return [column.name for column in self.columns]

    @property
    def features(self) -> list[str]:
        """The columns that are features of the store, in the same order."""
        return [column.name for column in self.columns if column.compares is None]


def file_digests(folder: Path, contract: ModelContract) -> dict[str, str]:
    """The SHA-256 of each file that a model predicts with, by name: contract first, then its boosters."""
    heads = contract.heads
    boosters = {file for head in heads for file in (head.booster_file, head.control_file) if file}
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in (CONTRACT_FILE, *sorted(boosters))
    }


def model_digest(folder: Path, contract: ModelContract) -> str:
    """The SHA-256 of the digests of contract and boosters, each with its name."""
    files = file_digests(folder, contract).items()
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in files).encode()).hexdigest()


def encode(features: pa.Table, columns: tuple[FeatureColumn, ...]) -> NDArray[np.float64]:
    """The model's matrix, shape (rows, columns): numbers as they are, categories as codes, unknown as NaN.

    Columns are taken by name, never by position.

    Raises BadInputError naming the columns that are missing.
    """
    # Arrow looks a name up anew each time, which takes longer than all the rest for one customer.
    at = {name: place for place, name in enumerate(features.column_names)}
    missing = [column.name for column in columns if column.compares is None and column.name not in at]
    if missing:
        raise BadInputError(f"features missing for the model: {', '.join(missing)}")
    matrix = np.empty((features.num_rows, len(columns)), dtype=np.float64)
    plain = [column.categories is None and column.compares is None for column in columns]
    numbers = np.flatnonzero(plain).tolist()
    if numbers:
        matrix[:, numbers] = _numbers(features.select([at[columns[place].name] for place in numbers]))
    for place, column in enumerate(columns):
        if column.categories is not None:
            matrix[:, place] = _codes(features[column.name], column.categories)
    compare(matrix, columns)
    return matrix


def compare(matrix: NDArray[np.float64], columns: tuple[FeatureColumn, ...]) -> None:
    """Fill the columns of a matrix (rows, columns) that compare others, from those others."""
    comparing = [(place, column.compares) for place, column in enumerate(columns) if column.compares]
    at = {column.name: place for place, column in enumerate(columns)} if comparing else {}
    for place, (first, second) in comparing:
        matrix[:, place] = relative_difference(matrix[:, at[first]], matrix[:, at[second]])


def relative_difference(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """(first - second) / (|first| + |second|), in [-1, 1]; NaN where one is unknown or both are 0."""
    with np.errstate(invalid="ignore"):
        return np.asarray((first - second) / (np.abs(first) + np.abs(second)))


def _numbers(features: pa.Table) -> NDArray[np.float64]:
    """All columns at once, shape (rows, columns): one by one takes a customer a millisecond."""
    types = set(features.schema.types)
    for name in features.column_names if types & {pa.string(), pa.large_string()} else []:
        if features.schema.field(name).type in (pa.string(), pa.large_string()):
            raise BadInputError(f"feature {name}: the model expects a number, found text")
    if types != {pa.float64()}:
        features = features.cast(pa.schema([(name, pa.float64()) for name in features.column_names]))
    batches = [batch.to_tensor(null_to_nan=True).to_numpy() for batch in features.to_batches()]
    return np.concatenate(batches) if batches else np.empty((0, features.num_columns))


def _codes(values: pa.ChunkedArray, categories: tuple[str, ...]) -> NDArray[np.float64]:
    codes = pc.index_in(values.cast(pa.string()), pa.array(categories, pa.string()))
    return np.asarray(codes.cast(pa.float64()).to_numpy(), dtype=np.float64)  # Arrow's nulls are NaN here


def check_names(expected: list[str], found: list[str], where: str) -> None:
    """Refuse columns that are missing, unknown or in another order.

    Raises BadInputError naming the first column that differs.
    """
    if expected == found:
        return
    missing = [name for name in expected if name not in found]
    extra = [name for name in found if name not in expected]
    if missing or extra:
        raise BadInputError(f"{where}: columns missing: {missing or 'none'}; unknown: {extra or 'none'}")
    place = next(index for index, (one, two) in enumerate(zip(expected, found, strict=True)) if one != two)
    raise BadInputError(
        f"{where}: column {place} should be {expected[place]!r} but is {found[place]!r}; columns are swapped"
    )
