"""What commands share: arguments, options, and how rows and progress are shown."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from features.json_text import json_text

if TYPE_CHECKING:
    from features.spec import BankSpec

Command = TypeVar("Command", bound=Callable[..., Any])


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


def spec_of(bank: Path) -> "BankSpec":
    """The bank as described by its bank.toml."""
    from features.spec import read_spec

    return read_spec(bank)


def newest(spec: "BankSpec") -> date:
    """The newest snapshot that bank.toml asks for."""
    return spec.snapshots.all()[-1]


def today_utc() -> date:
    """Today, UTC."""
    return datetime.now(UTC).date()


def progress_bars() -> Any:
    """Progress on standard error."""
    from features.console import progress_bar

    return progress_bar(sys.stderr)


def pairs(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A mapping as rows of two columns."""
    return [{"name": name, "value": value} for name, value in values.items()]


def print_rows(title: str, rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Rows as JSON for programs, else as a table of all their columns."""
    if as_json:
        click.echo(json_text(rows, indent=2))
    elif rows:
        print_columns(title, rows[0].keys(), rows)
    else:
        click.echo(f"{title}: none")


def print_columns(title: str, columns: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as a table of the columns named."""
    from features.console import print_table

    print_table(title, list(columns), rows)
