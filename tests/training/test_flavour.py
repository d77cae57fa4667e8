"""MLflow knows a stored model by its ordered columns and its primary booster."""

from collections.abc import Callable
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from features.contract import Calibration
from training.artifact import PRIMARY_FILE, TrainedModel
from training.flavour import save_flavour
from training.heads import FittedHead

RANDOM = np.random.default_rng(0)
MATRIX = RANDOM.normal(size=(300, 2))
SAME = Calibration(kind="identity")


def booster() -> lgb.Booster:
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    data = lgb.Dataset(MATRIX, (MATRIX[:, 0] > 0).astype(float), feature_name=["a", "b"], params=settings)
    return lgb.train(settings, data, 3)


LOAN = FittedHead("loan", booster(), SAME, 0.5, 90)
FUND = FittedHead("fund", None, SAME, 0.2, 1)


@pytest.mark.parametrize(("heads", "kept"), [((LOAN, FUND), True), ((FUND,), False)])
def test_the_signature_names_columns_and_heads_in_order(
    tmp_path: Path, trained_of: Callable[..., TrainedModel], heads: tuple[FittedHead, ...], kept: bool
) -> None:
    from mlflow.models import Model

    save_flavour(trained_of(*heads, sample=MATRIX), tmp_path / "model")
    signature = Model.load(str(tmp_path / "model")).signature
    assert signature.inputs.input_names() == ["a", "b"]
    assert signature.outputs.input_names() == [head.name for head in heads]
    assert (tmp_path / "model" / PRIMARY_FILE).is_file() is kept
    assert not list(tmp_path.rglob("*.pkl"))
