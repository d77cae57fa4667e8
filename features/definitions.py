"""What Feast is told of a bank: entity, views and services of a layout, and how its partitions are read."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.arrays import names_of
from features.errors import BadInputError
from features.feast_unchecked import (
    Array,
    DataSource,
    DuckDBOfflineStore,
    DuckDBOfflineStoreConfig,
    Entity,
    FeatureService,
    FeatureView,
    Field,
    FileSource,
    Float64,
    Int64,
    PushSource,
    RepoConfig,
    RetrievalJob,
    String,
    ValueType,
)
from features.fingerprint import fingerprint_code
from features.layout import AUDIT, DECISION, Kind, Layout, ViewLayout
from features.partitions import quoted
from features.reading import connect
from features.vocabulary import CUSTOMER_ID, EVENT_TIMESTAMP, Model

PROJECT: Final = "nextbest"
ENTITY: Final = "customer"
ONLINE_VIEW: Final = "customer_online"
ENTITIES: Final = "entities"
NUMBERS: Final = "numbers"
TEXTS: Final = "texts"
KEY_VERSION: Final = 3
"""Of Feast's ways to write keys."""

TTL = timedelta(hours=12)
"""Less than a day, so that no snapshot takes an earlier one's features: Feast's bound is inclusive."""

TYPES = {"number": Float64, "text": String}
ID_TYPES = {"int64": (ValueType.INT64, Int64), "string": (ValueType.STRING, String)}

PAGES_CONFIG = f"""\
# Read by `feast -c <this folder> ui` only: Nextbest itself writes the registry beside it.
project: {PROJECT}
provider: local
registry: registry.db
offline_store: {{type: duckdb}}
online_store: {{type: sqlite, path: online.db}}
entity_key_serialization_version: {KEY_VERSION}
"""


class PartitionOfflineStoreConfig(DuckDBOfflineStoreConfig):  # type: ignore[misc]  # Feast ships no types
    """Feast finds it by the store's name."""


class PartitionOfflineStore(DuckDBOfflineStore):  # type: ignore[misc]  # Feast ships no types
    """Feast's DuckDB store, made for partitions that hold one moment each: the snapshot asked for.

    The point-in-time join is then one by equal moments. Feast's own reads every snapshot whatever is asked,
    joins by inequality, and composes its query anew for every batch, column by column.
    """

    @staticmethod
    def get_historical_features(
        config: RepoConfig,
        *,
        feature_views: Sequence[FeatureView],
        feature_refs: Sequence[str],
        entity_df: pd.DataFrame,
        full_feature_names: bool = False,
        **_: Any,
    ) -> RetrievalJob:
        """The features of the entities' own moments; null where there is no row of that very moment."""
        assert not full_feature_names, "every feature's name tells its view"
        folder = Path(config.repo_path)
        days = [f"{day:%Y-%m-%d}.parquet" for day in entity_df[EVENT_TIMESTAMP].unique()]
        columns, joins = [f"e.{name}" for name in entity_df.columns], [f"{ENTITIES} AS e"]
        for view in feature_views:
            source = view.batch_source
            asked = [ref.partition(":")[2] for ref in feature_refs if ref.startswith(f"{view.name}:")]
            ours = {stored: name for name, stored in source.field_mapping.items()}
            columns += [f'{view.name}."{ours.get(name, name)}" AS "{name}"' for name in asked]
            files = ", ".join(quoted(str((folder / source.path).parent / day)) for day in days)
            same = " AND ".join(f"e.{key} = {view.name}.{key}" for key in (CUSTOMER_ID, EVENT_TIMESTAMP))
            joins.append(f"LEFT JOIN read_parquet([{files}]) AS {view.name} ON {same}")
        query = f"SELECT {', '.join(columns)} FROM {' '.join(joins)}"  # noqa: S608 - our own names
        return _Retrieval(connect(folder.parent), entity_df, query)


class _Retrieval(RetrievalJob):  # type: ignore[misc]  # Feast ships no types
    """An answer to come: `query` over the table `ENTITIES`."""

    full_feature_names = False
    on_demand_feature_views: Sequence[Any] = ()
    metadata = None

    def __init__(self, connection: Backend, entities: pd.DataFrame, query: str) -> None:
        super().__init__()
        self._connection = connection
        self._query = query
        connection.con.register(ENTITIES, pa.Table.from_pandas(entities, preserve_index=False))

    def _to_arrow_internal(self, timeout: int | None = None) -> pa.Table:
        del timeout  # nobody waits for others here
        return self._connection.con.sql(self._query).to_arrow_table()

    def _to_df_internal(self, timeout: int | None = None) -> Any:
        return self._to_arrow_internal(timeout).to_pandas()

    def persist(self, *_: Any, **__: Any) -> None:
        """Refused."""
        raise RuntimeError("partitions are written by `nextbest features`")


