"""Does the churn model reach what the synthetic bank's true hazard allows, and no more?

python -m experiments.true_hazard WORK --customers 20000

Scores of the champion at its test snapshot are held against the probabilities that the bank was drawn from:
each customer counts as a leaver with the true probability and as a stayer with the rest, which is free of
the noise of who happened to leave.
"""

import sys
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Reached:
    """ROC-AUC of the model and of the true hazard itself, and the model's calibration error against it."""

    customers: int
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


@click.command()
@click.argument("work", type=click.Path(file_okay=False, path_type=Path))
@click.option("--customers", default=20_000, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(work: Path, customers: int, seed: int) -> None:
    """Make a bank in the new folder WORK, train its churn model, print what it reaches."""
    with errors_told(), progress_bar(sys.stderr) as progress:
        spec, snapshot = learn(work, customers, seed, progress)
        found = measure(spec, snapshot, work)
    click.echo(
        f"{found.customers:,} customers at {snapshot}, {found.leavers_expected:.0f} leavers expected\n"
        f"ROC-AUC {found.auc:.4f}, the true hazard's {found.auc_of_truth:.4f}, "
        f"short of it by {found.auc_of_truth - found.auc:.4f}\n"
        f"calibration error against the true hazard {found.calibration_error:.4f}"
    )


if __name__ == "__main__":
    main()
