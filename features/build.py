"""Features built: every view at every snapshot, one Parquet partition each, for Feast to read.

A partition carries in its footer the fingerprint of what it was computed from: it is current or built anew,
whatever happened before. The layout is written last and says that all of them are.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Final

from features.bank import Bank
from features.catalogue import VIEWS
from features.check import require_valid
from features.days import SNAPSHOT, tell
from features.describe import describe
from features.fingerprint import (
    fingerprint_bank,
    fingerprint_data,
    fingerprint_features,
    fingerprint_sources,
)
from features.layout import Layout, ViewLayout, forget_layout, partition, save_layout
from features.locking import lock_file
from features.partitions import Query, is_current, remove_others, write_partition
from features.point_in_time import before, population
from features.progress import Progress
from features.spec import BankSpec
from features.tables import open_bank
from features.views import View

MEMORY_LIMIT: Final = "4GB"
"""DuckDB's; what needs more is spilt to disk."""
LOCK_FILE: Final = "features.lock"


def build_features(spec: BankSpec, progress: Progress, *, today: date) -> Layout:
    """Compute what is not current of every view at every snapshot of bank.toml, and return the layout.

    Partitions of other views and snapshots are removed. Killed at any moment, the next call finishes the
    work; until then the bank counts as not built. `today` is the last day of the past.

    Raises BadInputError when the bank's data or bank.toml's sensitive columns are not valid.
    """
    bank = open_bank(spec)
    require_valid(bank, today)
    with closing(_alone(spec.state, progress)):
        data = fingerprint_data(spec)
        described = describe(bank, VIEWS, fingerprint_bank(spec, data))
        layout = described.model_copy(update={"sources": fingerprint_sources(spec, data)})
        build_partitions(bank, VIEWS, layout, fingerprint_features(spec, data), progress)
    return layout


def _alone(state: Path, progress: Progress) -> IO[bytes]:
    """The lock of who builds: a second build would take away what the first is writing.

    It waits, and then finds the work done.
    """
    path = state / LOCK_FILE
    try:
        return lock_file(path, wait=False)
    except BlockingIOError:
        progress("waiting for another `nextbest features`", 0, 1)
        return lock_file(path)


def build_partitions(
    bank: Bank, views: Sequence[View], layout: Layout, fingerprint: str, progress: Progress
) -> None:
    """Write the partitions of `layout` that do not carry `fingerprint` yet, then the layout itself."""
    state = bank.spec.state
    bank.connection.raw_sql(f"SET memory_limit = '{MEMORY_LIMIT}'")
    due = list(_due(state, layout, fingerprint))
    if due:
        forget_layout(state)
    remove_others(state, layout)
    queries = dict(_queries(bank, views, {view.name for _, view in due}))
    total = len(layout.snapshots) * len(layout.views)
    done = total - len(due)
    for day, pairs in groupby(due, key=itemgetter(0)):
        tell(bank.connection, day)
        customers = population(bank, day).cache()
        for _, view in pairs:
            progress("features", done, total)
            path = partition(state, view.name, day)
            write_partition(path, view, day, queries[view.name], customers, fingerprint=fingerprint)
            done += 1
    progress("features", total, total)
    save_layout(state, layout)


def _queries(bank: Bank, views: Sequence[View], due: Collection[str]) -> Iterator[tuple[str, Query]]:
    """Each view's query, the same for every snapshot."""
    known = before(bank, SNAPSHOT)
    for view in views:
        if view.name in due:
            features = view.compute(known, SNAPSHOT)
            yield view.name, Query(tuple(features.columns), bank.connection.compile(features))


def _due(state: Path, layout: Layout, fingerprint: str) -> Iterator[tuple[date, ViewLayout]]:
    """The partitions that are not current, by snapshot."""
    for day in layout.snapshots:
        for view in layout.views:
            if not is_current(partition(state, view.name, day), view, fingerprint):
                yield day, view
