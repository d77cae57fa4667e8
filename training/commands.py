"""The commands about models."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.errors import BadInputError, GateError
from features.json_text import json_text
from features.options import (
    bank_argument,
    json_option,
    pairs,
    print_columns,
    print_rows,
    progress_bars,
    spec_of,
)

if TYPE_CHECKING:
    from features.spec import BankSpec
    from features.vocabulary import Model
    from training.promotion.promote import Promotion
    from training.versions import Comparison


@click.command()
@bank_argument
@click.argument("model", type=click.Choice(["churn", "propensity", "uplift", "all"]), default="all")
@json_option
def train(bank: Path, model: str, as_json: bool) -> None:
    """Train, calibrate, evaluate and register models; a first model that passes the gate is promoted.

    Uplift is learned from randomised contacts; `all` leaves it out, since many banks have none. One that
    cannot be learned does not keep `all` from the next.
    """
    from features.vocabulary import Model

    spec = spec_of(bank)
    every = (Model.CHURN, Model.PROPENSITY) if spec.products else (Model.CHURN,)
    failed: list[Exception] = []
    for one in every if model == "all" else (Model(model),):
        try:
            _train(spec, one, as_json=as_json)
        except (BadInputError, GateError) as error:
            failed.append(error)
    if failed:
        bad = any(isinstance(error, BadInputError) for error in failed)
        raise (BadInputError if bad else GateError)("\n".join(dict.fromkeys(map(str, failed))))


def _train(spec: "BankSpec", model: "Model", *, as_json: bool) -> None:
    from features.vocabulary import Model
    from training.card.place import page_of
    from training.pipeline import train as train_model
    from training.uplift.train import train_uplift

    with progress_bars() as progress:
        uplift = model is Model.UPLIFT
        result = train_uplift(spec, progress) if uplift else train_model(spec, model, progress)
    if as_json:
        click.echo(json_text(result.as_dict()))
        return
    print_columns(f"{result.model} version {result.version}", ("name", "value"), pairs(result.metrics))
    for note in result.notes:
        click.echo(f"note: {note}")
    page = page_of(spec, model, result.version)
    if page:
        click.echo(f"Card: {page}")


ACTIONS = ["list", "show", "compare", "promote", "rollback", "history", "rebuild"]
VERSIONED = ("show", "promote", "rebuild")


@click.command()
@bank_argument
@click.argument("action", type=click.Choice(ACTIONS), default="list")
@click.argument("model", type=click.Choice(["churn", "propensity", "uplift"]), required=False)
@click.option(
    "--version", type=int, default=None, help="show, promote, rebuild: a version. Default: the challenger."
)
@click.option("--approve", metavar="NAME", default=None, help="promote: who else looked at it.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="rebuild: a new folder.")
@json_option
def models(bank: Path, action: str, model: str | None, as_json: bool, **given: Any) -> None:
    """List, show, compare, promote, roll back or rebuild registered models, or tell who promoted what."""
    from features.vocabulary import Model
    from training import registry
    from training.promotion.promote import history, rollback

    spec, version = spec_of(bank), given["version"]
    if action == "list":
        rows = [row.as_dict() for row in registry.list_models(spec)]
        print_rows("Models", rows, as_json)
        return
    if model is None:
        raise click.UsageError(f"`models {bank} {action}` needs a model: churn, propensity or uplift")
    if version is not None and action not in VERSIONED:
        raise click.UsageError(f"`models {bank} {action}` takes no --version")
    one = Model(model)
    if action == "show":
        print_rows(model, pairs(registry.show_model(spec, one, version).as_dict()), as_json)
    elif action == "compare":
        _compare(registry.compare_models(spec, one), as_json=as_json)
    elif action == "history":
        print_rows("History", [entry.as_row() for entry in history(spec, one)], as_json)
    elif action == "rollback":
        click.echo(rollback(spec, one))
    elif action == "rebuild":
        _rebuild(spec, one, version, given["out"])
    else:
        _promote(spec, one, version, given["approve"], as_json=as_json)


def _compare(found: "Comparison", *, as_json: bool) -> None:
    print_rows("Champion and challenger", found.rows, as_json)
    if found.note and not as_json:
        click.echo(f"note: {found.note}")


def _promote(
    spec: "BankSpec", model: "Model", version: int | None, approve: str | None, *, as_json: bool
) -> None:
    from training.promotion.promote import RefusedError, promote

    try:
        found = promote(spec, model, version, approve=approve)
    except RefusedError as refused:
        _print_gates(refused.promotion, promoted=False, as_json=as_json)
        raise
    _print_gates(found, promoted=True, as_json=as_json)
    if not as_json:
        click.echo(found.said)


def _print_gates(found: "Promotion", *, promoted: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json_text({"promoted": promoted, "said": found.said, "gates": found.rows()}, indent=2))
    else:
        shown = [row | {"passed": "yes" if row["passed"] else "NO"} for row in found.rows()]
        print_rows("Gates", shown, as_json=False)


def _rebuild(spec: "BankSpec", model: "Model", version: int | None, out: Path | None) -> None:
    from training.rebuild import rebuild

    if version is None:
        raise click.UsageError("rebuild needs --version: which one")
    with progress_bars() as progress:
        found = rebuild(spec, model, version, out, progress=progress)
    click.echo(found.said)
