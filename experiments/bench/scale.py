"""How do time and memory of training grow as a bank doubles, and doubles again?

Churn and a propensity for each of twelve products, by the product's own `train`, on twelve monthly snapshots
that are all labelled. The columns are all that a bank's tables give: none is chosen for the measurement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from experiments.bench.board import Line
from experiments.bench.measure import Run, apart
from experiments.bench.subject import TODAY, make_bank
from features.build import build_features
from features.progress import silent
from features.spec import read_spec
from features.vocabulary import Model
from training.pipeline import train

AIM_SECONDS: Final = 360.0
AIM_GIB: Final = 6.0
AIM_CUSTOMERS: Final = 100_000
GIB: Final = 1024**3

SNAPSHOTS: Final = tuple(date(2023 + (10 + month) // 12, (10 + month) % 12 + 1, 1) for month in range(12))
"""The last whose label window the 24 months still hold, and the eleven months before."""

MODELS: Final = (Model.CHURN, Model.PROPENSITY)


@dataclass(frozen=True)
class Size:
    """Training a bank of so many customers: each model's run, in a process of its own."""

    customers: int
    columns: int
    runs: tuple[Run, ...]

    @property
    def rows(self) -> int:
        """Customers times snapshots."""
        return self.customers * len(SNAPSHOTS)

    @property
    def seconds(self) -> float:
        """Of both models, one after the other."""
        return sum(run.seconds for run in self.runs)

    @property
    def peak_bytes(self) -> int:
        """Of the larger of both."""
        return max(run.peak_bytes for run in self.runs)


def measure(folder: Path, largest: int) -> list[Line]:
    """A quarter of the `largest` number of customers, half of it, and all."""
    return list(lines([_measured(folder, customers) for customers in (largest // 4, largest // 2, largest)]))


def lines(sizes: Sequence[Size]) -> Iterator[Line]:
    """Seconds and memory of each size against the aim's share, and what the rows of each doubling took."""
    for size in sizes:
        share = size.customers / AIM_CUSTOMERS
        what = f"train churn and propensity, {size.customers:,} customers × {len(SNAPSHOTS)}"
        yield Line(
            what, size.seconds, AIM_SECONDS * share, "s", f"the aim, {share:g} of 100,000's", _told(size)
        )
        yield Line(
            f"{what}, peak memory",
            size.peak_bytes / GIB,
            AIM_GIB,
            "GiB",
            "the aim for 100,000",
            f"{size.columns} columns, {size.peak_bytes / size.rows / 1024:.2f} KiB a row",
        )
    for less, more in pairwise(sizes):
        rows = more.rows - less.rows
        yield Line(
            f"from {less.customers:,} to {more.customers:,} customers",
            more.seconds / less.seconds,
            more.rows / less.rows,
            "times s",
            "times rows",
            f"each further row {(more.seconds - less.seconds) / rows * 1e6:.0f} µs, "
            f"{(more.peak_bytes - less.peak_bytes) / rows / 1024:.2f} KiB",
        )


def _told(size: Size) -> str:
    of_models = ", ".join(
        f"{model} {run.seconds:.0f} s, {run.processor_seconds:.0f} s of processors"
        for model, run in zip(MODELS, size.runs, strict=True)
    )
    return f"{size.seconds / size.rows * 1e6:.0f} µs a row; {of_models}"


def _measured(folder: Path, customers: int) -> Size:
    bank = folder / str(customers)
    columns = apart(build, bank, customers).value
    return Size(customers, columns, tuple(apart(learn, bank, str(model)) for model in MODELS))


def build(folder: Path, customers: int) -> int:
    """A bank with its features; how many of them models learn from."""
    spec = make_bank(folder, customers, SNAPSHOTS)
    return len(build_features(spec, silent, today=TODAY).model_features())


def learn(folder: Path, model: str) -> dict[str, Any]:
    """Train, register and judge one model; what `train` says of it."""
    return train(read_spec(folder), Model(model), silent).as_dict()
