"""A team of processes spends a budget, and ends when it gets nowhere."""

import time

import pytest

from features.errors import BadInputError
from features.progress import silent
from features.spec import BankSpec
from features.vocabulary import Model
from training.backtest.folds import Past
from training.tune import team
from training.tune.problem import Folds, tuning_folds
from training.tune.space import start_from
from training.tune.storage import open_study
from training.tune.team import run_team
from training.tune.worker import LEAVES, QUALITY, Job
from training.tuned import tune_folder


def test_a_team_of_processes_spends_the_budget_and_leaves_no_rows(bank: BankSpec, past: Past) -> None:
    problem = Folds(bank, Model.CHURN, past, tuning_folds(past, bank, 1), "skill")
    folder = tune_folder(bank)
    folder.mkdir(parents=True)
    job = Job(str(folder / "team.journal"), "team", folder / "alive", trials=4)
    start = start_from(problem.defaults, {}, leaves=60)  # no head has so many
    study = open_study(job.storage, job.study)
    study.enqueue_trial(start.parameters, user_attrs=start.marks)
    steps: list[tuple[str, int, int]] = []
    assert run_team(job, problem, 2, lambda *step: steps.append(step)) == 0
    assert steps[-1] == ("trials", 4, 4)
    assert [one.name for one in bank.state.glob("spill-*")] == []
    untuned = problem.attempt(0, {})
    assert study.trials[0].user_attrs[QUALITY] == untuned.quality
    assert study.trials[0].user_attrs[LEAVES] == untuned.leaves


def test_workers_that_all_die_at_once_are_not_started_for_ever(
    bank: BankSpec, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = Folds(bank, Model.CHURN, past, tuning_folds(past, bank, 1), "skill")
    job = Job(str(tune_folder(bank) / "team.journal"), "team", tune_folder(bank) / "alive", trials=4)
    monkeypatch.setattr(team, "_round", lambda *_: 2)
    with pytest.raises(BadInputError, match="2 workers ended before a single trial did"):
        run_team(job, problem, 2, silent)


def test_what_a_worker_is_refused_is_said_by_the_one_who_started_it(
    bank: BankSpec, past: Past, capfd: pytest.CaptureFixture[str]
) -> None:
    problem = Folds(bank, Model.CHURN, past, tuning_folds(past, bank, 1), "skill")
    folder = tune_folder(bank)
    job = Job(str(folder / "team.journal"), "team", folder / "alive", 4, time.time() + 60, float("nan"))
    with pytest.raises(BadInputError, match="skill less the penalty is nan on fold 2024-06-01"):
        run_team(job, problem, 2, silent)
    assert "Traceback" not in capfd.readouterr().err
