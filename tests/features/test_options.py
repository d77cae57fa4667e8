"""What commands share: dates are dates, the newest snapshot is the default, rows are a table or JSON."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from features.options import (
    Day,
    bank_argument,
    json_option,
    newest,
    pairs,
    print_rows,
    snapshot_option,
    spec_of,
    today_utc,
)


@click.command()
@bank_argument
@snapshot_option
@json_option
def show(bank: Path, snapshot: date | None, as_json: bool) -> None:
    """Say what was understood."""
    click.echo(f"{bank.name} {snapshot} {as_json}")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["b"], 0, "b None False"),
        (["b", "--snapshot", "2024-02-29", "--json"], 0, "b 2024-02-29 True"),
        (["b", "--snapshot", "2024-02-30"], 2, "'2024-02-30' is not a date; expected YYYY-MM-DD"),
        ([], 2, "Missing argument 'BANK'"),
    ],
)
def test_arguments_are_understood_or_refused(arguments: list[str], code: int, said: str) -> None:
    result = CliRunner().invoke(show, arguments)
    assert result.exit_code == code
    assert said in result.output


def test_a_date_stays_a_date() -> None:
    assert Day().convert(date(2024, 1, 1), None, None) == date(2024, 1, 1)


def test_the_newest_snapshot_is_the_last(write_bank: Any) -> None:
    days = [date(2024, 3, 1), date(2024, 5, 1), date(2024, 4, 1)]
    folder = write_bank({"customers": [{"customer_id": 1}]}, snapshots={"dates": days})
    assert newest(spec_of(folder)) == date(2024, 5, 1)


def test_today_is_of_utc() -> None:
    before = datetime.now(UTC).date()
    assert before <= today_utc() <= datetime.now(UTC).date()


def test_rows_are_printed_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    rows = pairs({"auc": 0.8, "银行": "x"})
    print_rows("metrics", rows, as_json=True)
    assert json.loads(capsys.readouterr().out) == rows
    print_rows("metrics", rows, as_json=False)
    table = capsys.readouterr().out
    assert all(word in table for word in ("metrics", "auc", "0.8", "银行"))
    print_rows("metrics", [], as_json=False)
    assert capsys.readouterr().out == "metrics: none\n"
