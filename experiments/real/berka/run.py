"""Berka, from its eight raw files to one decided action for every client at 1994-01-01.

python -m experiments.real.berka.run WORK
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from experiments.real.berka.adapter import adapt
from experiments.real.path import SHARED, errors_told, report, take
from features.console import print_table, progress_bar
from features.vocabulary import Model
from serving.campaign.run import run_campaign

LIST_COLUMNS = ("rank", "customer_id", "action", "channel", "expected_value", "probability", "reasons")
SHOWN = 10


@click.command()
@click.argument("work", type=click.Path(file_okay=False, path_type=Path))
@click.option("--raw", type=click.Path(path_type=Path), default=SHARED / "berka", show_default=True)
def main(work: Path, raw: Path) -> None:
    """Adapt, train, score and decide in the new folder WORK; print the list's top and what was measured."""
    with errors_told(), progress_bar(sys.stderr) as progress:
        adapt(raw, work)
        taken = take(work, [Model.CHURN, Model.PROPENSITY], today=datetime.now(UTC).date(), progress=progress)
        newest = taken.spec.snapshots.all()[-1]
        campaign = run_campaign(taken.spec, newest, work / "campaign", progress, today=newest)
    measured = {
        f"{model} {name}": result.metrics[name]
        for model, result in taken.trained.items()
        for name in ("roc_auc", "average_precision", "calibration_error", "positives")
        if name in result.metrics
    }
    report(taken, {**measured, "clients on the list": str(campaign.contacts.num_rows)})
    contacts = campaign.contacts.select(LIST_COLUMNS).slice(0, SHOWN).to_pylist()
    print_table(f"The list at {newest}", LIST_COLUMNS, contacts)


if __name__ == "__main__":
    main()
