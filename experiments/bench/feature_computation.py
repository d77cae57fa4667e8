"""Are the features as fast as the same ones in hand-written SQL?"""

import re
from dataclasses import replace
from itertools import count
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq

from experiments.bench.board import Line
from experiments.bench.feature_sql import balances_sql, transactions_sql
from experiments.bench.measure import side_by_side
from experiments.bench.subject import TODAY
from features.bank import Bank
from features.build import MEMORY_LIMIT, build_partitions
from features.describe import describe
from features.layout import partition
from features.progress import silent
from features.spec import BankSpec, SnapshotSpec
from features.tables import open_bank
from features.views import View
from features.views.balances import VIEW as BALANCES
from features.views.transactions import VIEW as TRANSACTIONS
from features.vocabulary import CUSTOMER_ID

EXACT = 1e-9
AMOUNTS = r"AS (transactions_\w+_(?:count|sum)_\d+d|balances_products)\b"

ROUNDED = 1.001e-4
"""Sums are rounded to four decimals, so a last bit may tip a value over to the next one, very seldom."""

MOST_TIPPED = 1e-4


def measure(spec: BankSpec, scratch: Path) -> list[Line]:
    """Both views at the newest snapshot, from Parquet to Parquet, in DuckDB both times."""
    return [_view(spec, scratch, view) for view in (TRANSACTIONS, BALANCES)]


def _view(spec: BankSpec, scratch: Path, view: View) -> Line:
    bank = _at_one_snapshot(spec, scratch / "ours")
    layout = describe(bank, (view,), "")
    theirs = scratch / f"{view.name}.parquet"
    runs = count()
    ours, reference = side_by_side(
        # Another fingerprint each time, since what is current is not built again.
        lambda: build_partitions(bank, (view,), layout, f"run {next(runs)}", silent),
        lambda: _copy(spec.folder, _sql(bank, spec.folder, view), theirs),
    )
    tipped, values = compare(partition(bank.spec.state, view.name, TODAY), theirs)
    customers = pq.read_metadata(theirs).num_rows
    return Line(
        f"features: {view.name} ({len(layout.views[0].features)})",
        customers / ours,
        customers / reference,
        "customers/s",
        "the same in hand-written DuckDB SQL",
        f"equal to 1e-9; {tipped} of {values:,} values rounded the other way",
    )


def _at_one_snapshot(spec: BankSpec, folder: Path) -> Bank:
    """The bank, with its partitions written elsewhere."""
    changes = {"folder": folder, "snapshots": SnapshotSpec(dates=(TODAY,)), "sensitive": ()}
    return replace(open_bank(spec), spec=spec.model_copy(update=changes))


def _sql(bank: Bank, folder: Path, view: View) -> str:
    if view is TRANSACTIONS:
        return transactions_sql(folder, TODAY, bank.channels, bank.categories)
    return balances_sql(folder, TODAY, tuple(bank.spec.products))


def _copy(folder: Path, sql: str, path: Path) -> None:
    """The features of every customer, in order; who has no rows has zero counts and sums."""
    zeros = ", ".join(f"coalesce({name}, 0) AS {name}" for name in re.findall(AMOUNTS, sql))
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute(
            f"""COPY (
                SELECT * REPLACE ({zeros})
                FROM (SELECT customer_id FROM read_parquet('{folder}/customers.parquet')
                      WHERE joined_on < DATE '{TODAY}')
                LEFT JOIN ({sql}) USING (customer_id) ORDER BY customer_id
            ) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"""  # noqa: S608 - a benchmark's own names
        )


def compare(ours: Path, theirs: Path) -> tuple[int, int]:
    """How many values were rounded the other way, and how many there are.

    Raises AssertionError naming a feature whose values differ, or when too many were rounded otherwise.
    """
    left, right = pq.read_table(ours), pq.read_table(theirs)
    names = [name for name in left.column_names if name not in (CUSTOMER_ID, "event_timestamp")]
    assert left[CUSTOMER_ID].equals(right[CUSTOMER_ID])
    tipped = 0
    for name in names:
        a, b = (np.asarray(table[name].to_numpy(), dtype=np.float64) for table in (left, right))
        apart = np.abs(a - b) > EXACT * np.maximum(1, np.abs(a))
        unequal = apart | (np.isnan(a) != np.isnan(b))
        assert (np.abs(a - b)[unequal] < ROUNDED).all(), (name, a[unequal][:3], b[unequal][:3])
        tipped += int(unequal.sum())
    values = len(names) * left.num_rows
    assert tipped <= MOST_TIPPED * values, f"{tipped} of {values} values differ by a rounding step"
    return tipped, values
