import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import store as store_module
from features.errors import BadInputError
from features.layout import DECISION, Feature, Kind, Layout, ViewLayout, partition, save_layout
from features.online_file import online_path, read_mark
from features.progress import silent
from features.spec import BankSpec, parse
from features.store import Store, open_store

DAYS = (date(2024, 1, 1), date(2024, 1, 2), date(2024, 2, 1))
"""The second follows at once on the first, so that a row kept too long would be found."""

KNOWN = {DAYS[0]: (1, 2, 5), DAYS[1]: (2, 5, 7), DAYS[2]: (1, 2, 5, 7, 9)}
"""Who was known at a snapshot; some had been before and are no more."""

Row = dict[str, Any]


def view(name: str, *features: str, for_models: bool = True) -> ViewLayout:
    """A view whose features that end in `text` are texts."""
    kinds: dict[str, Kind] = {one: "text" if one.endswith("text") else "number" for one in features}
    described = tuple(Feature(name=one, kind=kind) for one, kind in kinds.items())
    return ViewLayout(name=name, description=f"The {name}.", for_models=for_models, features=described)


VIEWS = (
    view("paid", "paid_sum", "paid_city_y", "paid_性别_text"),
    view("customer", "customer_text", "customer_age"),
    view("advice", "advice_ok", for_models=False),
)
NAMES = ["paid_sum", "paid_city_y", "paid_性别_text", "customer_text", "customer_age", "advice_ok"]


def layout(views: Sequence[ViewLayout] = VIEWS, **changes: Any) -> Layout:
    given_ = {"customer_id_type": "int64", "views": tuple(views), "sensitive": ("customer_age",)}
    return Layout.model_validate({**given_, "snapshots": DAYS, "fingerprint": "f", **changes})


DECISION_SERVICE = layout().service_name(DECISION)


def value(feature: str, customer: int, day: date) -> float | str | None:
    """What a feature is: known by customer, day and name, null for some."""
    mixed = (customer * 7 + day.toordinal() * 3 + len(feature)) % 11
    if mixed == 0:
        return None
    return f"{feature} {mixed}" if feature.endswith("text") else customer / 3 + day.toordinal() / mixed


def ids(layout: Layout, customers: Sequence[int]) -> list[Any]:
    return [f"k{one}" if layout.customer_id_type == "string" else one for one in customers]


def write(spec: BankSpec, layout: Layout) -> None:
    for day, customers in KNOWN.items():
        moment = pa.scalar(datetime.combine(day, time(), UTC), pa.timestamp("us", "UTC"))
        for one in layout.views:
            columns: dict[str, Any] = {"customer_id": ids(layout, customers)}
            columns["event_timestamp"] = pa.repeat(moment, len(customers))
            for feature in one.features:
                kind = pa.string() if feature.kind == "text" else pa.float64()
                found = [value(feature.name, customer, day) for customer in customers]
                columns[feature.name] = pa.array(found, kind)
            path = partition(spec.state, one.name, day)
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.table(columns), path)
    save_layout(spec.state, layout)


def bank(folder: Path) -> BankSpec:
    raw = {"name": "Bank", "tables": {"customers": {"path": "c.csv"}}, "snapshots": {"dates": list(DAYS)}}
    return parse(BankSpec, raw | {"folder": folder}, folder)


def built(folder: Path, layout: Layout) -> Store:
    """A store over partitions of `layout`."""
    spec = bank(folder)
    write(spec, layout)
    return open_store(spec, layout)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One that tests only read, with the last snapshot online."""
    store = built(tmp_path_factory.mktemp("bank"), layout())
    store.materialise(DAYS[2], silent)
    return store


def entities(rows: Sequence[tuple[int, date]], layout: Layout) -> pa.Table:
    customers, days = ([one for one, _ in rows], [day for _, day in rows])
    kind = pa.type_for_alias(layout.customer_id_type)
    columns = [pa.array(ids(layout, customers), kind), pa.array(days, pa.date32())]
    return pa.table(columns, names=["customer_id", "snapshot_date"])


def expected(rows: Sequence[tuple[int, date]], names: Sequence[str], layout: Layout) -> list[Row]:
    """The answer by looking every value up in its partition's definition."""
    return [
        {"customer_id": ids(layout, [customer])[0], "snapshot_date": day}
        | {name: value(name, customer, day) if customer in KNOWN[day] else None for name in names}
        for customer, day in rows
    ]


