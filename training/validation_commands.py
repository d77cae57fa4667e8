"""The commands that tell how far a model can be trusted, and that make it better."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.options import bank_argument, json_option, print_rows, progress_bars, spec_of

if TYPE_CHECKING:
    from training.backtest import Backtest

MODELS = click.Choice(["churn", "propensity"])


@click.command()
@bank_argument
@click.argument("model", type=MODELS)
@click.option("--folds", type=click.IntRange(1), default=None, help="Only so many of the newest snapshots.")
@click.option("--draws", type=click.IntRange(20), default=200, show_default=True, help="Of the bootstrap.")
@click.option("--curve", is_flag=True, help="Also with fewer customers and fewer snapshots to learn from.")
@json_option
def backtest(bank: Path, model: str, *, folds: int | None, draws: int, curve: bool, as_json: bool) -> None:
    """Train as of each snapshot and test on the next, against simple rules, with intervals."""
    from features.vocabulary import Model
    from training.backtest import backtest as walk_through
    from training.backtest import prepare
    from training.backtest_curve import learning_curve
    from training.backtest_report import record, with_curve

    spec = spec_of(bank)
    with progress_bars() as progress:
        walk = prepare(spec, Model(model), progress, folds=folds, draws=draws)
        found = walk_through(walk, progress)
        if curve:
            found = with_curve(found, learning_curve(walk, progress))
    run = record(spec, found)
    if as_json:
        click.echo(json.dumps({**found.as_dict(), "run": run}, ensure_ascii=False))
        return
    _print(found)
    click.echo(f"note: recorded with its page and plots as MLflow run {run}")


def _print(found: "Backtest") -> None:
    from training.backtest_report import tables

    for title, lines in tables(found).items():
        if lines:
            print_rows(title, lines, as_json=False)
    for note in found.notes:
        click.echo(f"note: {note}")
