"""What no uplift is learned from: arms that are too small, or that differ beyond the recorded lottery."""

from typing import Final

import numpy as np
from scipy import stats

from features.errors import BadInputError, GateError
from training.uplift.trees import Trees, boost, predicted
from training.uplift.trial import Floats, Trial

DOUBT: Final = 0.001
"""A lottery that was as recorded is refused this rarely, by each of the two tests."""
FOLDS: Final = 4
ARM: Final = Trees(leaves=8, rounds=60)


def require_sound(name: str, trial: Trial, minimum_outcomes: int) -> None:
    """Refuse a trial that cannot tell what treating does.

    Raises BadInputError where a probability is not strictly between 0 and 1; GateError naming the arm and the
    figure where an arm has too few of either outcome, or where arms are not as their probabilities say.
    """
    require_counts(name, trial, minimum_outcomes)
    _require_exchangeable(name, trial)


def require_counts(name: str, trial: Trial, minimum_outcomes: int) -> None:
    """The part of the same that counting tells, whatever is known of the customers.

    Raises BadInputError and GateError as `require_sound`.
    """
    _require_probabilities(name, trial)
    _require_outcomes(name, trial, minimum_outcomes)
    _require_ratio(name, trial)


def ratio_doubt(trial: Trial) -> float:
    """How likely so uneven arms are by the recorded probabilities alone: sample ratio mismatch, two-sided.

    Fabijan et al. 2019, "Diagnosing sample ratio mismatch in online controlled experiments"; the
    probabilities may differ from row to row, so the number of treated is compared with the sum of them.
    """
    return 2 * float(stats.norm.sf(abs(_deviation(trial, np.ones(len(trial))))))


def arm_doubt(trial: Trial, seed: int = 0) -> float:
    """How likely a classifier tells the arms apart so well by chance, one-sided.

    A classifier two-sample test (Lopez-Paz & Oquab 2017, section 3) against the recorded probabilities: it
    starts from their log-odds, learns what features add, and answers for customers it did not learn from.
    What it adds says nothing of who was treated if the lottery was as recorded. Each fold is answered for by
    what learned from those before it alone: folds that answer for each other are in agreement by chance,
    which makes small p values too frequent; a sum of such forecasts is a martingale (Dawid 1984).
    """
    added = np.zeros(len(trial))
    odds = np.log(trial.probability / (1 - trial.probability))
    folds = trial.folds(FOLDS, seed)
    for fold in range(1, FOLDS):
        learn, held = folds < fold, folds == fold
        part = trial.take(learn)
        booster = boost(part, part.treated.astype(float), "binary", ARM, seed, start=odds[learn])
        told = predicted(booster, trial.matrix[held], raw_score=True)
        added[held] = told - told.mean()
    return float(stats.norm.sf(_deviation(trial, added)))


def _deviation(trial: Trial, factor: Floats) -> float:
    """Treated less expected, each row times `factor`, in standard deviations; a customer's rows are one."""
    surplus = factor * (trial.treated - trial.probability)
    _, place = np.unique(trial.customer, return_inverse=True)
    spread = float(np.sqrt((np.bincount(place, surplus) ** 2).sum()))
    return float(surplus.sum()) / spread if spread > 0 else 0.0


def _require_probabilities(name: str, trial: Trial) -> None:
    outside = ~((trial.probability > 0) & (trial.probability < 1))
    if outside.any():
        raise BadInputError(
            f"contacts: {name}: assignment_probability must lie strictly between 0 and 1 to compare arms; "
            f"{outside.sum()} of {len(trial)} rows do not, such as {trial.probability[outside][0]:g}"
        )


def _require_outcomes(name: str, trial: Trial, minimum: int) -> None:
    for arm, rows in (("treatment", trial.treated), ("control", ~trial.treated)):
        happened = int(trial.outcome[rows].sum())
        fewer = min(happened, int(rows.sum()) - happened)
        if fewer < minimum:
            raise GateError(
                f"{name}: the {arm} arm is too small: of {rows.sum()} contacts {happened} with the outcome "
                f"and {rows.sum() - happened} without, at least {minimum} of either kind are needed"
            )


def _require_ratio(name: str, trial: Trial) -> None:
    doubt = ratio_doubt(trial)
    if doubt < DOUBT:
        raise GateError(
            f"{name}: the treatment arm has {trial.treated.sum()} of {len(trial)} contacts where "
            f"the recorded assignment probabilities expect {trial.probability.sum():.0f} (p = {doubt:.2g})"
        )


def _require_exchangeable(name: str, trial: Trial) -> None:
    doubt = arm_doubt(trial)
    if doubt < DOUBT:
        raise GateError(
            f"{name}: the treatment arm differs from control beyond the recorded assignment probabilities: "
            f"the customers' features foretell the arm (p = {doubt:.2g})"
        )
