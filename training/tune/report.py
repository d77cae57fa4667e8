"""What tuning leaves: the chosen parameters for the next training, and an MLflow run with one a trial."""

from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from features.spec import BankSpec
from features.training_spec import ParameterSpec
from features.vocabulary import Model
from training.runs import Run, record_study
from training.study_page import write_page
from training.tune.figures import study_figures, unexplained
from training.tune.space import EACH_HEADS_OWN, OWN_LEAVES, fitted_with
from training.tune.study import TuneResult
from training.tune.worker import DONE, LEAVES, MICROSECONDS, QUALITY, finished
from training.tuned import Tuned, write_tuned


def keep(spec: BankSpec, model: Model, found: TuneResult) -> Path:
    """Write the chosen parameters where the next training reads them."""
    chosen = found.chosen
    tuned = Tuned(
        model=str(model),
        study=found.study.study_name,
        trial=chosen.number,
        folds=found.folds,
        snapshots=found.snapshots,
        seed=spec.training.seed,
        metric=found.metric,
        quality=chosen.quality,
        microseconds_a_row=chosen.microseconds,
        parameters=ParameterSpec.model_validate(dict(found.parameters)),
    )
    return write_tuned(spec, model, tuned)


def notes(found: TuneResult) -> list[str]:
    """What is to be known beside the figures."""
    tested = f"tuned on {', '.join(found.folds)}; left for training to test on: {found.left}"
    return [one for one in (_nothing_new(found), tested, unexplained(found.study)) if one]


def _nothing_new(found: TuneResult) -> str | None:
    """Why this start finished no trial, where it did not."""
    if finished(found.study) > found.earlier:
        return None
    if found.earlier < found.asked:
        return f"no trial was finished in the time given; the study has {found.earlier} of earlier starts"
    return f"nothing new was tried: trials count those of all starts, and the study has {found.earlier}"


def record(spec: BankSpec, model: Model, found: TuneResult) -> str:
    """Record the study with its page and plots, a nested run a finished trial; returns the parent's id."""
    trials = found.study.get_trials(deepcopy=False, states=DONE)
    chosen = found.chosen
    parent = Run(
        f"tune {model} {found.study.study_name}",
        parameters=found.parameters,
        metrics={
            QUALITY: chosen.quality,
            MICROSECONDS: chosen.microseconds,
            LEAVES: chosen.leaves,
            "trials": len(trials),
        },
        tags={"metric": found.metric, "chosen_trial": str(chosen.number), "folds": " ".join(found.folds)},
    )

    def write(folder: Path) -> None:
        figures = study_figures(found.study, chosen, found.metric)
        lines = [_line(one) for one in trials]
        told = [*notes(found), f"trial {chosen.number} is chosen"]
        sentences = [f"{one[0].upper()}{one[1:]}." for one in told]
        write_page(folder, parent.name, sentences, {"Trials": lines}, figures)

    return record_study(spec, parent, [_run(one) for one in trials], write)


def _run(trial: FrozenTrial) -> Run:
    steps = {f"objective_to_fold_{step + 1}": value for step, value in trial.intermediate_values.items()}
    figures = {
        name: trial.user_attrs[name] for name in (QUALITY, MICROSECONDS, LEAVES) if name in trial.user_attrs
    }
    tags = {"state": trial.state.name.lower()}
    if OWN_LEAVES in trial.user_attrs:
        tags["num_leaves"] = EACH_HEADS_OWN
    return Run(f"trial {trial.number}", fitted_with(trial), {**figures, **steps}, tags)


def _line(trial: FrozenTrial) -> dict[str, Any]:
    pruned = trial.state == TrialState.PRUNED
    figures = {
        name: "pruned" if pruned else trial.user_attrs[name] for name in (QUALITY, MICROSECONDS, LEAVES)
    }
    fitted = fitted_with(trial)
    parameters = {name: fitted.get(name, EACH_HEADS_OWN) for name in trial.params}
    return {"trial": trial.number, **figures, **parameters}
