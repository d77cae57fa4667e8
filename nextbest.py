"""The command line: parses, dispatches, imports lazily; nothing else."""

import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from features.errors import BadInputError, GateError

if TYPE_CHECKING:
    from features.spec import BankSpec

Command = TypeVar("Command", bound=Callable[..., Any])

BAD_INPUT_EXIT = 2
GATE_EXIT = 1


class Day(click.ParamType[date]):
    """A calendar date, YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse, or fail naming the expected form."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            return self.fail(f"{value!r} is not a date; expected YYYY-MM-DD", param, ctx)


def bank_argument(command: Command) -> Command:
    """BANK: the folder, or its bank.toml."""
    return click.argument("bank", type=click.Path(path_type=Path))(command)


def snapshot_option(command: Command) -> Command:
    """--snapshot: the date features are known before."""
    text = "Features know what happened before this date (YYYY-MM-DD). Default: the newest."
    return click.option("--snapshot", type=Day(), default=None, help=text)(command)


def json_option(command: Command) -> Command:
    """--json: for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


class Errors(click.Group):
    """Turns a user's mistake into one message and an exit code, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Exit 2 on bad input, 1 on a gate that did not pass."""
        try:
            return super().invoke(ctx)
        except BadInputError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(BAD_INPUT_EXIT)
        except GateError as error:
            click.echo(f"refused: {error}", err=True)
            ctx.exit(GATE_EXIT)


SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group("nextbest", cls=Errors, context_settings=SETTINGS)
@click.version_option(package_name="nextbest")
def main() -> None:
    """Who is about to leave a bank, what each would take next, and the one action worth doing now.

    BANK is a folder with a bank.toml, or the bank.toml itself. Exit codes: 0 done, 1 a check or gate
    did not pass, 2 bad input or usage.
    """
    logging.captureWarnings(capture=True)  # a platform's notices to its own developers are not for our users


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("demo-bank"), show_default=True)
@click.option("--customers", type=click.IntRange(min=200), default=5000, show_default=True)
@click.option("--months", type=click.IntRange(min=12), default=24, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
def demo(folder: Path, customers: int, months: int, seed: int) -> None:
    """Make a synthetic bank and run the whole path: check, features, train, campaign."""
    from experiments.demo import run_demo

    with _progress() as progress:
        result = run_demo(
            folder, customers=customers, months=months, seed=seed, today=_today(), progress=progress
        )
    columns = ("rank", "customer_id", "action", "channel", "expected_value", "reasons")
    title = f"Top actions at {result.summary.snapshot}"
    _table(title, columns, result.contacts.slice(0, 20).select(columns).to_pylist())
    click.echo(f"Report: {folder / 'campaign' / 'report.html'}")


@main.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--customers", type=click.IntRange(min=1), default=5000, show_default=True)
@click.option("--months", type=click.IntRange(min=1), default=24, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
def synth(out: Path, customers: int, months: int, seed: int) -> None:
    """Write a synthetic bank to OUT, with the truth it was drawn from in OUT/truth."""
    from experiments.synth import generate

    with _progress() as progress:
        generate(out, customers=customers, months=months, seed=seed, progress=progress)
    click.echo(f"Bank: {out}")


@main.command()
@bank_argument
@json_option
def check(bank: Path, as_json: bool) -> None:
    """Validate a bank's tables: row counts, date ranges, share of nulls, every violation."""
    from features.check import check_bank
    from features.tables import open_bank

    spec = _spec(bank)
    report = check_bank(open_bank(spec), _today())
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        for part in (*report.tables, *report.notes, *report.violations):
            click.echo(str(part))
    if report.violations:
        raise BadInputError(f"{spec.folder}: the data breaks {len(report.violations)} rules, named above")


@main.command()
@bank_argument
def features(bank: Path) -> None:
    """Build every feature view at every snapshot of bank.toml."""
    from features.build import build_features

    with _progress() as progress:
        layout = build_features(_spec(bank), progress, today=_today())
    click.echo(f"{len(layout.model_features())} model features at {len(layout.snapshots)} snapshots")


@main.command()
@bank_argument
@click.argument("model", type=click.Choice(["churn", "propensity", "all"]), default="all")
@json_option
def train(bank: Path, model: str, as_json: bool) -> None:
    """Train, calibrate, evaluate and register models; a first model that passes the gate is promoted."""
    from features.vocabulary import Model
    from training.pipeline import train as train_model

    spec = _spec(bank)
    wanted = tuple(Model) if model == "all" else (Model(model),)
    with _progress() as progress:
        results = [train_model(spec, one, progress) for one in wanted if one is Model.CHURN or spec.products]
    for result in results:
        if as_json:
            click.echo(json.dumps(result.as_dict()))
        else:
            _table(
                f"{result.model} version {result.version}",
                ("metric", "value"),
                _pairs(result.metrics),
            )
            for note in result.notes:
                click.echo(f"note: {note}")


@main.command()
@bank_argument
@click.argument("action", type=click.Choice(["list", "show", "compare", "promote"]), default="list")
@click.argument("model", type=click.Choice(["churn", "propensity"]), required=False)
@click.option("--version", type=int, default=None, help="A model version. Default: the challenger.")
@json_option
def models(bank: Path, action: str, model: str | None, version: int | None, as_json: bool) -> None:
    """List, show, compare or promote registered models."""
    from features.vocabulary import Model
    from training import registry

    spec = _spec(bank)
    if action == "list":
        rows = [row.as_dict() for row in registry.list_models(spec)]
        _rows("Models", rows, as_json)
        return
    if model is None:
        raise click.UsageError(f"`models {bank} {action}` needs a model: churn or propensity")
    if action == "show":
        _rows(model, _pairs(registry.show_model(spec, Model(model), version).as_dict()), as_json)
    elif action == "compare":
        _rows("Champion and challenger", registry.compare_models(spec, Model(model)), as_json)
    else:
        click.echo(registry.promote(spec, Model(model), version))


@main.command()
@bank_argument
@snapshot_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A .parquet or .csv file.")
def score(bank: Path, snapshot: date | None, out: Path) -> None:
    """Write churn and every product's propensity for every customer at a snapshot."""
    from serving.scores import score_bank

    spec = _spec(bank)
    with _progress() as progress:
        scored = score_bank(spec, snapshot or _newest(spec), out, progress)
    for model in scored.missing:
        click.echo(f"note: no {model} model has been promoted; its columns are left out")
    click.echo(f"{scored.rows} customers scored by {scored.model_versions}: {out}")


@main.command()
@bank_argument
@snapshot_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder, replaced whole.")
@json_option
def campaign(bank: Path, snapshot: date | None, out: Path, as_json: bool) -> None:
    """Choose the best action per customer within budget, capacity, consent and contact rules."""
    from serving.campaign import run_campaign

    spec = _spec(bank)
    with _progress() as progress:
        day = snapshot or _newest(spec)
        result = run_campaign(spec, day, out, progress, today=day)
    if as_json:
        click.echo(result.summary.model_dump_json(indent=2))
    else:
        figures = result.summary.model_dump(exclude={"actions", "channels", "tiers", "limits", "funnel"})
        _rows("Campaign", _pairs(figures), as_json=False)
        click.echo(f"Report: {out / 'report.html'}")


@main.command()
@bank_argument
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=3000, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True)
def serve(bank: Path, host: str, port: int, workers: int) -> None:
    """Put the newest snapshot online and serve scores and decisions."""
    from serving.run import become_server, prepare

    spec = _spec(bank)
    with _progress() as progress:
        prepare(spec, host, port, progress)
    become_server(spec, host, port, workers)


@main.command()
@bank_argument
@click.argument("customer")
@click.option("--channel", default=None, help="Only actions on this channel.")
@click.option("--trace", is_flag=True, help="Every candidate, each factor, and each rule's outcome.")
def decide(bank: Path, customer: str, channel: str | None, trace: bool) -> None:
    """The ranked actions for one customer, as the service would answer."""
    from serving.online import decide_one

    answer = decide_one(_spec(bank), customer, channel=channel, trace=trace)
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


@main.command()
@bank_argument
@click.option("--port", type=click.IntRange(1, 65534), default=5000, show_default=True)
def ui(bank: Path, port: int) -> None:
    """Open MLflow's page on PORT and Feast's on the next one, on 127.0.0.1, until interrupted."""
    from serving.pages import serve_pages

    serve_pages(_spec(bank), port, click.echo)


def _spec(bank: Path) -> "BankSpec":
    from features.spec import read_spec

    return read_spec(bank)


def _newest(spec: "BankSpec") -> date:
    return spec.snapshots.all()[-1]


def _today() -> date:
    return datetime.now(UTC).date()


def _progress() -> Any:
    from features.console import progress_bar

    return progress_bar(sys.stderr)


def _pairs(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"metric": name, "value": value} for name, value in values.items()]


def _rows(title: str, rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
    elif rows:
        _table(title, rows[0].keys(), rows)
    else:
        click.echo(f"{title}: none")


def _table(title: str, columns: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> None:
    from features.console import print_table

    print_table(title, list(columns), rows)


if __name__ == "__main__":
    main()
