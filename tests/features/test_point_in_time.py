"""Time is cut at the snapshot: nothing at or after it, nothing recorded later, no fact that came later."""

from datetime import date, datetime, time, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.bank import Bank
from features.columns import COLUMNS, types_of
from features.point_in_time import KEYS, before, in_hindsight, known_before, population
from features.spec import BankSpec
from features.vocabulary import Table

SNAPSHOT = date(2024, 3, 1)
MIDNIGHT = datetime.combine(SNAPSHOT, time())
CONNECTION = ibis.duckdb.connect()
SPEC = BankSpec.model_validate(
    {
        "folder": "-",
        "name": "test",
        "tables": {"customers": {"path": "-"}},
        "snapshots": {"dates": (SNAPSHOT,)},
    }
)

Row = dict[str, Any]

# table: (event column, whether it may be null, fact -> when it came)
CUTS: dict[Table, tuple[str, bool, dict[str, str]]] = {
    Table.CUSTOMERS: ("joined_on", True, {}),
    Table.ATTRIBUTES: ("as_of", False, {}),
    Table.HOLDINGS: ("opened_on", True, {"closed_on": "closed_on"}),
    Table.BALANCES: ("as_of", False, {}),
    Table.TRANSACTIONS: ("at", False, {}),
    Table.INTERACTIONS: ("at", False, {"resolved_at": "resolved_at"}),
    Table.CONTACTS: ("at", False, {"outcome": "outcome_at", "outcome_at": "outcome_at"}),
    Table.CONSENTS: ("at", False, {}),
}

moments = st.sampled_from([MIDNIGHT + timedelta(seconds=seconds) for seconds in (-86400, -1, 0, 1, 86400)])
days = st.sampled_from([SNAPSHOT + timedelta(days=days) for days in (-30, -1, 0, 1, 30)])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "date": st.none() | days,
    "timestamp": st.none() | moments,
    "string": st.sampled_from(["a", "b"]),
    "float64": st.sampled_from([0.0, 1.5]),
    "boolean": st.booleans(),
    "int64": st.integers(1, 3),
}


def types(name: Table) -> dict[str, str]:
    return types_of(COLUMNS[name], "int64")


def rows_of(name: Table) -> st.SearchStrategy[list[Row]]:
    """Facts may be told more than once, at several times of recording."""
    values = {column: VALUES[type_name] for column, type_name in types(name).items()}
    row = st.fixed_dictionaries(values)
    return st.lists(row, max_size=30, unique_by=(lambda each: told(name, each)) if name in KEYS else None)


def told(name: Table, row: Row) -> tuple[Any, ...]:
    return (*(row[column] for column in KEYS[name]), row["recorded_at"])


def table_of(name: Table, rows: list[Row]) -> Any:
    schema = ibis.schema(types(name)).to_pyarrow()
    return CONNECTION.create_table(str(name), pa.Table.from_pylist(rows, schema), overwrite=True)


def is_known(moment: date | datetime | None) -> bool:
    if moment is None:
        return False
    return (moment if isinstance(moment, datetime) else datetime.combine(moment, time())) < MIDNIGHT


def as_known(name: Table, rows: list[Row]) -> list[Row]:
    """The rows as they were known, one by one; of a fact told again, the last telling."""
    event, may_lack, facts = CUTS[name]
    known = []
    for row in rows:
        happened = is_known(row[event]) or (may_lack and row[event] is None)
        if happened and (row["recorded_at"] is None or is_known(row["recorded_at"])):
            hidden = {fact: None for fact, when in facts.items() if not is_known(row[when])}
            known.append({**row, **hidden})
    return last_told(name, known)


def last_told(name: Table, rows: list[Row]) -> list[Row]:
    if name not in KEYS:
        return rows
    oldest_first = sorted(
        rows, key=lambda row: (row["recorded_at"] is not None, row["recorded_at"] or MIDNIGHT)
    )
    return list({told(name, {**row, "recorded_at": None}): row for row in oldest_first}.values())


def read(table: Any) -> list[Row]:
    rows: list[Row] = table.to_pyarrow().to_pylist()
    return rows


def in_order(row: Row) -> str:
    return str(sorted(row.items()))


@pytest.mark.parametrize("name", CUTS)
@settings(max_examples=12)
@given(data=st.data())
def test_a_table_holds_each_row_as_it_was_known(name: Table, data: st.DataObject) -> None:
    rows = data.draw(rows_of(name))
    table = table_of(name, rows)
    known = known_before(table, name, SNAPSHOT)
    assert sorted(read(known), key=in_order) == sorted(as_known(name, rows), key=in_order)


