"""Santander, from its monthly flags and May additions to every customer's propensities for May.

python -m experiments.real.santander.run WORK
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from experiments.real.path import SHARED, errors_told, report, take
from experiments.real.santander.adapter import adapt
from features.console import progress_bar
from features.vocabulary import Model


@click.command()
@click.argument("work", type=click.Path(file_okay=False, path_type=Path))
@click.option("--raw", type=click.Path(path_type=Path), default=SHARED / "santander", show_default=True)
def main(work: Path, raw: Path) -> None:
    """Train propensities, score everyone into the new folder WORK, print the product's own test."""
    with errors_told(), progress_bar(sys.stderr) as progress:
        adapt(raw, work)
        taken = take(work, [Model.PROPENSITY], today=datetime.now(UTC).date(), progress=progress)
    result = taken.trained[Model.PROPENSITY]
    told = ("map_at_7", "recall_at_1", "recall_at_3", "recall_at_7", "roc_auc", "calibration_error")
    rows = {f"rows to {part}": str(count) for part, count in result.rows.items()}
    report(taken, {**rows, **{name: result.metrics[name] for name in told}})


if __name__ == "__main__":
    main()