rows_of_entities = st.lists(st.tuples(st.integers(0, 10), st.sampled_from(DAYS)), max_size=30)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows_of_entities, st.integers(1, 40))
def test_retrieval_is_a_look_up_in_the_snapshots_own_partition(
    store: Store, rows: list[tuple[int, date]], size: int
) -> None:
    batches = list(store.historical_batches(store.service_name(DECISION), entities(rows, layout()), size))
    assert [batch.num_rows for batch in batches[:-1]] == [size] * (len(batches) - 1)
    found = pa.concat_tables(batches)
    assert found.column_names == ["customer_id", "snapshot_date", *NAMES]
    kinds = [pa.string() if name.endswith("text") else pa.float64() for name in NAMES]
    assert found.schema.types == [pa.int64(), pa.date32(), *kinds]
    assert found.to_pylist() == expected(rows, NAMES, layout())


def test_models_are_offered_neither_sensitive_features_nor_views_kept_from_them(store: Store) -> None:
    rows = [(9, DAYS[2]), (3, DAYS[0]), (9, DAYS[2]), (1, DAYS[1])]
    for model in ("churn", "propensity"):
        found = store.historical(store.service_name(model), entities(rows, layout()))
        assert found.to_pylist() == expected(rows, NAMES[:4], layout())


def test_customers_named_by_texts(tmp_path: Path) -> None:
    texts = layout(customer_id_type="string")
    store = built(tmp_path, texts)
    service, rows = store.service_name(DECISION), [(7, DAYS[2]), (0, DAYS[2]), (2, DAYS[2])]
    history = store.historical(service, entities(rows, texts))
    assert history.to_pylist() == expected(rows, NAMES, texts)
    store.materialise(DAYS[2], silent)
    assert same(store.online(service, ["k7", "k0", "k2"]), history)


def same(online: pa.Table, history: pa.Table) -> bool:
    """Whether both have the same customers and features, to the last bit."""
    return bool(online.drop_columns(["event_timestamp"]).equals(history.drop_columns(["snapshot_date"])))


@pytest.mark.parametrize("purpose", ["churn", DECISION])
def test_online_answers_as_the_history_of_the_snapshot_does(store: Store, purpose: str) -> None:
    customers = [5, 4, 9, 5, 1, 1000]
    service = store.service_name(purpose)
    online = store.online(service, customers)
    history = store.historical(service, entities([(one, DAYS[2]) for one in customers], layout()))
    assert online.column_names == ["customer_id", "event_timestamp", *history.column_names[2:]]
    assert same(online, history)
    moment = datetime(2024, 2, 1, tzinfo=UTC)
    assert online["event_timestamp"].to_pylist() == [moment, None, moment, moment, moment, None]
    assert online["event_timestamp"].type == pa.timestamp("us", "UTC")


def test_nobody_asked_for_is_answered_with_no_rows(store: Store) -> None:
    service = store.service_name(DECISION)
    online, history = store.online(service, []), store.historical(service, entities([], layout()))
    assert online.num_rows == history.num_rows == 0
    assert online.schema.types[2:] == history.schema.types[2:]


@pytest.mark.parametrize("asked", ["x", None, 1.5])
def test_ids_that_do_not_fit_are_refused(store: Store, asked: Any) -> None:
    table = pa.table({"customer_id": pa.array([asked]), "snapshot_date": pa.array(DAYS[:1], pa.date32())})
    with pytest.raises(BadInputError, match="customer_id: expected int64"):
        store.online(DECISION_SERVICE, [asked])
    with pytest.raises(BadInputError, match="customer_id: expected int64"):
        store.historical(DECISION_SERVICE, table)