@settings(max_examples=12)
@given(data=st.data())
@pytest.mark.parametrize("name", [Table.BALANCES, Table.LABELS, Table.TRANSACTIONS])
def test_hindsight_knows_every_row_as_told_last(name: Table, data: st.DataObject) -> None:
    rows = data.draw(rows_of(name))
    bank = Bank(SPEC, CONNECTION, {name: table_of(name, rows)}, frozenset({name}))
    found = read(in_hindsight(bank, name))
    assert sorted(found, key=in_order) == sorted(last_told(name, rows), key=in_order)


def test_labels_are_never_known() -> None:
    label = {"customer_id": 1, "snapshot_date": date(2020, 1, 1), "churned": True, "recorded_at": None}
    assert read(known_before(table_of(Table.LABELS, [label]), Table.LABELS, SNAPSHOT)) == []


def test_cutting_twice_is_cutting_once(make_bank: Any) -> None:
    held = [{"customer_id": 1, "product": "loan", "opened_on": date(2020, 1, 1), "closed_on": SNAPSHOT}]
    bank = make_bank({"customers": [{"customer_id": 1}], "holdings": held}, products={"loan": {}})
    once = before(bank, SNAPSHOT)
    assert read(once.table(Table.HOLDINGS)) == [{**held[0], "closed_on": None, "recorded_at": None}]
    for name in Table:
        assert read(before(once, SNAPSHOT).table(name)) == read(once.table(name))


def test_the_population_is_who_had_joined_and_been_recorded(make_bank: Any) -> None:
    people = [
        {"customer_id": 1, "joined_on": SNAPSHOT - timedelta(days=1)},
        {"customer_id": 2, "joined_on": SNAPSHOT},
        {"customer_id": 3},
        {"customer_id": 4, "joined_on": date(2020, 1, 1), "recorded_at": MIDNIGHT},
        {"customer_id": 5, "joined_on": date(2020, 1, 1), "recorded_at": MIDNIGHT - timedelta(seconds=1)},
    ]
    bank = make_bank({"customers": people})
    assert sorted(row["customer_id"] for row in read(population(bank, SNAPSHOT))) == [1, 3, 5]


def wide_bank(make_bank: Any, months: list[Row]) -> Bank:
    bank: Bank = make_bank(
        {"customers": [{"customer_id": 1}], "holdings": months},
        options={"holdings": {"layout": "wide"}},
        products={"loan": {}},
    )
    return bank


@pytest.mark.parametrize(
    ("recorded_at", "held"), [(MIDNIGHT - timedelta(seconds=1), False), (MIDNIGHT, True)]
)
def test_a_month_may_be_told_again(make_bank: Any, recorded_at: datetime, held: bool) -> None:
    month = {"customer_id": 1, "as_of": date(2024, 1, 31)}
    bank = wide_bank(make_bank, [{**month, "loan": 1}, {**month, "loan": 0, "recorded_at": recorded_at}])
    assert bool(read(before(bank, SNAPSHOT).table(Table.HOLDINGS))) == held
    assert read(bank.table(Table.HOLDINGS)) == []  # in hindsight


def test_spells_are_read_from_the_months_known_alone(make_bank: Any) -> None:
    known = [
        {"customer_id": 1, "as_of": date(2024, 1, 1), "loan": 0, "recorded_at": None},
        {"customer_id": 1, "as_of": date(2024, 2, 1), "loan": 1, "recorded_at": None},
    ]
    later = [
        {"customer_id": 1, "as_of": SNAPSHOT, "loan": 0, "recorded_at": None},
        # Of a month long past, but recorded at the snapshot: it would move the opening.
        {"customer_id": 1, "as_of": date(2024, 1, 15), "loan": 1, "recorded_at": MIDNIGHT},
    ]
    then = before(wide_bank(make_bank, known + later), SNAPSHOT)
    assert read(then.table(Table.HOLDINGS)) == [
        {
            "customer_id": 1,
            "product": "loan",
            "opened_on": date(2024, 2, 1),
            "closed_on": None,
            "recorded_at": datetime(2024, 2, 1),  # noqa: DTZ001 - all times are naive, in UTC
        }
    ]
    assert then.observed_months is not None
    assert read(then.observed_months.order_by("as_of")) == known
