"""The commands that tell how far a model can be trusted, and that make it better."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.json_text import json_text
from features.options import bank_argument, json_option, pairs, print_rows, progress_bars, spec_of

if TYPE_CHECKING:
    from training.backtest.walk import Backtest

TUNED = click.Choice(["churn", "propensity"])
BACKTESTED = click.Choice([*TUNED.choices, "uplift"])


@click.command()
@bank_argument
@click.argument("model", type=BACKTESTED)
@click.option("--folds", type=click.IntRange(1), default=None, help="Only so many of the newest snapshots.")
@click.option("--draws", type=click.IntRange(20), default=200, show_default=True, help="Of the bootstrap.")
@click.option("--curve", is_flag=True, help="Also with fewer customers and fewer snapshots to learn from.")
@json_option
def backtest(bank: Path, model: str, *, folds: int | None, draws: int, curve: bool, as_json: bool) -> None:
    """Train as of each snapshot and test on the next, against simple rules, with intervals.

    Uplift is learned from contacts whose outcome was known, and ranks those that follow.
    """
    from features.vocabulary import Model
    from training.backtest.run import run_backtest

    if curve and model == Model.UPLIFT:
        raise click.UsageError("--curve is for churn and propensity; uplift has none")
    spec = spec_of(bank)
    with progress_bars() as progress:
        found, run = run_backtest(spec, Model(model), progress, folds=folds, draws=draws, curve=curve)
    if as_json:
        click.echo(json_text({**found.as_dict(), "run": run}))
        return
    _print(found)
    click.echo(f"note: recorded with its page and plots as MLflow run {run}")


def _print(found: "Backtest") -> None:
    from training.backtest.report import tables

    for title, lines in tables(found).items():
        if lines:
            print_rows(title, lines, as_json=False)
    for note in found.notes:
        click.echo(f"note: {note}")


@click.command()
@bank_argument
@click.argument("model", type=TUNED)
@click.option(
    "--trials", type=click.IntRange(1), default=50, show_default=True, help="Of all starts together."
)
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), default=None, help="Begin no trial after."
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--storage", default=None, help="A database's URL. Default: a journal file beside the bank.")
@click.option("--metric", type=click.Choice(["skill", "average_precision", "map_at_7"]), default=None)
@click.option(
    "--folds", type=click.IntRange(1), default=3, show_default=True, help="Newest snapshots to test on."
)
@click.option(
    "--penalty",
    type=click.FloatRange(0),
    default=0.001,
    show_default=True,
    help="A doubling of size must bring it.",
)
@click.option("--best", is_flag=True, help="Take the best quality in place of the knee of quality and time.")
@json_option
def tune(bank: Path, model: str, *, as_json: bool, **asked: Any) -> None:
    """Search for parameters on past snapshots; the next training uses them. Continues after a kill."""
    from features.vocabulary import Model
    from training.tune.report import keep, notes, record
    from training.tune.study import Wanted
    from training.tune.study import tune as search

    spec, wanted = spec_of(bank), Wanted(**asked)
    with progress_bars() as progress:
        found = search(spec, Model(model), wanted, progress)
    path, run = keep(spec, Model(model), found), record(spec, Model(model), found)
    if as_json:
        click.echo(json_text({**found.as_dict(), "notes": notes(found), "run": run}))
        return
    print_rows(f"{model}: trial {found.chosen.number} is chosen", pairs(found.flat()), as_json=False)
    for note in notes(found):
        click.echo(f"note: {note}")
    click.echo(f"note: parameters in {path}; recorded as MLflow run {run}")
