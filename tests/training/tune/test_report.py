"""What tuning chose is kept for training, and every finished trial is a nested run."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import optuna

from features.spec import BankSpec
from features.vocabulary import Model
from training.registry import open_client
from training.tune.choice import candidates, knee
from training.tune.report import keep, notes, record
from training.tune.space import OWN_LEAVES
from training.tune.study import TuneResult
from training.tune.worker import LEAVES, MICROSECONDS, QUALITY
from training.tuned import read_tuned

DAYS = (date(2024, 5, 1), date(2024, 6, 1))


def test_pruned_trials_are_recorded_beside_complete_ones(spec: BankSpec, tmp_path: Path) -> None:
    study = optuna.create_study(study_name="churn-1", direction="maximize")
    for number, rate in enumerate((0.1, 0.05)):
        study.enqueue_trial({"num_leaves": 15}, user_attrs={} if number else {OWN_LEAVES: True})
        trial = study.ask()
        trial.suggest_int("num_leaves", 4, 63)
        trial.suggest_float("learning_rate", rate, rate)
        trial.report(0.2, 0)
        if number:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            for name, value in ((QUALITY, 0.3), (MICROSECONDS, 2.0), (LEAVES, 40.0)):
                trial.set_user_attr(name, value)
            study.tell(trial, 0.29)
    chosen = knee(candidates(study))
    found = TuneResult(
        study, "skill", chosen, {"learning_rate": 0.1}, 2, 0, 0, ("2024-05-01",), "2024-06-01", DAYS
    )
    assert not any("earlier starts" in note or "nothing new" in note for note in notes(found))
    assert "no trial was finished in the time given" in notes(replace(found, asked=3, earlier=2))[0]
    assert "nothing new was tried" in notes(replace(found, earlier=2))[0]
    keep(spec, Model.CHURN, found)
    tuned = read_tuned(spec, Model.CHURN)
    assert tuned is not None
    assert (tuned.folds, tuned.snapshots, tuned.seed) == (("2024-05-01",), DAYS, spec.training.seed)
    assert (tuned.trial, tuned.quality, tuned.parameters.given()) == (0, 0.3, {"learning_rate": 0.1})
    client = open_client(spec)
    parent = client.get_run(record(spec, Model.CHURN, found))
    assert parent.data.metrics["trials"] == 2
    nested = f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    runs = client.search_runs([parent.info.experiment_id], filter_string=nested)
    assert {one.data.tags["state"] for one in runs} == {"complete", "pruned"}
    assert all(one.data.metrics["objective_to_fold_1"] == 0.2 for one in runs)
    start, searched = sorted(runs, key=lambda one: one.info.run_name)
    assert ("num_leaves" in start.data.params, start.data.tags["num_leaves"]) == (False, "each head's own")
    assert (searched.data.params["num_leaves"], "num_leaves" in searched.data.tags) == ("15", False)
    page = Path(client.download_artifacts(parent.info.run_id, "report.html", str(tmp_path)))
    assert page.read_text().count("<td>each head&#x27;s own</td>") == 1
