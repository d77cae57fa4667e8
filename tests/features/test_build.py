import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow.parquet as pq
import pytest

from features.bank import Bank
from features.build import LOCK_FILE, build_features, build_partitions
from features.describe import describe
from features.errors import BadInputError
from features.layout import Layout, features_folder, load_layout, partition
from features.locking import lock_file
from features.progress import silent
from features.spec import read_spec
from features.tables import open_bank
from features.views import View
from features.vocabulary import CUSTOMER_ID, Table

JANUARY, FEBRUARY, MARCH = date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)
TODAY = date(2025, 1, 1)

CUSTOMERS: list[dict[str, Any]] = [
    {"customer_id": 7, "joined_on": date(2023, 5, 1), "kind": "company", "sex": None},
    {"customer_id": 3, "joined_on": date(2024, 1, 15), "kind": "individual", "sex": "f"},
    {"customer_id": 5, "joined_on": None, "kind": "individual", "sex": "m"},
]
TRANSACTIONS: list[dict[str, Any]] = [
    {"customer_id": 7, "at": datetime.fromisoformat("2023-12-31 23:00"), "amount": 1.0},
    {"customer_id": 7, "at": datetime.fromisoformat("2024-01-01 00:00"), "amount": 2.0},
    {"customer_id": 3, "at": datetime.fromisoformat("2024-01-31 23:00"), "amount": 4.0},
]
SUMS = {JANUARY: {5: None, 7: 1.0}, FEBRUARY: {3: 4.0, 5: None, 7: 3.0}, MARCH: {3: 4.0, 5: None, 7: 3.0}}
"""What each customer known at a snapshot had paid before it, counted by hand."""


def spent(bank: Bank, snapshot: date) -> ir.Table:
    table = bank.table(Table.TRANSACTIONS)
    return table.group_by(CUSTOMER_ID).aggregate(spent_sum=table.amount.sum())


def who(bank: Bank, snapshot: date) -> ir.Table:
    table = bank.table(Table.CUSTOMERS)
    return table.select(CUSTOMER_ID, who_kind=table.kind, customer_sex=table.sex)


def nothing(bank: Bank, snapshot: date) -> ir.Table:
    return bank.table(Table.CUSTOMERS).select(CUSTOMER_ID)


VIEWS = (View("spent", "", spent), View("nothing", "", nothing), View("who", "", who, for_models=False))

WriteBank = Callable[..., Path]


@pytest.fixture
def folder(write_bank: WriteBank) -> Path:
    return bank_folder(write_bank, [JANUARY, FEBRUARY])


def bank_folder(write_bank: WriteBank, snapshots: list[date], **options: Any) -> Path:
    tables = {"customers": CUSTOMERS, "transactions": TRANSACTIONS}
    return write_bank(tables, snapshots={"dates": snapshots}, sensitive=["sex"], **options)


def build(folder: Path, fingerprint: str = "f", views: tuple[View, ...] = VIEWS) -> Layout:
    bank = open_bank(read_spec(folder))
    layout = describe(bank, views, fingerprint)
    build_partitions(bank, views, layout, fingerprint, silent)
    return layout


def partitions(folder: Path) -> dict[Path, int]:
    """Every file of a view's folder, with the time it was written."""
    root = features_folder(folder / ".nextbest")
    return {path.relative_to(root): path.stat().st_mtime_ns for path in root.glob("*/*")}


def test_every_view_is_written_at_every_snapshot_as_it_was_known_then(folder: Path) -> None:
    layout = build(folder)
    assert load_layout(read_spec(folder)) == layout
    assert layout.snapshots == (JANUARY, FEBRUARY)
    assert [view.name for view in layout.views] == ["spent", "who"]
    for day in layout.snapshots:
        found = pq.read_table(partition(folder / ".nextbest", "spent", day)).to_pydict()
        assert dict(zip(found["customer_id"], found["spent_sum"], strict=True)) == SUMS[day]
        assert found["customer_id"] == sorted(SUMS[day])
        assert {moment.date() for moment in found["event_timestamp"]} == {day}
    assert len(partitions(folder)) == 4


def test_the_layout_says_what_models_may_see(folder: Path) -> None:
    layout = build(folder)
    assert layout.customer_id_type == "int64"
    assert layout.features() == [("spent_sum", "number"), ("who_kind", "text"), ("customer_sex", "text")]
    assert layout.model_features() == [("spent_sum", "number")]
    assert layout.sensitive == ("customer_sex",)


def test_what_is_current_is_left_alone(folder: Path) -> None:
    build(folder)
    first = partitions(folder)
    build(folder)
    assert partitions(folder) == first
    build(folder, fingerprint="other data")
    assert all(written > first[path] for path, written in partitions(folder).items())


