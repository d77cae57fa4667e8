"""AV bank churn, from its two flat files to a churn probability of every customer.

python -m experiments.real.av_bank_churn.run WORK
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from experiments.real.path import SHARED, errors_told, report, take
from experiments.synth.writing import staged
from features.console import progress_bar
from features.errors import BadInputError
from features.vocabulary import Model

IN_PLACE = "../../../../shared/data/av_bank_churn"
"""Where this folder's bank.toml reads the data."""


def place(raw: Path, work: Path) -> None:
    """Put bank.toml into a new folder, reading the data where it lies; the bank's state is then there.

    Raises BadInputError when a file is missing, or `work` holds anything already.
    """
    for name in ("customers.csv", "labels.csv"):
        if not (raw / name).is_file():
            raise BadInputError(f"{raw}: no file {name}")
    bank = Path(__file__).with_name("bank.toml").read_text(encoding="utf-8")
    with staged(work) as aside:
        placed = bank.replace(IN_PLACE, raw.resolve().as_posix())
        (aside / "bank.toml").write_text(placed, encoding="utf-8")


@click.command()
@click.argument("work", type=click.Path(file_okay=False, path_type=Path))
@click.option("--raw", type=click.Path(path_type=Path), default=SHARED / "av_bank_churn", show_default=True)
def main(work: Path, raw: Path) -> None:
    """Train churn on the labels, score everyone into the new folder WORK, print the product's own test."""
    with errors_told(), progress_bar(sys.stderr) as progress:
        place(raw, work)
        taken = take(work, [Model.CHURN], today=datetime.now(UTC).date(), progress=progress)
    result = taken.trained[Model.CHURN]
    told = ("roc_auc", "average_precision", "brier", "calibration_error", "lift_at_10pct", "positives")
    rows = {f"rows to {part}": str(count) for part, count in result.rows.items()}
    report(taken, {**rows, **{name: result.metrics[name] for name in told}})


if __name__ == "__main__":
    main()
