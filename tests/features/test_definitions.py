import json
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feast import FeatureService, FeatureStore, FeatureView
from feast.infra.offline_stores.file_source import SavedDatasetFileStorage

from features.definitions import ONLINE_VIEW, PAGES_CONFIG, configure, define, stored_as, tags
from features.layout import AUDIT, DECISION, Feature, Layout, ViewLayout, partition

DAYS = (date(2024, 1, 1), date(2024, 1, 2))
LAYOUT = Layout(
    customer_id_type="int64",
    views=(
        ViewLayout(
            name="paid",
            description="What was paid.",
            for_models=True,
            features=(Feature(name="paid_y", kind="number"), Feature(name="paid_text", kind="text")),
        ),
        ViewLayout(
            name="advice",
            description="What was said.",
            for_models=False,
            features=(Feature(name="advice_sum", kind="number"),),
        ),
    ),
    sensitive=("paid_text",),
    snapshots=DAYS,
    fingerprint="f",
)


@pytest.fixture
def feast(tmp_path: Path) -> FeatureStore:
    """Feast's own store on the definitions, with one customer's partitions."""
    repo = tmp_path / "feast"
    repo.mkdir()
    for day in DAYS:
        moment = pa.array([datetime.combine(day, datetime.min.time(), UTC)], pa.timestamp("us", "UTC"))
        columns = {
            "customer_id": pa.array([1]),
            "event_timestamp": moment,
            "paid_y": pa.array([float(day.day)]),
        }
        path = partition(tmp_path, "paid", day)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({**columns, "paid_text": pa.array(["x"])}), path)
    store = FeatureStore(config=configure(repo, repo / "registry.db"))
    store.apply(define(LAYOUT))
    return store


def asked(moment: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": [1], "event_timestamp": pd.to_datetime([moment], utc=True).as_unit("us")}
    )


def test_views_services_and_the_order_of_arrays_are_there_to_be_looked_up(feast: FeatureStore) -> None:
    views = {view.name: view for view in feast.list_feature_views()}
    assert sorted(views) == ["advice", ONLINE_VIEW, "paid"]
    assert [name for name, view in views.items() if view.online] == [ONLINE_VIEW]
    assert views["paid"].description == "What was paid."
    found = {name: json.loads(names) for name, names in views[ONLINE_VIEW].tags.items()}
    assert found == {"numbers": ["paid_y", "advice_sum"], "texts": ["paid_text"]}
    assert feast.get_entity("customer").tags == tags(LAYOUT)
    offered = {service.name: features_of(service) for service in feast.list_feature_services()}
    assert offered == {
        LAYOUT.service_name("churn"): ["paid_y_"],
        LAYOUT.service_name("propensity"): ["paid_y_"],
        LAYOUT.service_name("uplift"): ["paid_y_"],
        LAYOUT.service_name(DECISION): ["paid_y_", "paid_text", "advice_sum"],
        LAYOUT.service_name(AUDIT): ["paid_text"],
    }


def features_of(service: FeatureService) -> list[str]:
    return [field.name for view in service.feature_view_projections for field in view.features]


def test_names_that_feast_would_lose_are_stored_otherwise() -> None:
    assert [stored_as(name) for name in ("city_y", "city", "_y", "y", "city_yy")] == [
        "city_y_",
        "city",
        "_y_",
        "y",
        "city_yy",
    ]


def test_only_the_partitions_of_the_snapshots_asked_for_are_read(feast: FeatureStore, tmp_path: Path) -> None:
    partition(tmp_path, "paid", DAYS[0]).write_bytes(b"not Parquet")
    found = feast.get_historical_features(asked("2024-01-02"), ["paid:paid_y_"]).to_arrow()
    assert found["paid_y_"].to_pylist() == [2.0]


@pytest.mark.parametrize("moment", ["2024-01-01", "2024-01-02"])
def test_a_retrieval_is_what_feasts_own_point_in_time_join_gives(
    feast: FeatureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.chdir(tmp_path / "feast")  # Feast's own looks for files from there
    entities = pd.concat([asked(moment), asked(moment).assign(customer_id=2)])
    theirs = configure(tmp_path / "feast", tmp_path / "feast" / "registry.db")
    theirs = theirs.model_copy(update={"offline_config": {"type": "duckdb"}})
    names = ["paid:paid_y_", "paid:paid_text"]
    ours, own = (
        store.get_historical_features(entities, names).to_df().sort_values("customer_id").to_dict("list")
        for store in (feast, FeatureStore(config=theirs))
    )
    assert str(ours) == str(own)
    assert ours["paid_text"] == ["x", None]


def test_a_row_is_not_taken_for_the_next_days(feast: FeatureStore, tmp_path: Path) -> None:
    kept = partition(tmp_path, "paid", DAYS[0])
    kept.replace(partition(tmp_path, "paid", DAYS[1]))
    found = feast.get_historical_features(asked("2024-01-02"), ["paid:paid_y_"]).to_arrow()
    assert found["paid_y_"].to_pylist() == [None]


def test_nothing_is_written_through_a_retrieval(feast: FeatureStore, tmp_path: Path) -> None:
    job = feast.get_historical_features(asked("2024-01-02"), ["paid:paid_y_"])
    with pytest.raises(RuntimeError, match="nextbest features"):
        job.persist(SavedDatasetFileStorage(str(tmp_path / "saved.parquet")))


def test_feasts_own_pages_open_the_repository(feast: FeatureStore, tmp_path: Path) -> None:
    (tmp_path / "feast" / "feature_store.yaml").write_text(PAGES_CONFIG)
    opened = FeatureStore(repo_path=str(tmp_path / "feast"))
    assert [view.name for view in opened.list_feature_views()] == [
        view.name for view in feast.list_feature_views()
    ]
    assert isinstance(opened.get_feature_view(ONLINE_VIEW), FeatureView)
