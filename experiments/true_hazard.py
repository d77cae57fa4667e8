"""Does the churn model reach what the synthetic bank's true hazard allows, and no more?

python -m experiments.true_hazard WORK --customers 20000 --seeds 5

Scores of the champion at its test snapshot are held against the probabilities that the bank was drawn from:
each customer counts as a leaver with the true probability and as a stayer with the rest, which is free of
the noise of who happened to leave.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import click
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from experiments.real.path import errors_told
from experiments.synth import generate
from features.build import build_features
from features.console import progress_bar
from features.progress import Progress, silent
from features.spec import BankSpec, read_spec
from features.vocabulary import CHURN, CUSTOMER_ID, Model
from serving.scores import score_bank
from training.metrics.calibration import reliability
from training.pipeline import train

Floats = NDArray[np.float64]

HEADING = "  seed  customers  leavers  ROC-AUC  hazard's    short  calibration"
"""Leavers as expected; short: of the true hazard's ROC-AUC; calibration: its error against the hazard."""


@dataclass(frozen=True)
class Reached:
    """ROC-AUC of the model and of the true hazard itself, and the model's calibration error against it."""

    customers: float
    leavers_expected: float
    auc: float
    auc_of_truth: float
    calibration_error: float


def reached(score: Floats, hazard: Floats) -> Reached:
    """Hold scores against true probabilities, both of shape (customers,)."""
    bins = reliability(hazard, score)
    return Reached(
        customers=len(score),
        leavers_expected=float(hazard.sum()),
        auc=expected_auc(hazard, score),
        auc_of_truth=expected_auc(hazard, hazard),
        calibration_error=float(np.average(np.abs(bins.predicted - bins.observed), weights=bins.rows)),
    )


def expected_auc(hazard: Floats, score: Floats) -> float:
    """The chance that who leaves scores above who stays, over all outcomes that the hazard makes likely."""
    labels = np.repeat([1, 0], len(hazard))
    weights = np.concatenate([hazard, 1 - hazard])
    return float(roc_auc_score(labels, np.tile(score, 2), sample_weight=weights))


def measure(spec: BankSpec, snapshot: date, work: Path) -> Reached:
    """Score everyone at a snapshot that was not trained on, and compare customer by customer."""
    out = work / "scores.parquet"
    score_bank(spec, snapshot, out, silent)
    scores = pq.read_table(out, columns=[CUSTOMER_ID, CHURN])
    truth = pq.read_table(
        spec.folder / "truth" / "churn" / f"{snapshot}.parquet", columns=[CUSTOMER_ID, CHURN]
    )
    both = scores.join(truth, CUSTOMER_ID, right_suffix="_true", join_type="inner")
    return reached(both[CHURN].to_numpy(), both[f"{CHURN}_true"].to_numpy())


def learn(work: Path, customers: int, seed: int, progress: Progress) -> tuple[BankSpec, date]:
    """A new bank with a churn champion, and the newest snapshot whose outcome was known in training."""
    generate(work, customers, seed=seed, progress=progress)
    spec = read_spec(work)
    build_features(spec, progress, today=spec.snapshots.all()[-1])
    train(spec, Model.CHURN, progress)
    last, horizon = spec.snapshots.all()[-1], spec.window.horizon_days + spec.window.gap_days
    return spec, max(day for day in spec.snapshots.all() if (last - day).days >= horizon)


def line(seed: str, found: Reached) -> str:
    """A seed's figures under `HEADING`."""
    short = found.auc_of_truth - found.auc
    return (
        f"{seed:>6}{found.customers:>11,.0f}{found.leavers_expected:>9.0f}{found.auc:>9.4f}"
        f"{found.auc_of_truth:>9.4f}{short:>9.4f}{found.calibration_error:>13.4f}"
    )


def mean(every: Sequence[Reached]) -> Reached:
    """Each figure's mean over seeds."""
    names = [one.name for one in fields(Reached)]
    return Reached(**{name: float(np.mean([getattr(one, name) for one in every])) for name in names})


def leaking(every: Mapping[int, Reached]) -> list[int]:
    """The seeds where scores rank better than the probabilities that the outcomes were drawn with."""
    return [seed for seed, found in every.items() if found.auc > found.auc_of_truth]


@click.command()
@click.argument("work", type=click.Path(file_okay=False, path_type=Path))
@click.option("--customers", default=20_000, show_default=True)
@click.option("--seed", default=0, show_default=True, help="The first one.")
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="How many, each a bank.")
def main(work: Path, customers: int, seed: int, seeds: int) -> None:
    """Make banks in the new folder WORK, train their churn models, print what each reaches."""
    every: dict[int, Reached] = {}
    click.echo(HEADING)
    for one in range(seed, seed + seeds):
        folder = work / f"seed-{one}"
        with errors_told(), progress_bar(sys.stderr) as progress:
            spec, snapshot = learn(folder, customers, one, progress)
            every[one] = measure(spec, snapshot, folder)
        click.echo(line(str(one), every[one]))
    click.echo(line("mean", mean(list(every.values()))))
    beyond = ", ".join(map(str, leaking(every)))
    click.echo(f"beyond the true hazard, which would be a leak: {beyond or 'none'}")


if __name__ == "__main__":
    main()