def test_unknown_services_and_snapshots_are_refused_by_name(store: Store) -> None:
    asked = entities([(1, DAYS[0])], layout())
    with pytest.raises(BadInputError, match=r"unknown feature service 'churn'; there are .*churn-"):
        store.historical("churn", asked)
    later = asked.set_column(1, "snapshot_date", pa.array([date(2024, 5, 1)], pa.date32()))
    with pytest.raises(BadInputError, match="no features are built at 2024-05-01"):
        store.historical(DECISION_SERVICE, later)
    with pytest.raises(BadInputError, match="no features are built at 2024-05-01"):
        store.materialise(date(2024, 5, 1), silent)


def test_what_is_no_whole_store_is_refused_with_the_way_to_mend_it(tmp_path: Path) -> None:
    store = built(tmp_path, layout())
    path = partition(tmp_path / ".nextbest", "customer", DAYS[0])
    path.write_bytes(path.read_bytes()[:30])
    asked = entities([(1, DAYS[0])], layout())
    for ask in (
        lambda: store.historical(DECISION_SERVICE, asked),
        lambda: store.materialise(DAYS[0], silent),
    ):
        with pytest.raises(BadInputError, match=r"2024-01-01\.parquet: missing or cut short"):
            ask()
    assert not online_path(tmp_path / ".nextbest").exists()
    later = entities([(1, DAYS[2])], layout())
    assert store.historical(DECISION_SERVICE, later).num_rows == 1

    registry = tmp_path / ".nextbest/feast/registry.db"
    registry.write_bytes(registry.read_bytes()[:500])
    with pytest.raises(
        BadInputError, match=r"registry\.db: not a registry of Feast's, or cut short; remove it"
    ):
        open_store(bank(tmp_path), layout())
    registry.unlink()
    assert open_store(bank(tmp_path), layout()).historical(DECISION_SERVICE, later).num_rows == 1


def test_an_answer_of_other_rows_than_asked_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class Job:
        def __init__(self, frame: Any) -> None:
            self.frame = frame

        def to_arrow(self) -> pa.Table:
            rows = pa.Table.from_pandas(self.frame)
            return pa.concat_tables([rows.slice(0, 1), rows.slice(0, 1)])

    monkeypatch.setattr(store._feast(), "get_historical_features", lambda frame, _: Job(frame))
    with pytest.raises(RuntimeError, match="answered 2 entities with 2 rows"):
        store.historical(DECISION_SERVICE, entities([(1, DAYS[0]), (2, DAYS[0])], layout()))


def test_applying_again_changes_nothing_and_drops_no_earlier_service(tmp_path: Path) -> None:
    first = built(tmp_path, layout())
    asked, old = entities([(1, DAYS[0])], layout()), layout().service_name("churn")
    first.apply()
    assert first.is_applied() and Store(bank(tmp_path), layout()).is_applied()

    grown = layout([*VIEWS, view("more", "more_sum")])
    assert not Store(bank(tmp_path), grown).is_applied()
    second = built(tmp_path, grown)
    assert second.service_name("churn") != old
    assert second.historical(old, asked).to_pylist() == expected([(1, DAYS[0])], NAMES[:4], layout())

    third = built(tmp_path, layout(VIEWS[1:]))
    with pytest.raises(
        BadInputError, match=f"{old} has features that are no longer built: paid_sum, paid_city_y_"
    ):
        third.historical(old, asked)
    assert sorted(path.name for path in (tmp_path / ".nextbest/feast").iterdir()) == [
        "feature_store.yaml",
        "registry.db",
    ]


def test_a_copied_bank_reads_its_own_files(tmp_path: Path) -> None:
    built(tmp_path / "bank", layout()).materialise(DAYS[2], silent)
    shutil.copytree(tmp_path / "bank", tmp_path / "copy")
    shutil.rmtree(tmp_path / "bank")
    copy = open_store(bank(tmp_path / "copy"), layout())
    rows = [(1, DAYS[2])]
    history = copy.historical(DECISION_SERVICE, entities(rows, layout()))
    assert history.to_pylist() == expected(rows, NAMES, layout())
    assert same(copy.online(DECISION_SERVICE, [1]), history)