def configure(repo: Path, registry: Path, online: Path | None = None) -> RepoConfig:
    """Feast's configuration of a bank's own repository, by default without an online store."""
    return RepoConfig(
        project=PROJECT,
        provider="local",
        repo_path=repo,
        # Never read again by time: the registry is opened anew when it changes.
        registry={"path": str(registry), "cache_ttl_seconds": 0},
        offline_store={"type": f"{__name__}.{PartitionOfflineStore.__name__}"},
        online_store={"type": "sqlite", "path": str(online)} if online else None,
        entity_key_serialization_version=KEY_VERSION,
    )


def define(layout: Layout) -> list[Any]:
    """Every Feast object of a layout: the entity, a view for each of its views, one view online, services."""
    id_value, id_type = ID_TYPES[layout.customer_id_type]
    entity = Entity(name=ENTITY, join_keys=[CUSTOMER_ID], value_type=id_value, tags=tags(layout))
    key = Field(name=CUSTOMER_ID, dtype=id_type)
    views = {view.name: _offline_view(view, entity, key) for view in layout.views}
    online = _online_view(layout, entity, key, next(iter(views.values())).batch_source)
    purposes = [purpose for purpose in (*Model, DECISION, AUDIT) if layout.service_features(purpose)]
    services = [_service(layout, views, purpose) for purpose in purposes]
    return [entity, *views.values(), online, *services]


def tags(layout: Layout) -> dict[str, str]:
    """The entity's tags: they tell of which layout, by which version of the code, a registry is."""
    return {"layout": layout.signature(), "code": fingerprint_code()}


def stored_as(feature: str) -> str:
    """A feature's name in Feast, whose DuckDB store loses columns that end in `_y`."""
    return f"{feature}_" if feature.endswith("_y") else feature


def offered(service: FeatureService, layout: Layout) -> dict[str, str]:
    """A service's features in order: from the name in Feast to ours.

    Raises BadInputError naming those that the layout no longer has.
    """
    ours = {stored_as(name): name for name, _ in layout.features()}
    names = [field.name for view in service.feature_view_projections for field in view.features]
    gone = [name for name in names if name not in ours]
    if gone:
        raise BadInputError(
            f"feature service {service.name} has features that are no longer built: {', '.join(gone)}; "
            "train the model anew"
        )
    return {name: ours[name] for name in names}


def _offline_view(view: ViewLayout, entity: Entity, key: Field) -> FeatureView:
    names = [feature.name for feature in view.features]
    source = FileSource(
        name=view.name,
        path=f"../features/{view.name}/*.parquet",
        timestamp_field=EVENT_TIMESTAMP,
        field_mapping={name: stored_as(name) for name in names if stored_as(name) != name},
    )
    fields = [Field(name=stored_as(feature.name), dtype=TYPES[feature.kind]) for feature in view.features]
    return FeatureView(
        name=view.name,
        description=view.description,
        entities=[entity],
        schema=[key, *fields],
        source=source,
        ttl=TTL,
        online=False,
    )


def _online_view(layout: Layout, entity: Entity, key: Field, batch_source: DataSource) -> FeatureView:
    arrays: dict[str, Kind] = {NUMBERS: "number", TEXTS: "text"}
    return FeatureView(
        name=ONLINE_VIEW,
        description="Every feature of one snapshot: numbers and texts in the order that the tags name.",
        entities=[entity],
        schema=[key, *(Field(name=array, dtype=Array(TYPES[kind])) for array, kind in arrays.items())],
        source=PushSource(name=ONLINE_VIEW, batch_source=batch_source),
        tags={array: json.dumps(names_of(layout, kind)) for array, kind in arrays.items()},
    )


def _service(layout: Layout, views: dict[str, FeatureView], purpose: str) -> FeatureService:
    offered = {name for name, _ in layout.service_features(purpose)}
    chosen = {
        view.name: [stored_as(feature.name) for feature in view.features if feature.name in offered]
        for view in layout.views
    }
    features = [views[name][names] for name, names in chosen.items() if names]
    return FeatureService(name=layout.service_name(purpose), features=features)
