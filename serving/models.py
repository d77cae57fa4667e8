"""Trained models as serving uses them: LightGBM boosters and a contract, read from MLflow without pickle."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
from features.spec import BankSpec
from features.tracking import tracking_uri
from features.vocabulary import CHAMPION, Model
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


def load_models(spec: BankSpec, alias: str = CHAMPION) -> tuple[ScoringModel, ...]:
    """Every model of the bank that has a version called `alias`.

    Raises BadInputError if there is none.
    """
    registry = _open_registry(spec)
    found = [registry.load(model, alias) for model in Model] if registry else []
    models = tuple(model for model in found if model is not None)
    if not models:
        raise BadInputError(f"{spec.name}: no {alias} model yet; run `nextbest train {spec.folder}` first")
    return models


def load_model(spec: BankSpec, model: Model, alias: str = CHAMPION) -> ScoringModel:
    """The version of `model` called `alias`.

    Raises BadInputError if there is none.
    """
    registry = _open_registry(spec)
    found = registry.load(model, alias) if registry else None
    if found is None:
        raise BadInputError(
            f"{spec.name}: no {alias} {model} model yet; run `nextbest train {spec.folder} {model}` first"
        )
    return found


def load_version(spec: BankSpec, version: str) -> ScoringModel:
    """The version of a model that reads like "churn/3".

    Raises BadInputError where the registry does not hold it.
    """
    registry = _open_registry(spec)
    name, _, number = version.partition("/")
    found = registry.load_version(Model(name), number) if registry and name in set(Model) else None
    if found is None:
        raise BadInputError(f"{spec.name}: the registry holds no {version}")
    return found


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


@dataclass(frozen=True)
class _Registry:
    """MLflow's model registry, read; `own` if it is the bank's database and not a server."""

    spec: BankSpec
    client: Any
    own: bool

    def load(self, model: Model, alias: str) -> ScoringModel | None:
        """The version called `alias`, or None."""
        version = self._version(model, alias)
        return None if version is None else self.load_version(model, version)

    def load_version(self, model: Model, version: str) -> ScoringModel | None:
        """A version by its number, or None."""
        from mlflow.exceptions import MlflowException

        try:
            with self._artifacts(model, version) as folder:
                return read_model(folder, f"{model}/{version}")
        except MlflowException as error:
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise

    def _registered(self, model: Model) -> str:
        return f"{self.spec.slug}-{model}"

    def _version(self, model: Model, alias: str) -> str | None:
        from mlflow.exceptions import MlflowException

        try:
            return str(self.client.get_model_version_by_alias(self._registered(model), alias).version)
        except MlflowException as error:
            # An unknown model is RESOURCE_DOES_NOT_EXIST, an unknown alias INVALID_PARAMETER_VALUE.
            if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise

    @contextmanager
    def _artifacts(self, model: Model, version: str) -> Iterator[Path]:
        """A model version's folder on this machine."""
        uri = self.client.get_model_version_download_uri(self._registered(model), version)
        # MLflow wrote an absolute path down; a bank that was copied or moved reads its own copy nonetheless.
        local = self.spec.state / "mlartifacts" / uri.rpartition("/mlartifacts/")[2]
        if self.own and local.is_dir():
            yield local
            return
        from mlflow.artifacts import download_artifacts

        with tempfile.TemporaryDirectory() as copy:
            yield Path(download_artifacts(artifact_uri=uri, dst_path=copy))


def _open_registry(spec: BankSpec) -> _Registry | None:
    """The registry, or None if the bank has no MLflow database yet: asking would create one.

    Raises BadInputError for a database or server that cannot be asked.
    """
    server = os.environ.get("MLFLOW_TRACKING_URI")
    database = spec.state / "mlflow.db"
    if not server and not database.is_file():
        return None
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient

    uri = tracking_uri(database)
    return _Registry(spec, MlflowClient(tracking_uri=uri, registry_uri=uri), own=not server)
