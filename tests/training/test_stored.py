"""A version read back predicts as it did, wherever its bank lies now."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from features.errors import BadInputError
from features.spec import BankSpec
from features.vocabulary import Model
from training.dataset import History
from training.pipeline import train
from training.stored import read_stored


def test_it_predicts_as_before_and_after_a_move(bank: BankSpec, signal_store: History) -> None:
    number = train(bank, Model.CHURN, store=signal_store).version
    stored = read_stored(bank, Model.CHURN, number)
    assert stored.contract.test_snapshots == ("2024-07-01",)
    assert stored.card is not None
    assert [head.name for head in stored.card.heads] == ["churn"]
    assert stored.used() == {"signal"}  # the word is everybody's
    matrix = np.array([[-2.0, 0.0], [2.0, 0.0]])
    low, high = stored.predict(matrix)[:, 0]
    assert low < high
    moved = bank.model_copy(update={"folder": Path(f"{bank.folder}-moved")})
    shutil.copytree(bank.folder, moved.folder)
    shutil.rmtree(bank.state / "mlartifacts")
    assert read_stored(moved, Model.CHURN, number).predict(matrix)[:, 0].tolist() == [low, high]
    with pytest.raises(BadInputError, match="no churn version 7"):
        read_stored(moved, Model.CHURN, 7)


def test_an_incomplete_version_is_refused(bank: BankSpec, signal_store: History) -> None:
    number = train(bank, Model.CHURN, store=signal_store).version
    next(bank.state.glob("mlartifacts/**/contract.json")).unlink()
    with pytest.raises(BadInputError, match="incomplete, train again"):
        read_stored(bank, Model.CHURN, number)
