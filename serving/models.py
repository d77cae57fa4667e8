"""Trained models as serving uses them: LightGBM boosters and a contract, read without pickle."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import ValidationError

from features.contract import (
    CONTRACT_FILE,
    FeatureColumn,
    Head,
    ModelContract,
    check_names,
    encode,
    model_digest,
)
from features.errors import BadInputError
from features.vocabulary import Model
from serving import tree_shap

ONE_THREAD = 1
"""LightGBM's threads share rows, not trees: online, more than one only costs."""
ALL_THREADS = 0
DECIMALS = 9
"""Of contributions."""


@dataclass(frozen=True)
class ScoringModel:
    """A model version ready to predict; `version` reads like "churn/3", `boosters` are by head name.

    `digest` is the SHA-256 of the files it was read from.
    `controls`, by head name too, are what an uplift is a difference from.
    """

    contract: ModelContract
    version: str
    boosters: Mapping[str, lgb.Booster]
    digest: str
    controls: Mapping[str, lgb.Booster] = field(default_factory=dict)

    @property
    def name(self) -> Model:
        """Which model this is a version of."""
        return Model(self.contract.model)

    @property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        """By head, the kinds of customers it was learned of; none: of all."""
        return {head.name: head.kinds for head in self.contract.heads}

    def predict(self, features: pa.Table, threads: int = ONE_THREAD) -> dict[str, NDArray[np.float64]]:
        """Calibrated probabilities, one array of shape (rows,) per head; columns are taken by name.

        Raises BadInputError naming the columns that `features` lacks.
        """
        matrix = encode(features, self.contract.columns)
        return {head.name: self._probability(head, matrix, threads) for head in self.contract.heads}

    def contributions(self, features: pa.Table, head: str) -> NDArray[np.float64]:
        """How far each feature moves `head`'s log-odds, shape (rows, features + 1).

        These are SHAP values (Lundberg et al. 2018, "Consistent individualized feature attribution for
        tree ensembles"); the last column is the expected log-odds. What a comparison of two features moves
        is theirs, half each. A head that answers with its base rate is moved by nothing: zeros. Rounded, so
        that a customer alone and in a batch, computed differently, tie alike.
        """
        booster = self.boosters.get(head)
        if booster is None:
            return np.zeros((features.num_rows, len(self.contract.features) + 1))
        matrix = encode(features, self.contract.columns)
        return by_feature(tree_shap.explain(booster, matrix), self.contract.columns).round(DECIMALS)

    def _probability(self, head: Head, matrix: NDArray[np.float64], threads: int) -> NDArray[np.float64]:
        booster = self.boosters.get(head.name)
        if booster is None:
            return np.full(len(matrix), head.base_rate)
        if not len(matrix):
            return np.empty(0)  # LightGBM refuses a matrix without rows
        raw = np.asarray(booster.predict(matrix, num_threads=threads))
        probability = head.calibration.apply(raw, matrix)
        control = self.controls.get(head.name)
        return (
            probability
            if control is None
            else probability - np.asarray(control.predict(matrix, num_threads=threads))
        )


def by_feature(moved: NDArray[np.float64], columns: tuple[FeatureColumn, ...]) -> NDArray[np.float64]:
    """Contributions of columns (rows, columns + 1) as those of features (rows, features + 1)."""
    features = [place for place, column in enumerate(columns) if column.compares is None]
    if len(features) == len(columns):
        return moved
    at = {columns[place].name: row for row, place in enumerate(features)}
    whole = moved[:, [*features, len(columns)]]
    for place, column in enumerate(columns):
        for name in column.compares or ():
            whole[:, at[name]] += moved[:, place] / 2
    return whole


def read_model(folder: Path, version: str) -> ScoringModel:
    """A model from the folder of its artifacts: contract.json and one LightGBM text per head.

    Raises BadInputError if a file is missing or not what the contract says, naming swapped columns.
    """
    contract = _read_contract(folder / CONTRACT_FILE)
    with_file = {head.name: head.booster_file for head in contract.heads if head.booster_file}
    with_control = {head.name: head.control_file for head in contract.heads if head.control_file}
    boosters, controls = (
        {name: _read_booster(folder / file, contract) for name, file in files.items()}
        for files in (with_file, with_control)
    )
    return ScoringModel(contract, version, boosters, model_digest(folder, contract), controls)


def _read_contract(path: Path) -> ModelContract:
    try:
        return ModelContract.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise BadInputError(f"{path}: no such file; the model version is incomplete, train again") from error
    except ValidationError as error:
        raise BadInputError(f"{path}: not a model's contract: {error}") from error


def _read_booster(path: Path, contract: ModelContract) -> lgb.Booster:
    if not path.is_file():  # asked first, since LightGBM would also shout
        raise BadInputError(f"{path}: no such file; the model version is incomplete, train again")
    try:
        booster = lgb.Booster(model_file=path)
    except lgb.basic.LightGBMError as error:
        raise BadInputError(f"{path}: not a LightGBM model: {error}") from error
    # LightGBM reads columns by position, so a swapped pair would go unnoticed.
    check_names(contract.names, booster.feature_name(), str(path))
    return booster