def test_a_snapshot_online_replaces_the_one_before_at_once(tmp_path: Path) -> None:
    store = built(tmp_path, layout())
    with pytest.raises(BadInputError, match=r"online.db holds nothing; materialise"):
        store.online(DECISION_SERVICE, [1])
    steps: list[tuple[str, int, int]] = []
    for day in (DAYS[0], DAYS[1]):
        assert store.materialise(day, lambda *step: steps.append(step)) == 3
        found = store.online(DECISION_SERVICE, [1, 7])
        history = store.historical(DECISION_SERVICE, entities([(1, day), (7, day)], layout()))
        assert same(found, history)
        mark = read_mark(online_path(tmp_path / ".nextbest"))
        assert mark is not None and (mark.snapshot, mark.customers) == (day, 3)
    assert found["event_timestamp"].null_count == 1
    assert steps[-1] == ("materialise", 3, 3)


def test_what_is_online_already_is_not_written_again(tmp_path: Path) -> None:
    store, path = built(tmp_path, layout()), online_path(tmp_path / ".nextbest")
    store.materialise(DAYS[2], silent)
    first = path.stat()
    assert store.materialise(DAYS[2], silent) == 5
    again = path.stat()
    assert (again.st_ino, again.st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    fresh = Store(bank(tmp_path), layout(fingerprint="other data"))
    fresh.materialise(DAYS[2], silent)
    assert path.stat().st_ino != first.st_ino


def test_features_of_another_layout_are_not_read_as_ours(tmp_path: Path) -> None:
    built(tmp_path, layout()).materialise(DAYS[2], silent)
    turned = built(tmp_path, layout(VIEWS[::-1]))
    with pytest.raises(BadInputError, match="holds snapshot 2024-02-01 of other features"):
        turned.online(turned.service_name(DECISION), [1])
    turned.materialise(DAYS[2], silent)
    assert turned.online(turned.service_name(DECISION), [1])["customer_age"].to_pylist() == [
        value("customer_age", 1, DAYS[2])
    ]


KILLED_AT_THE_SECOND_BATCH = """
import os, signal, sys
from datetime import date
from pathlib import Path
from features import store
from features.layout import load_layout
from features.spec import BankSpec, parse

def progress(stage, done, total):
    if done == 4:
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
raw = {"name": "B", "tables": {"customers": {"path": "c"}}, "snapshots": {"dates": [date(2024, 1, 1)]}}
spec = parse(BankSpec, raw | {"folder": folder}, folder)
store.ONLINE_ROWS = 2
store.open_store(spec, load_layout(spec)).materialise(date(2024, 2, 1), progress)
"""


def test_a_killed_materialisation_leaves_the_former_snapshot_and_is_repaired(tmp_path: Path) -> None:
    store, other = built(tmp_path / "one", layout()), built(tmp_path / "other", layout())
    store.materialise(DAYS[0], silent)
    other.materialise(DAYS[2], silent)
    command = [sys.executable, "-W", "ignore", "-c", KILLED_AT_THE_SECOND_BATCH, str(tmp_path / "one")]
    killed = subprocess.run(command, cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -signal.SIGKILL

    path = online_path(tmp_path / "one" / ".nextbest")
    mark = read_mark(path)
    assert mark is not None and mark.snapshot == DAYS[0]
    assert store.online(DECISION_SERVICE, [7])["event_timestamp"].null_count == 1
    store.materialise(DAYS[2], silent)
    everyone = list(range(10))
    assert store.online(DECISION_SERVICE, everyone).equals(other.online(DECISION_SERVICE, everyone))
    assert path.read_bytes() == online_path(tmp_path / "other" / ".nextbest").read_bytes()
    assert sorted(found.name for found in path.parent.iterdir()) == [
        "feature_store.yaml",
        "online.db",
        "registry.db",
    ]


def test_large_snapshots_go_online_in_several_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "ONLINE_ROWS", 2)
    store, steps = built(tmp_path, layout()), list[tuple[str, int, int]]()
    store.materialise(DAYS[2], lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == [2, 4, 5, 5]
    assert store.online(DECISION_SERVICE, KNOWN[DAYS[2]])["event_timestamp"].null_count == 0
