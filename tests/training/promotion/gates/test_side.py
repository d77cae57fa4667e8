"""A version is read back from its files as it was written, or said to be incomplete."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.contract import CONTRACT_FILE, model_digest
from features.errors import BadInputError
from serving.models import read_model
from training.answers import ANSWERS_FILE, Answers, read_answers, write_answers
from training.card.card import CARD_FILE
from training.promotion.gates.case import Side
from training.promotion.gates.side import read_side


@pytest.fixture
def folder(side: Side, answered: Callable[..., Answers], tmp_path: Path) -> Path:
    """The files of a version with ten test rows."""
    assert side.card is not None
    booster = side.heads[0].booster
    assert booster is not None
    (tmp_path / CONTRACT_FILE).write_text(side.contract.model_dump_json())
    (tmp_path / CARD_FILE).write_text(side.card.model_dump_json())
    booster.save_model(tmp_path / "model.lgb")
    write_answers(answered(np.arange(10) % 2, np.full(10, 0.5)), tmp_path / ANSWERS_FILE)
    return tmp_path


def test_a_version_answers_as_before(side: Side, folder: Path, seen: Callable[..., pa.Table]) -> None:
    found = read_side(folder, 7)
    assert (found.version, found.contract, found.card) == (7, side.contract, side.card)
    np.testing.assert_array_equal(found.score(seen()), side.score(seen()))
    assert found.answers is not None
    assert found.answers.labels[:, 0].tolist() == [0.0, 1.0] * 5


def test_a_version_answers_as_serving_does(side: Side, folder: Path, seen: Callable[..., pa.Table]) -> None:
    """To the last bit, alone and in a batch: what the gates ask is what customers are told."""
    ours, served, rows = read_side(folder, 7), read_model(folder, "churn/7"), seen(rows=50)
    assert served.digest == ours.digest
    batch = ours.score(rows)[:, 0]
    np.testing.assert_array_equal(served.predict(rows)["churn"], batch)
    alone = [float(served.predict(rows.slice(row, 1))["churn"][0]) for row in range(50)]
    np.testing.assert_array_equal(alone, batch)


def test_the_digest_is_of_the_files_as_they_are_now(side: Side, folder: Path) -> None:
    before = read_side(folder, 1).digest
    assert before == model_digest(folder, side.contract)
    path = folder / "model.lgb"
    path.write_text(path.read_text().replace("shrinkage=0.1", "shrinkage=0.2", 1))
    assert read_side(folder, 1).digest != before


def test_the_evidence_is_that_of_the_files_as_they_are_now(folder: Path) -> None:
    before = read_side(folder, 1).evidence
    assert list(before) == [ANSWERS_FILE]
    found = read_answers(folder / ANSWERS_FILE)
    write_answers(replace(found, probabilities=found.probabilities * 0.9), folder / ANSWERS_FILE)
    assert read_side(folder, 1).evidence != before


def test_answers_cut_short_are_told(folder: Path) -> None:
    path = folder / ANSWERS_FILE
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadInputError, match="the model version is incomplete, train again"):
        read_side(folder, 1)


def test_card_and_answers_may_be_missing_the_model_may_not(folder: Path) -> None:
    for name in (CARD_FILE, ANSWERS_FILE):
        (folder / name).unlink()
    found = read_side(folder, 1)
    assert (found.card, found.answers) == (None, None)
    (folder / "model.lgb").unlink()
    with pytest.raises(BadInputError, match="the model version is incomplete, train again"):
        read_side(folder, 1)


def test_a_card_of_another_release_is_none_so_that_its_model_can_still_be_taken_back(folder: Path) -> None:
    (folder / CARD_FILE).write_text('{"model": "churn", "surprise": 1}')
    found = read_side(folder, 1)
    assert found.card is None
    assert found.answers is not None
