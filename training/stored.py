"""A registered version as it was stored, ready to predict again."""

from dataclasses import dataclass, field
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import ValidationError

from features.contract import CONTRACT_FILE, FeatureColumn, Head, ModelContract, check_names
from features.errors import BadInputError
from features.spec import BankSpec
from features.tracking import registered_name
from features.vocabulary import Model
from training import registry
from training.answers import ANSWERS_FILE, Answers, read_answers
from training.card.card import Card, read_card
from training.heads import FittedHead, predict

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StoredModel:
    """A version's contract and its heads; `number` is the registry's.

    `answers` are those on its test rows, `card` tells of it; None where none were kept.
    """

    number: int
    contract: ModelContract
    heads: tuple[FittedHead, ...]
    answers: Answers | None = field(default=None, repr=False)
    card: Card | None = field(default=None, repr=False)

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
            for booster in filter(None, (head.booster, head.control)):
                splits = booster.feature_importance("split")
                found |= {name for name, number in zip(self.contract.names, splits, strict=True) if number}
        return frozenset(found)


def read_stored(spec: BankSpec, model: Model, number: int) -> StoredModel:
    """Read a registered version's contract and boosters back.

    Raises BadInputError where the registry does not hold it, or its files are incomplete.
    """
    registry.show_model(spec, model, number)  # says which versions there are, if not this one
    name = registered_name(spec, model)
    with registry.version_folder(registry.open_client(spec), spec, name, number) as folder:
        return read_files(folder, number)


def read_files(folder: Path, number: int) -> StoredModel:
    """The version whose files lie in `folder`, as serving reads them: contract and LightGBM's own texts.

    Raises BadInputError where a file is missing or not what the contract says.
    """
    kept = folder / ANSWERS_FILE
    try:
        contract = ModelContract.model_validate_json((folder / CONTRACT_FILE).read_bytes())
        heads = tuple(_head(head, folder, contract) for head in contract.heads)
        answers = read_answers(kept) if kept.is_file() else None
        return StoredModel(number, contract, heads, answers, _card(folder))
    except (FileNotFoundError, ValidationError, lgb.basic.LightGBMError, pa.ArrowException) as error:
        raise BadInputError(f"{folder}: the model version is incomplete, train again: {error}") from error


def _card(folder: Path) -> Card | None:
    try:
        return read_card(folder)
    except BadInputError:
        # Of another release: a champion is taken back without one, a challenger is told to lack it.
        return None


def _head(head: Head, folder: Path, contract: ModelContract) -> FittedHead:
    files = (head.booster_file, head.control_file)
    booster, control = (_booster(folder / file, contract.names) if file else None for file in files)
    return FittedHead(head.name, booster, head.calibration, head.base_rate, head.positives, control=control)


def _booster(path: Path, names: list[str]) -> lgb.Booster:
    booster = lgb.Booster(model_file=path)
    check_names(names, booster.feature_name(), str(path))
    return booster
