"""What is stored predicts as what was tested; what does not is not registered."""

from collections.abc import Callable
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from features.contract import Calibration
from training.artifact import TrainedModel, check_parity, primary, write_model
from training.heads import FittedHead
from training.stored import read_files

RANDOM = np.random.default_rng(0)
MATRIX = RANDOM.normal(size=(300, 2))
SAME = Calibration(kind="identity")


def booster(sign: float) -> lgb.Booster:
    outcome = (sign * MATRIX[:, 0] + RANDOM.normal(size=300) > 0).astype(float)
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    data = lgb.Dataset(MATRIX, outcome, feature_name=["a", "b"], params=settings)
    return lgb.train(settings, data, 5)


@pytest.fixture
def made(trained_of: Callable[..., TrainedModel]) -> TrainedModel:
    """Three heads: one that is a difference, one, and a base rate."""
    return trained_of(
        FittedHead("e-mail:card", booster(1), SAME, 0.5, 10, control=booster(-1)),
        FittedHead("loan", booster(-1), SAME, 0.5, 90),
        FittedHead("fund", None, SAME, 0.2, 1, note="fund: too few"),
        sample=MATRIX,
        remarks=("tuned",),
    )


def test_the_head_with_most_positives_is_primary_and_names_fit_every_file_system(
    made: TrainedModel,
) -> None:
    first = primary(made.heads)
    assert first is not None
    assert first.name == "loan"
    files = {head.name: (head.booster_file, head.control_file) for head in made.contract.heads}
    assert files == {
        "e-mail:card": ("heads/e-mail-card.lgb", "heads/e-mail-card.control.lgb"),
        "loan": ("model.lgb", None),
        "fund": (None, None),
    }
    assert made.notes == ("tuned", "fund: too few")


def test_what_is_written_predicts_the_same(made: TrainedModel, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    write_model(made, folder)
    check_parity(made, folder)
    again = read_files(folder, 1).predict(MATRIX)
    np.testing.assert_array_equal(again, np.column_stack([head.predict(MATRIX) for head in made.heads]))


def test_files_of_another_model_are_noticed(made: TrainedModel, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    write_model(made, folder)
    (folder / "model.lgb").write_bytes((folder / "heads/e-mail-card.lgb").read_bytes())
    with pytest.raises(RuntimeError, match=r"model\.lgb: the stored booster's predictions are off"):
        check_parity(made, folder)
