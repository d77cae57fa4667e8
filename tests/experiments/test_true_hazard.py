"""What the study of the true hazard tells, by hand: no training, so that it takes no time."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from experiments import true_hazard
from experiments.true_hazard import Reached, expected_auc, leaking, line, mean, measure, reached

DAY = date(2025, 1, 1)
HAZARD = np.array([0.5, 0.1])


def test_the_expected_auc_is_that_over_all_outcomes() -> None:
    # Every pair of a leaver and a stayer by its chance; one customer against themselves is a tie.
    pairs = np.outer(HAZARD, 1 - HAZARD)
    by_hand = (pairs[0, 1] + 0.5 * np.trace(pairs)) / pairs.sum()
    assert expected_auc(HAZARD, HAZARD) == pytest.approx(by_hand)
    assert expected_auc(HAZARD, 1 - HAZARD) == pytest.approx(1 - by_hand)
    assert expected_auc(HAZARD, np.ones(2)) == 0.5


def test_the_hazard_itself_reaches_itself_and_no_score_reaches_more() -> None:
    random = np.random.default_rng(0)
    hazard = random.beta(1, 9, 2_000)
    perfect = reached(hazard, hazard)
    assert perfect.auc == perfect.auc_of_truth
    assert perfect.calibration_error == pytest.approx(0.0, abs=1e-12)
    assert perfect.leavers_expected == pytest.approx(hazard.sum())
    noisy = reached(hazard * random.lognormal(0, 0.5, len(hazard)), hazard)
    assert noisy.auc < noisy.auc_of_truth == perfect.auc
    assert reached(np.minimum(hazard + 0.05, 1), hazard).calibration_error == pytest.approx(0.05, abs=1e-3)


def test_scores_meet_the_truth_customer_by_customer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def score(spec: Any, snapshot: date, out: Path, progress: Any) -> None:
        assert snapshot == DAY
        pq.write_table(pa.table({"customer_id": [3, 1, 2], "churn": [0.3, 0.1, 0.2]}), out)

    monkeypatch.setattr(true_hazard, "score_bank", score)
    truth = tmp_path / "truth" / "churn" / f"{DAY}.parquet"
    truth.parent.mkdir(parents=True)
    # The fourth had left before the snapshot: nobody scores them.
    pq.write_table(pa.table({"customer_id": [1, 2, 3, 4], "churn": [0.1, 0.2, 0.3, 0.9]}), truth)
    spec: Any = SimpleNamespace(folder=tmp_path)
    found = measure(spec, DAY, tmp_path)
    assert found.customers == 3
    assert found.leavers_expected == pytest.approx(0.6)
    assert found.auc == found.auc_of_truth


ONE, TWO = Reached(100, 10, 0.75, 0.8, 0.01), Reached(300, 30, 0.85, 0.8, 0.03)


def test_means_and_leaks_are_told_over_seeds() -> None:
    assert mean([ONE, TWO]) == Reached(200, 20, pytest.approx(0.8), 0.8, pytest.approx(0.02))
    assert leaking({4: ONE, 5: TWO}) == [5]
    assert line("4", ONE).split() == ["4", "100", "10", "0.7500", "0.8000", "0.0500", "0.0100"]


def test_the_command_makes_a_bank_a_seed_and_prints_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[Path, int, int]] = []

    def learn(work: Path, customers: int, seed: int, progress: Any) -> tuple[Any, date]:
        made.append((work, customers, seed))
        return SimpleNamespace(folder=work), DAY

    monkeypatch.setattr(true_hazard, "learn", learn)
    monkeypatch.setattr(true_hazard, "measure", lambda *_: {7: ONE, 8: TWO}[made[-1][2]])
    arguments = [str(tmp_path), "--customers", "50", "--seed", "7", "--seeds", "2"]
    told = CliRunner().invoke(true_hazard.main, arguments, catch_exceptions=False)
    assert made == [(tmp_path / "seed-7", 50, 7), (tmp_path / "seed-8", 50, 8)]
    heading, first, second, average, leak = told.stdout.splitlines()
    assert heading.split()[0] == "seed"
    assert [one.split()[0] for one in (first, second, average)] == ["7", "8", "mean"]
    assert leak.endswith("8")