def test_a_new_snapshot_adds_its_partitions_and_a_dropped_one_loses_them(
    folder: Path, write_bank: WriteBank
) -> None:
    build(folder)
    first = partitions(folder)
    longer = bank_folder(write_bank, [JANUARY, MARCH])
    shutil.copytree(
        folder / ".nextbest", longer / ".nextbest", copy_function=shutil.copy2, dirs_exist_ok=True
    )
    build(longer)
    second = partitions(longer)
    january, march = Path("spent/2024-01-01.parquet"), Path("spent/2024-03-01.parquet")
    assert second[january] == first[january]
    assert sorted(second) == [january, march, Path("who/2024-01-01.parquet"), Path("who/2024-03-01.parquet")]


def test_a_build_that_fails_leaves_no_layout_to_read_by(folder: Path) -> None:
    build(folder)

    def broken(bank: Bank, snapshot: date) -> ir.Table:
        return spent(bank, snapshot).union(spent(bank, snapshot))

    with pytest.raises(ValueError, match="view spent at 2024-01-01: 3 rows for 2 customers"):
        build(folder, "other", (View("spent", "", broken), *VIEWS[1:]))
    with pytest.raises(BadInputError, match="no features are built"):
        load_layout(read_spec(folder))


def test_a_view_of_another_type_is_refused(folder: Path) -> None:
    def counted(bank: Bank, snapshot: date) -> ir.Table:
        return (
            bank.table(Table.TRANSACTIONS).group_by(CUSTOMER_ID).aggregate(many=lambda table: table.count())
        )

    with pytest.raises(ValueError, match="view counted: neither float64 nor string: many"):
        build(folder, views=(View("counted", "", counted),))


def test_texts_as_ids(write_bank: WriteBank) -> None:
    tables = {"customers": CUSTOMERS, "transactions": TRANSACTIONS}
    named = {
        name: [row | {"customer_id": f"k{row['customer_id']}"} for row in rows]
        for name, rows in tables.items()
    }
    folder = write_bank(named)
    assert build(folder).customer_id_type == "string"
    found = pq.read_table(partition(folder / ".nextbest", "spent", JANUARY))
    assert found["customer_id"].to_pylist() == ["k5", "k7"]


KILLED_AT_THE_THIRD_PARTITION = """
import os, signal, sys
from datetime import date
from pathlib import Path
from features.build import build_features
from features.spec import read_spec

def progress(stage, done, total):
    if done == 2:
        os.kill(os.getpid(), signal.SIGKILL)

build_features(read_spec(Path(sys.argv[1])), progress, today=date(2025, 1, 1))
"""


def test_a_killed_build_counts_as_none_and_is_finished_by_the_next(
    folder: Path, write_bank: WriteBank
) -> None:
    command = [sys.executable, "-W", "ignore", "-c", KILLED_AT_THE_THIRD_PARTITION, str(folder)]
    killed = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -signal.SIGKILL
    left = partitions(folder)
    assert len(left) == 2
    with pytest.raises(BadInputError, match="no features are built"):
        load_layout(read_spec(folder))

    stages: list[tuple[str, int, int]] = []
    layout = build_features(read_spec(folder), lambda *step: stages.append(step), today=TODAY)
    assert load_layout(read_spec(folder)) == layout
    total = len(layout.views) * 2
    assert stages[0] == ("features", 2, total) and stages[-1] == ("features", total, total)
    finished = partitions(folder)
    assert left.items() <= finished.items() and len(finished) == total

    whole = bank_folder(write_bank, [JANUARY, FEBRUARY])
    assert build_features(read_spec(whole), silent, today=TODAY) == layout
    for path in finished:
        one, other = (features_folder(one / ".nextbest") / path for one in (folder, whole))
        assert pq.read_table(one).equals(pq.read_table(other))


def test_data_that_breaks_a_rule_is_refused_before_anything_is_written(write_bank: WriteBank) -> None:
    folder = write_bank({"customers": [*CUSTOMERS, CUSTOMERS[0]]})
    with pytest.raises(BadInputError, match="customer_id"):
        build_features(read_spec(folder), silent, today=TODAY)
    assert not features_folder(folder / ".nextbest").exists()


def test_a_second_build_waits_for_the_first_and_loses_nothing(folder: Path) -> None:
    spec, waits = read_spec(folder), threading.Event()

    def told(stage: str, done: int, total: int) -> None:
        if stage.startswith("waiting"):
            waits.set()

    spec.state.mkdir(exist_ok=True)
    first = lock_file(spec.state / LOCK_FILE)
    second = threading.Thread(target=build_features, args=(spec, told), kwargs={"today": TODAY})
    second.start()
    assert waits.wait(timeout=60)
    assert not list(features_folder(spec.state).glob("*/*"))
    first.close()
    second.join(timeout=300)
    assert load_layout(spec).snapshots == (JANUARY, FEBRUARY)
