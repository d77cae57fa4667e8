"""The model registry, read: a bank's models by alias or number, from MLflow and without pickle."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from features.errors import BadInputError
from features.spec import BankSpec
from features.tracking import own_copy, registered_name, tracking_uri
from features.vocabulary import CHALLENGER, CHAMPION, Model
from serving.models import ScoringModel, read_model

ABSENT: Final = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""MLflow's words for an unknown model or version, and for an unknown alias."""


def load_models(spec: BankSpec, alias: str = CHAMPION) -> tuple[ScoringModel, ...]:
    """Every model of the bank that has a version called `alias`.

    Raises BadInputError if there is none.
    """
    registry = _open_registry(spec)
    found = [registry.load(model, alias) for model in Model] if registry else []
    models = tuple(model for model in found if model is not None)
    if not models:
        raise BadInputError(f"{spec.name}: no {alias} model yet; {_advice(spec, registry, tuple(Model))}")
    return models


def load_model(spec: BankSpec, model: Model, alias: str = CHAMPION) -> ScoringModel:
    """The version of `model` called `alias`.

    Raises BadInputError if there is none.
    """
    registry = _open_registry(spec)
    found = registry.load(model, alias) if registry else None
    if found is None:
        advice = _advice(spec, registry, (model,))
        raise BadInputError(f"{spec.name}: no {alias} {model} model yet; {advice}")
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


def _advice(spec: BankSpec, registry: "_Registry | None", models: tuple[Model, ...]) -> str:
    """What to do about a model that is not there: a challenger that was refused need not be trained again."""
    for model in models:
        waiting = registry.version(model, CHALLENGER) if registry else None
        if waiting is not None:
            return (
                f"{model}/{waiting} is not promoted: `nextbest models {spec.folder} promote {model}` says why"
            )
    only = f" {models[0]}" if len(models) == 1 else ""
    return f"run `nextbest train {spec.folder}{only}` first"


@dataclass(frozen=True)
class _Registry:
    """MLflow's model registry, read; `own` if it is the bank's database and not a server."""

    spec: BankSpec
    client: Any
    own: bool

    def load(self, model: Model, alias: str) -> ScoringModel | None:
        """The version called `alias`, or None."""
        version = self.version(model, alias)
        return None if version is None else self.load_version(model, version)

    def load_version(self, model: Model, version: str) -> ScoringModel | None:
        """A version by its number, or None."""
        from mlflow.exceptions import MlflowException

        try:
            with self._artifacts(model, version) as folder:
                return read_model(folder, f"{model}/{version}")
        except MlflowException as error:
            if error.error_code in ABSENT:
                return None
            raise

    def version(self, model: Model, alias: str) -> str | None:
        """The number of the version called `alias`, or None."""
        from mlflow.exceptions import MlflowException

        try:
            return str(
                self.client.get_model_version_by_alias(registered_name(self.spec, model), alias).version
            )
        except MlflowException as error:
            if error.error_code in ABSENT:
                return None
            raise

    @contextmanager
    def _artifacts(self, model: Model, version: str) -> Iterator[Path]:
        """A model version's folder on this machine."""
        uri = self.client.get_model_version_download_uri(registered_name(self.spec, model), version)
        local = own_copy(self.spec, uri)
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
