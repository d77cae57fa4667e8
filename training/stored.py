"""A registered version as it was stored, ready to predict again."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.contract import CONTRACT_FILE, FeatureColumn, Head, ModelContract, check_names
from features.errors import BadInputError
from features.spec import BankSpec
from features.vocabulary import Model
from training import registry
from training.heads import FittedHead, predict

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StoredModel:
    """A version's contract and its heads; `number` is the registry's."""

    number: int
    contract: ModelContract
    heads: tuple[FittedHead, ...]

    @property
    def columns(self) -> tuple[FeatureColumn, ...]:
        """What `encode` turns features into for it."""
        return self.contract.columns

    def predict(self, matrix: Floats) -> Floats:
        """Calibrated probabilities, shape (rows, heads), of a matrix (rows, columns)."""
        return predict(self.heads, matrix)

    def used(self) -> frozenset[str]:
        """The columns that any of its boosters splits on; what the others hold moves no score."""
        found = set[str]()
        for head in self.heads:
            if head.booster is not None:
                splits = head.booster.feature_importance("split")
                found |= {name for name, number in zip(self.contract.names, splits, strict=True) if number}
        return frozenset(found)


def read_stored(spec: BankSpec, model: Model, number: int) -> StoredModel:
    """Read a version's contract and boosters back.

    Raises BadInputError where the registry does not hold it, or its files are incomplete.
    """
    with _folder(spec, model, number) as folder:
        path = folder / CONTRACT_FILE
        if not path.is_file():
            raise BadInputError(f"{path}: no such file; the model version is incomplete, train again")
        contract = ModelContract.model_validate_json(path.read_bytes())
        return StoredModel(number, contract, tuple(_head(head, folder, contract) for head in contract.heads))


@contextmanager
def _folder(spec: BankSpec, model: Model, number: int) -> Iterator[Path]:
    """A version's files on this machine."""
    registry.show_model(spec, model, number)  # says which versions there are, if not this one
    client = registry.open_client(spec)
    version = client.get_model_version(registry.registered_name(spec, model), str(number))
    # MLflow wrote an absolute path down; a bank that was copied or moved reads its own copy nonetheless.
    local = spec.state / "mlartifacts" / str(version.source).rpartition("/mlartifacts/")[2]
    if local.is_dir():
        yield local
        return
    with tempfile.TemporaryDirectory() as copy:
        yield Path(client.download_artifacts(version.run_id, registry.MODEL_FOLDER, copy))


def _head(head: Head, folder: Path, contract: ModelContract) -> FittedHead:
    files = (head.booster_file, head.control_file)
    booster, control = (_booster(folder / file, contract.names) if file else None for file in files)
    return FittedHead(head.name, booster, head.calibration, head.base_rate, head.positives, control=control)


def _booster(path: Path, names: list[str]) -> lgb.Booster:
    try:
        booster = lgb.Booster(model_file=path)
    except lgb.basic.LightGBMError as error:
        raise BadInputError(f"{path}: not a LightGBM model: {error}") from error
    check_names(names, booster.feature_name(), str(path))
    return booster
