"""The command that watches models at work."""

from datetime import date
from pathlib import Path

import click

from features.json_text import json_text
from features.options import bank_argument, json_option, progress_bars, snapshot_option, spec_of


@click.command()
@bank_argument
@snapshot_option
@json_option
def monitor(bank: Path, snapshot: date | None, as_json: bool) -> None:
    """Watch the champions and their data for drift, gaps and decay; says whether to retrain, and why.

    Exit code 1 when anything is beyond the thresholds of [monitoring] in bank.toml.
    """
    from training.monitor.report import as_dict, write
    from training.monitor.watch import watch

    spec = spec_of(bank)
    with progress_bars() as progress:
        found = watch(spec, progress, snapshot=snapshot)
    page = write(spec, found)
    if as_json:
        click.echo(json_text({**as_dict(found), "page": str(page)}))
    else:
        for one in found.findings:
            click.echo(f"beyond: {one.en}")
        click.echo(found.verdict.en)
        click.echo(found.verdict.zh)
        click.echo(f"note: page in {page}")
    if found.findings:
        click.get_current_context().exit(1)
