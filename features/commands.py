"""The commands about a bank's tables and features."""

from pathlib import Path

import click

from features.errors import BadInputError
from features.options import bank_argument, json_option, progress_bars, spec_of, today_utc


@click.command()
@bank_argument
@json_option
def check(bank: Path, as_json: bool) -> None:
    """Validate a bank's tables: row counts, date ranges, share of nulls, every violation."""
    from features.check import check_bank
    from features.tables import open_bank

    spec = spec_of(bank)
    report = check_bank(open_bank(spec), today_utc())
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        for part in (*report.tables, *report.notes, *report.violations):
            click.echo(str(part))
        if not report.violations:
            click.echo("no rule is broken")
    if report.violations:
        raise BadInputError(f"{spec.folder}: the data breaks {len(report.violations)} rules, named above")


@click.command()
@bank_argument
def features(bank: Path) -> None:
    """Build every feature view at every snapshot of bank.toml."""
    from features.build import build_features

    with progress_bars() as progress:
        layout = build_features(spec_of(bank), progress, today=today_utc())
    click.echo(f"{len(layout.model_features())} model features at {len(layout.snapshots)} snapshots")
