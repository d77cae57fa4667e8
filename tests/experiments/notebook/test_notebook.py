"""Every example runs from its first cell to its last."""

import runpy
import sys
from pathlib import Path

import pytest

from experiments import notebook

pytestmark = pytest.mark.long

EXAMPLES = sorted(
    file.stem
    for file in Path(notebook.__file__).parent.glob("*.py")
    if file.stem not in ("__init__", "bank", "trial")
)
TOLD = {
    "backtest": "calibration_error",
    "churn": "roc_auc",
    "monitor": "Verdict:",
    "promotion": "over the champion's",
    "propensity": "map_at_7",
    "tune": "microseconds_a_row",
    "uplift": "qini",
}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notebook")


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_tells_its_answer(
    name: str, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    # What tuning chooses in a few trials would be what the other examples train with, in whatever order.
    monkeypatch.setattr(sys, "argv", [name, str(tmp_path if name == "tune" else work)])
    runpy.run_module(f"experiments.notebook.{name}", run_name="__main__")
    assert TOLD[name] in capsys.readouterr().out
