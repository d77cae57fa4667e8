"""The feature store: the one place where Feast is opened.

Offline, every view is a Feast FeatureView over its Parquet partitions, joined point in time by Feast's DuckDB
store. Online, one FeatureView holds a customer's features as an array of numbers and one of texts: that is
written and read several times as fast as arrays of each view, and a customer's row is of one snapshot.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
from google.protobuf.message import DecodeError

from features.arrays import ARROW_TYPES, as_ids, count_customers, moments, side_by_side, unpack
from features.definitions import (
    ENTITY,
    NUMBERS,
    ONLINE_VIEW,
    PAGES_CONFIG,
    PROJECT,
    TEXTS,
    configure,
    define,
    offered,
    tags,
)
from features.entities import entity_frame, in_their_order
from features.errors import BadInputError
from features.feast_unchecked import (
    FeatureService,
    FeatureServiceNotFoundException,
    FeatureStore,
    compute_table_id,
)
from features.layout import Layout
from features.online_file import (
    Mark,
    file_identity,
    online_path,
    open_unsafely,
    read_mark,
    secure,
    write_mark,
)
from features.online_rows import insert, online_rows
from features.partitions import require_whole
from features.progress import Progress
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, EVENT_TIMESTAMP, SNAPSHOT_DATE

HISTORICAL_ROWS = 500_000
"""Entities a retrieval: bounds memory, and shares the second or two that Feast takes to plan each."""

ONLINE_ROWS = 10_000
"""Customers a transaction."""


def open_store(spec: BankSpec, layout: Layout) -> "Store":
    """The feature store of a bank, with the definitions of `layout` applied."""
    store = Store(spec, layout)
    if not store.is_applied():
        store.apply()
    return store


class Store:
    """A bank's features by the names of feature services.

    `historical` answers training and batch as of snapshots, `online` the service for the one snapshot that
    was materialised: with the same names, types and values.
    """

    def __init__(self, spec: BankSpec, layout: Layout) -> None:
        self._spec = spec
        self._state = spec.state
        self._layout = layout
        self._registry = spec.state / "feast" / "registry.db"
        self._services: dict[str, FeatureService] = {}
        self._offered: dict[str, dict[str, str]] = {}
        self._offline: FeatureStore | None = None
        self._online: tuple[tuple[int, int] | None, FeatureStore] | None = None

    def is_applied(self) -> bool:
        """Whether Feast's registry holds the definitions of this layout, as this version makes them.

        Raises BadInputError for a registry that cannot be read.
        """
        if not self._registry.exists():
            return False
        try:
            return bool(self._feast().get_entity(ENTITY).tags == tags(self._layout))
        except DecodeError as error:
            told = "not a registry of Feast's, or cut short; remove it, and it is made anew"
            raise BadInputError(f"{self._registry}: {told}") from error

    def apply(self) -> None:
        """Register entity, views and services aside, then rename; services of earlier layouts stay."""
        self._registry.parent.mkdir(parents=True, exist_ok=True)
        self._registry.with_name("feature_store.yaml").write_text(PAGES_CONFIG, encoding="utf-8")
        aside = self._registry.with_name(f"registry.{os.getpid()}.partial")
        if self._registry.exists():
            shutil.copyfile(self._registry, aside)
        try:
            self._open(aside).apply(define(self._layout))
            aside.replace(self._registry)
        finally:
            aside.unlink(missing_ok=True)
        self._offline = self._online = None
        self._services.clear()
        self._offered.clear()

    def service_name(self, purpose: str) -> str:
        """The feature service of a model, or of `layout.DECISION`: other features, another name."""
        return self._layout.service_name(purpose)

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        """Features of `entities` (customer_id, snapshot_date): as many rows, in the same order.

        Columns: customer_id, snapshot_date, then the service's features, float64 or string; all null for a
        customer unknown at that snapshot.

        Raises BadInputError for an unknown service, a snapshot that is not built or not whole, and null or
        mistyped ids.
        """
        return pa.concat_tables(self.historical_batches(service_name, entities))

    def historical_batches(
        self, service_name: str, entities: pa.Table, rows: int = HISTORICAL_ROWS
    ) -> Iterator[pa.Table]:
        """The same, at most `rows` entities at a time, for what does not fit into memory; at least one batch.

        A batch reads only the partitions of its snapshots: entities sorted by snapshot go fastest.
        """
        service = self._service(service_name)
        ids = as_ids(entities[CUSTOMER_ID], self._layout.customer_id_type)
        dates = entities[SNAPSHOT_DATE].cast(pa.date32())
        self._require(dates.unique().to_pylist())
        checked = pa.table({CUSTOMER_ID: ids, SNAPSHOT_DATE: dates})
        for start in range(0, max(checked.num_rows, 1), rows):
            yield self._retrieve(service, checked.slice(start, rows))

    def materialise(self, snapshot: date, progress: Progress) -> int:
        """Put a snapshot online in place of what is there; returns its number of customers.

        Written aside, then renamed: killed at any moment, what was online still is. Nothing is done when the
        same features are online already.

        Raises BadInputError when the snapshot is not built, or not whole.
        """
        self._require([snapshot])
        customers = count_customers(self._state, self._layout, snapshot)
        mark, path = Mark.of(self._layout, snapshot, customers), online_path(self._state)
        if read_mark(path) != mark:
            aside = path.with_name("online.partial") / path.name
            shutil.rmtree(aside.parent, ignore_errors=True)
            aside.parent.mkdir(parents=True)
            self._write_online(aside, snapshot, customers, progress)
            write_mark(aside, mark)
            secure(aside)
            aside.replace(path)
            aside.parent.rmdir()
        progress("materialise", customers, customers)
        return customers

    def online(self, service_name: str, ids: Sequence[Any]) -> pa.Table:
        """Features of customers as materialised: one row per id, in the same order.

        Columns: customer_id, event_timestamp (the snapshot, timestamp[us, UTC]; null for an unknown
        customer), then the service's features, as `historical` gives them.

        Raises BadInputError for an unknown service, mistyped ids, and when this layout is not online.
        """
        names = self._names(self._service(service_name))
        keys = as_ids(ids, self._layout.customer_id_type)
        numbers, texts, seconds = self._look_up(keys.to_pylist())
        columns = unpack(numbers, texts, self._layout)
        features = {name: columns[name] for name in names.values()}
        return pa.table({CUSTOMER_ID: keys, EVENT_TIMESTAMP: moments(numbers, seconds), **features})

    def _require(self, snapshots: list[date]) -> None:
        self._layout.require_built(snapshots)
        require_whole(self._spec, self._layout, snapshots)

    def _retrieve(self, service: FeatureService, entities: pa.Table) -> pa.Table:
        names = self._names(service)
        kinds = dict(self._layout.features())
        schema = pa.schema([*entities.schema, *((name, ARROW_TYPES[kinds[name]]) for name in names.values())])
        if not entities.num_rows:
            return schema.empty_table()
        found = self._feast().get_historical_features(entity_frame(entities), service).to_arrow()
        columns = in_their_order(found, entities.num_rows).select(list(names))
        return pa.table([*entities.columns, *columns.columns], names=schema.names).cast(schema)

    def _look_up(self, keys: list[Any]) -> tuple[list[Any], list[Any], list[int]]:
        """Arrays of numbers and of texts, and event times in seconds; None and 0 for an unknown customer."""
        feast = self._feast_online()
        if not keys:
            return [], [], []
        arrays = [f"{ONLINE_VIEW}:{NUMBERS}", f"{ONLINE_VIEW}:{TEXTS}"]
        response = feast.get_online_features(features=arrays, entity_rows={CUSTOMER_ID: keys})
        answer = response.to_dict(include_event_timestamps=True)
        return answer[NUMBERS], answer[TEXTS], answer[f"{NUMBERS}__ts"]

    def _write_online(self, path: Path, snapshot: date, customers: int, progress: Progress) -> None:
        feast = self._open(self._registry, path)
        view = feast.get_feature_view(ONLINE_VIEW)
        feast.provider.update_infra(PROJECT, [], [view], [], [], partial=True)
        done, moment = 0, datetime.combine(snapshot, time(), UTC)
        with open_unsafely(path) as connection:
            for table in side_by_side(self._state, self._layout, snapshot, ONLINE_ROWS):
                insert(connection, compute_table_id(PROJECT, view), online_rows(table, self._layout, moment))
                done += table.num_rows
                progress("materialise", done, customers)

    def _open(self, registry: Path, online: Path | None = None) -> FeatureStore:
        return FeatureStore(config=configure(self._registry.parent, registry, online))

    def _feast(self) -> FeatureStore:
        if self._offline is None:
            self._offline = self._open(self._registry)
        return self._offline

    def _feast_online(self) -> FeatureStore:
        """Feast on the online file as it is now: what is materialised meanwhile is seen at once."""
        path = online_path(self._state)
        identity = file_identity(path)
        if self._online is None or self._online[0] != identity:
            mark = read_mark(path)
            if mark is None or mark.signature != self._layout.signature():
                found = "nothing" if mark is None else f"snapshot {mark.snapshot} of other features"
                raise BadInputError(f"{path} holds {found}; materialise a snapshot first: `nextbest serve`")
            self._online = (identity, self._open(self._registry, path))
        return self._online[1]

    def _service(self, name: str) -> FeatureService:
        """Kept, as Feast would read it from its registry anew each time: some 100 ms at 250 features."""
        if name not in self._services:
            self._services[name] = self._registered(name)
        return self._services[name]

    def _names(self, service: FeatureService) -> dict[str, str]:
        """Kept too: for one customer it takes as long as looking the customer up."""
        if service.name not in self._offered:
            self._offered[service.name] = offered(service, self._layout)
        return self._offered[service.name]

    def _registered(self, name: str) -> FeatureService:
        feast = self._feast()
        try:
            return feast.get_feature_service(name)
        except FeatureServiceNotFoundException as error:
            known = ", ".join(service.name for service in feast.list_feature_services())
            raise BadInputError(f"unknown feature service {name!r}; there are {known}") from error
