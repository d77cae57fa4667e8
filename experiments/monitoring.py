"""Does monitoring name what was done to a bank, and keep still where nothing was?

python -m experiments.monitoring WORK --customers 5000 --seeds 5

Champions learn from a synthetic bank's snapshots until July 2024; half a year later the bank comes in as it
is, or with one fault planted after training. What is told is held against what was done.
"""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from experiments.real.path import errors_told
from experiments.synth import generate
from features.build import build_features
from features.console import progress_bar
from features.progress import Progress, silent
from features.spec import read_spec
from features.vocabulary import Model
from training.monitor.watch import Watch, watch
from training.pipeline import train

TRAINED_UNTIL, WATCHED_ON = date(2024, 7, 1), date(2025, 1, 1)
FAULTY_FROM = "2024-08"


def nothing(_: Path) -> None:
    """Leave the bank as it is."""


def shift(bank: Path) -> None:
    """Balances come in cents, which are not told from euros."""
    for file in _later(bank, "balances"):
        table = pq.read_table(file)
        place = table.schema.get_field_index("balance")
        _write(table.set_column(place, "balance", pc.multiply(table["balance"], 100.0)), file)


def drop_table(bank: Path) -> None:
    """Interactions are no longer delivered, and bank.toml no longer names them."""
    file = bank / "bank.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('[tables.interactions]\npath = "interactions/*.parquet"\n', ""), "utf-8")


def stop_table(bank: Path) -> None:
    """Transactions stop coming in."""
    for file in _later(bank, "transactions"):
        file.unlink()


def raise_rate(bank: Path) -> None:
    """One in twelve of those who hold something leaves in autumn, whatever the model says."""
    file = bank / "holdings.parquet"
    table = pq.read_table(file)
    customers = table["customer_id"].unique().to_numpy()
    leaving = np.random.default_rng(0).permutation(customers)[: len(customers) // 12]
    closed, day = table["closed_on"], pa.scalar(date(2024, 11, 15), table.schema.field("closed_on").type)
    opened = pc.less(table["opened_on"], day)
    open_then = pc.or_kleene(pc.is_null(closed), pc.greater(closed, day))
    leaves = pc.and_(pc.is_in(table["customer_id"], pa.array(leaving)), pc.and_(open_then, opened))
    place = table.schema.get_field_index("closed_on")
    _write(table.set_column(place, "closed_on", pc.if_else(leaves, day, closed)), file)


@dataclass(frozen=True)
class Fault:
    """What is done to a bank, and what of has to be named."""

    plant: Callable[[Path], None]
    matter: str
    named: str


FAULTS = {
    "undisturbed": Fault(nothing, "", ""),
    "shifted column": Fault(shift, "drift", "balances_"),
    "missing table": Fault(drop_table, "data", "interactions"),
    "stale table": Fault(stop_table, "data", "transactions"),
    "changed base rate": Fault(raise_rate, "quality", "calibration"),
}


def learn(bank: Path, customers: int, seed: int, progress: Progress) -> None:
    """A bank with champions that know nothing of the months to come."""
    generate(bank, customers, seed=seed, progress=progress)
    _until(bank, WATCHED_ON, TRAINED_UNTIL)
    spec = read_spec(bank)
    build_features(spec, progress, today=WATCHED_ON)
    for model in (Model.CHURN, Model.PROPENSITY):
        train(spec, model, progress)
    _until(bank, TRAINED_UNTIL, WATCHED_ON)


def told(bank: Path, fault: Fault, work: Path) -> Watch:
    """What monitoring says of a copy of the bank with the fault planted."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(bank, work)
    fault.plant(work)
    spec = read_spec(work)
    build_features(spec, silent, today=WATCHED_ON)
    return watch(spec, today=WATCHED_ON)


def is_named(found: Watch, fault: Fault) -> bool:
    """Whether the fault is among the findings, by name."""
    return any(one.matter == fault.matter and one.subject.startswith(fault.named) for one in found.findings)


def _until(bank: Path, before: date, last: date) -> None:
    file = bank / "bank.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"last = {before}", f"last = {last}"), encoding="utf-8")


def _later(bank: Path, table: str) -> list[Path]:
    return [file for file in sorted((bank / table).glob("*.parquet")) if file.stem >= FAULTY_FROM]


def _write(table: pa.Table, file: Path) -> None:
    pq.write_table(table, file)


@click.command()
@click.argument("work", type=click.Path(file_okay=False, path_type=Path))
@click.option("--customers", default=5000, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--only", type=click.Choice(list(FAULTS)), multiple=True, help="Default: all.")
def main(work: Path, customers: int, seeds: int, only: tuple[str, ...]) -> None:
    """Plant faults in banks made in the new folder WORK, and print whether each is named."""
    for seed in range(seeds):
        bank = work / f"seed-{seed}"
        with errors_told(), progress_bar(sys.stderr) as progress:
            learn(bank, customers, seed, progress)
        for name in only or FAULTS:
            fault = FAULTS[name]
            found = told(bank, fault, work / "planted")
            right = not found.findings if fault.plant is nothing else is_named(found, fault)
            click.echo(f"seed {seed}, {name}: {'as it should be' if right else 'NOT as it should be'}")
            click.echo(f"  {found.verdict.advice}: {found.verdict.en}")


if __name__ == "__main__":
    main()
