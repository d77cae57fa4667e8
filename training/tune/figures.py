"""Pictures of a study: how it went, what mattered, and quality against prediction time."""

import numpy as np
import optuna
from matplotlib.figure import Figure
from optuna.trial import FrozenTrial, TrialState

from training.tune.choice import Candidate, candidates, front
from training.tune.space import OWN_LEAVES
from training.tune.worker import QUALITY

TRIALS_LEAST = 8
"""Complete ones, for importance: of fewer it is chance."""


def study_figures(study: optuna.Study, chosen: Candidate, metric: str) -> dict[str, Figure]:
    """Every picture by name."""
    found = {"history": history_plot(study, metric), "tradeoff": tradeoff_plot(study, chosen, metric)}
    shares = importance(study)
    return {**found, "parameters": importance_plot(shares)} if shares else found


def importance(study: optuna.Study) -> dict[str, float]:
    """Each parameter's share of what moved the objective; empty where there is nothing to tell it by."""
    if unexplained(study):
        return {}
    searched = optuna.create_study(direction="maximize")
    searched.add_trials(_searched(study))
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return dict(optuna.importance.get_param_importances(searched, evaluator=evaluator))


def unexplained(study: optuna.Study) -> str:
    """Why it cannot be told what mattered, too few trials or none that differ; empty where it can."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(complete) < TRIALS_LEAST:
        return (
            f"which parameters matter is told from {TRIALS_LEAST} complete trials on, of {len(complete)} here"
        )
    searched = _searched(study)
    if len({one.value for one in searched}) < 2:
        return f"which parameters matter cannot be told: {len(searched)} complete trials are equally good"
    return ""


def _searched(study: optuna.Study) -> list[FrozenTrial]:
    """The complete trials but those whose num_leaves only stands for each head's own: it moved nothing."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return [one for one in complete if OWN_LEAVES not in one.user_attrs]


def history_plot(study: optuna.Study, metric: str) -> Figure:
    """Each complete trial's quality, and the best so far."""
    every = candidates(study)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    numbers, quality = [one.number for one in every], np.array([one.quality for one in every])
    axes.scatter(numbers, quality, s=12, label="complete")
    axes.step(numbers, np.maximum.accumulate(quality), where="post", label="best so far")
    pruned = [one.number for one in study.get_trials(deepcopy=False, states=(TrialState.PRUNED,))]
    axes.scatter(pruned, np.full(len(pruned), quality.min()), marker="x", color="grey", label="pruned")
    axes.set(xlabel="trial", ylabel=metric)
    axes.legend(fontsize="small")
    return figure


def tradeoff_plot(study: optuna.Study, chosen: Candidate, metric: str) -> Figure:
    """Quality against one thread's microseconds a row, the front and the chosen trial."""
    every = candidates(study)
    best = front(every)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.scatter([one.microseconds for one in every], [one.quality for one in every], s=12, color="grey")
    axes.step([one.microseconds for one in best], [one.quality for one in best], where="post", label="front")
    axes.scatter([chosen.microseconds], [chosen.quality], color="red", label=f"chosen: trial {chosen.number}")
    axes.set(xlabel="microseconds a row", ylabel=metric, xscale="log")
    axes.legend(fontsize="small")
    return figure


def importance_plot(shares: dict[str, float]) -> Figure:
    """The parameters by importance."""
    figure = Figure(figsize=(7, 3), layout="constrained")
    axes = figure.subplots()
    names = sorted(shares, key=lambda name: shares[name])
    axes.barh(names, [shares[name] for name in names])
    axes.set(xlabel=f"share of what moved {QUALITY} less the penalty (fANOVA)")
    return figure
