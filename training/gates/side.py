"""A registered version read back from its files, as serving reads them: contract and LightGBM's own texts."""

from dataclasses import replace
from pathlib import Path

import lightgbm as lgb
from pydantic import ValidationError

from features.contract import CONTRACT_FILE, Head, ModelContract, check_names, model_digest
from features.errors import BadInputError
from training.answers import ANSWERS_FILE, read_answers
from training.card import read_card
from training.gates.case import Side
from training.heads import FittedHead


def read_side(folder: Path, version: int) -> Side:
    """The version whose files lie in `folder`, with its answers on its own test rows.

    Raises BadInputError where a file is missing or not what the contract says.
    """
    try:
        contract = ModelContract.model_validate_json((folder / CONTRACT_FILE).read_bytes())
        heads = tuple(_head(folder, head, contract) for head in contract.heads)
        side = Side(version, contract, heads, read_card(folder), model_digest(folder, contract))
    except (FileNotFoundError, ValidationError, lgb.basic.LightGBMError) as error:
        raise BadInputError(f"{folder}: not a whole model version; train again: {error}") from error
    kept = folder / ANSWERS_FILE
    return replace(side, answers=read_answers(kept)) if kept.is_file() else side


def _head(folder: Path, head: Head, contract: ModelContract) -> FittedHead:
    booster, control = (
        _booster(folder / file, contract) if file else None for file in (head.booster_file, head.control_file)
    )
    return FittedHead(head.name, booster, head.calibration, head.base_rate, head.positives, control=control)


def _booster(path: Path, contract: ModelContract) -> lgb.Booster:
    booster = lgb.Booster(model_file=path)
    check_names(contract.names, booster.feature_name(), str(path))
    return booster
