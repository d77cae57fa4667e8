"""The commands about models."""

import json
from pathlib import Path

import click

from features.options import (
    bank_argument,
    json_option,
    pairs,
    print_columns,
    print_rows,
    progress_bars,
    spec_of,
)


@click.command()
@bank_argument
@click.argument("model", type=click.Choice(["churn", "propensity", "uplift", "all"]), default="all")
@json_option
def train(bank: Path, model: str, as_json: bool) -> None:
    """Train, calibrate, evaluate and register models; a first model that passes the gate is promoted.

    Uplift is learned from randomised contacts; `all` leaves it out, since many banks have none.
    """
    from features.vocabulary import Model
    from training.pipeline import train as train_model
    from training.uplift.train import train_uplift

    spec = spec_of(bank)
    every = (Model.CHURN, Model.PROPENSITY) if spec.products else (Model.CHURN,)
    wanted = every if model == "all" else (Model(model),)
    with progress_bars() as progress:
        results = [
            train_uplift(spec, progress) if one is Model.UPLIFT else train_model(spec, one, progress)
            for one in wanted
        ]
    for result in results:
        if as_json:
            click.echo(json.dumps(result.as_dict()))
        else:
            print_columns(
                f"{result.model} version {result.version}",
                ("metric", "value"),
                pairs(result.metrics),
            )
            for note in result.notes:
                click.echo(f"note: {note}")


@click.command()
@bank_argument
@click.argument("action", type=click.Choice(["list", "show", "compare", "promote"]), default="list")
@click.argument("model", type=click.Choice(["churn", "propensity", "uplift"]), required=False)
@click.option("--version", type=int, default=None, help="A model version. Default: the challenger.")
@json_option
def models(bank: Path, action: str, model: str | None, version: int | None, as_json: bool) -> None:
    """List, show, compare or promote registered models."""
    from features.vocabulary import Model
    from training import registry

    spec = spec_of(bank)
    if action == "list":
        rows = [row.as_dict() for row in registry.list_models(spec)]
        print_rows("Models", rows, as_json)
        return
    if model is None:
        raise click.UsageError(f"`models {bank} {action}` needs a model: churn, propensity or uplift")
    if action == "show":
        print_rows(model, pairs(registry.show_model(spec, Model(model), version).as_dict()), as_json)
    elif action == "compare":
        print_rows("Champion and challenger", registry.compare_models(spec, Model(model)), as_json)
    else:
        click.echo(registry.promote(spec, Model(model), version))
