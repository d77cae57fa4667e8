"""What does Feast's point-in-time retrieval cost over a direct join of the same partitions?"""

import duckdb
import pyarrow as pa

from experiments.bench.board import Line
from experiments.bench.measure import side_by_side
from features.layout import Layout, load_layout, partition
from features.spec import BankSpec
from features.store import open_store
from features.vocabulary import Model
from serving.scores import population


def measure(spec: BankSpec) -> list[Line]:
    """Every customer at every snapshot, with churn's features, into memory."""
    layout = load_layout(spec)
    store = open_store(spec, layout)
    service = store.service_name(Model.CHURN)
    entities = pa.concat_tables([population(spec, layout, day) for day in layout.snapshots])
    ours, theirs = side_by_side(
        lambda: store.historical(service, entities), lambda: _joined(spec, layout, entities), times=2
    )
    _require_equal(store.historical(service, entities), _joined(spec, layout, entities))
    rows = entities.num_rows
    return [
        Line(
            "historical retrieval",
            rows / ours,
            rows / theirs,
            "rows/s",
            "a direct DuckDB join",
            f"{rows:,} rows of {len(layout.model_features())} features, equal",
        )
    ]


def _joined(spec: BankSpec, layout: Layout, entities: pa.Table) -> pa.Table:
    """The same table by an equality join: every partition's event time is its snapshot."""
    names = [name for name, _ in layout.model_features()]
    joins = [
        f"LEFT JOIN read_parquet([{', '.join(_files(spec, layout, view.name))}]) AS {view.name}_view ON"
        f" e.customer_id = {view.name}_view.customer_id AND e.moment = {view.name}_view.event_timestamp"
        for view in layout.views
        if view.for_models
    ]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("entities", entities)
        return connection.execute(
            f"""SELECT e.customer_id, e.snapshot_date, {", ".join(names)}
            FROM (SELECT *, snapshot_date::TIMESTAMPTZ AS moment, row_number() OVER () AS place
                  FROM entities) AS e {" ".join(joins)} ORDER BY place"""  # noqa: S608 - our own names
        ).to_arrow_table()


def _files(spec: BankSpec, layout: Layout, view: str) -> list[str]:
    return [f"'{partition(spec.state, view, day)}'" for day in layout.snapshots]


def _require_equal(ours: pa.Table, theirs: pa.Table) -> None:
    same = theirs.select(ours.column_names).cast(ours.schema)
    for name in ours.column_names:
        if not ours[name].equals(same[name]):
            raise AssertionError(f"{name}: Feast and the direct join disagree")
