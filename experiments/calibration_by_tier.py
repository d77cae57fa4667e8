"""Do probabilities hold in every tier, and do the shifts by tier that training proves make them hold better?

python -m experiments.calibration_by_tier BANK [churn|propensity] --folds 6

As of every snapshot a model is trained and calibrated on what was known by then, and tested on that snapshot:
once as it is, and once without its shifts.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from experiments.real.path import errors_told
from features.console import progress_bar
from features.progress import Progress
from features.spec import BankSpec, read_spec
from features.vocabulary import TIER, Model
from training.backtest.learn import Learned
from training.backtest.walk import Walk, prepare
from training.groups import UNKNOWN
from training.heads import FittedHead
from training.split import Part

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """Test rows of all folds and heads: tier, outcome, and what was said with and without shifts; (rows,)."""

    tier: NDArray[np.object_]
    labels: Floats
    shifted: Floats
    overall: Floats

    def of(self, tier: str) -> "Told":
        """The rows of one tier."""
        rows = self.tier == tier
        return Told(self.tier[rows], self.labels[rows], self.shifted[rows], self.overall[rows])


def joined(every: Sequence[Told]) -> Told:
    """All rows, one after the other."""
    columns = zip(*((one.tier, one.labels, one.shifted, one.overall) for one in every), strict=True)
    return Told(*(np.concatenate(column) for column in columns))


def without_shift(head: FittedHead) -> FittedHead:
    """The head as it would answer if it were calibrated overall only."""
    return replace(head, calibration=head.calibration.model_copy(update={"shift": None}))


def test(walk: Walk, learned: Learned) -> Iterator[Told]:
    """What a fold's fitted heads say of its test rows."""
    rows = learned.fold.rows(walk.past, Part.TEST)
    tiers = rows.texts[TIER].fill_null(UNKNOWN).to_numpy(zero_copy_only=False)
    matrix = rows.encoded(learned.columns)
    for place, head in enumerate(learned.heads):
        known = ~np.isnan(rows.labels[:, place])
        if head.booster is not None and known.any():
            said = (one.predict(matrix[known]) for one in (head, without_shift(head)))
            yield Told(tiers[known], rows.labels[known, place], *said)


def line(name: str, told: Told) -> str:
    """A tier's figures: observed over expected, and log loss, each without and with shifts."""
    came = told.labels.sum()
    ratios = (came / said.sum() for said in (told.overall, told.shifted))
    losses = (log_loss(told.labels, said) for said in (told.overall, told.shifted))
    figures = "".join(f"{one:>10.3f}" for one in ratios) + "".join(f"{one:>10.5f}" for one in losses)
    return f"{name:<12}{len(told.labels):>10,}{came:>10,.0f}{figures}"


def log_loss(labels: Floats, said: Floats) -> float:
    """The mean, in nats."""
    right = np.where(labels == 1, said, 1 - said)
    return float(-np.log(np.maximum(right, 1e-12)).mean())


def measure(spec: BankSpec, model: Model, folds: int, progress: Progress) -> tuple[Told, int, int]:
    """All that was told, how many heads were fitted, and how many of them are shifted."""
    walk = prepare(spec, model, progress, folds=folds)
    every: list[Told] = []
    heads: list[FittedHead] = []
    for place, fold in enumerate(walk.folds):
        learned = walk.learn(fold)
        every += test(walk, learned)
        heads += [head for head in learned.heads if head.booster is not None]
        progress("folds", place + 1, len(walk.folds))
    return joined(every), len(heads), sum(head.calibration.shift is not None for head in heads)


@click.command()
@click.argument("bank", type=click.Path(exists=True, path_type=Path))
@click.argument("model", type=click.Choice(["churn", "propensity"]), default="churn")
@click.option("--folds", type=click.IntRange(1), default=6, show_default=True, help="The newest snapshots.")
def main(bank: Path, model: str, folds: int) -> None:
    """Backtest a BANK whose features are built and print, by tier, what came true over what was said."""
    with errors_told(), progress_bar(sys.stderr) as progress:
        told, heads, shifted = measure(read_spec(bank), Model(model), folds, progress)
    click.echo(f"{shifted} of {heads} fitted heads are shifted by tier")
    click.echo("                 rows   came true  observed over expected          log loss")
    click.echo("                                     overall   by tier   overall   by tier")
    for tier in sorted(set(told.tier.tolist())):
        click.echo(line(tier, told.of(tier)))
    click.echo(line("all", told))


if __name__ == "__main__":
    main()
