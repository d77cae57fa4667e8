"""A study is a parent run with files and a child run a part; what fails is marked failed."""

from pathlib import Path

import pytest

from features.spec import BankSpec
from training.registry import open_client
from training.runs import PARENT, Run, record_study


def test_parent_and_children_are_recorded_with_their_figures(spec: BankSpec) -> None:
    parent = Run("tune", {"trials": 3}, {"quality": 0.5, "unknown": float("nan")}, {"model": "churn"})

    def write(folder: Path) -> None:
        (folder / "report.html").write_text("<p>")

    number = record_study(spec, parent, [Run("trial 0", metrics={"quality": 0.4})], write)
    client = open_client(spec)
    run = client.get_run(number)
    assert (run.info.status, run.data.params, run.data.metrics) == (
        "FINISHED",
        {"trials": "3"},
        {"quality": 0.5},
    )
    assert run.data.tags["model"] == "churn"
    assert [one.path for one in client.list_artifacts(number)] == ["report.html"]
    (child,) = client.search_runs([run.info.experiment_id], filter_string=f"tags.`{PARENT}` = '{number}'")
    assert (child.info.run_name, child.data.metrics) == ("trial 0", {"quality": 0.4})


def test_a_page_that_cannot_be_written_fails_the_run(spec: BankSpec) -> None:
    def write(folder: Path) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        record_study(spec, Run("backtest"), [], write)
    client = open_client(spec)
    (run,) = client.search_runs([client.get_experiment_by_name("a-bank").experiment_id])
    assert run.info.status == "FAILED"
