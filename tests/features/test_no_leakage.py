"""No feature knows what happened, or was recorded, at the snapshot or after it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.bank import Bank
from features.catalogue import VIEWS
from features.columns import COLUMNS, types_of
from features.point_in_time import EVENT, KEYS, LATER, UNDATED, before
from features.spec import BankSpec
from features.vocabulary import RECORDED_AT, Table

SNAPSHOT = date(2024, 3, 1)
MIDNIGHT = datetime.combine(SNAPSHOT, time())
TABLES = tuple(EVENT)
FURTHER = {
    Table.CUSTOMERS: {"region": "string", "left_on": "date"},
    Table.ATTRIBUTES: {"income": "float64", "segment": "string"},
}
ARRIVES_LATER = {table: [when for _, when in facts] for table, facts in LATER.items()} | {
    Table.CUSTOMERS: ["left_on"]
}
WORDS = {
    "contact_id": ["1", "2", "3", "4", "5", "6"],
    "product": ["card", "loan", "fund"],
    "channel": ["app", "branch", "email", None],
    "category": ["food", None],
    "kind": ["complaint", "enquiry", "visit", "login"],
    "action": ["retain", "cross_sell:card"],
    "arm": ["treatment", "control", None],
    "outcome": ["accepted", "declined", None],
    "purpose": ["marketing", "service"],
}
Row = dict[str, Any]
Rows = Mapping[Table, list[Row]]

past_moments = st.one_of(
    st.just(MIDNIGHT - timedelta(microseconds=1)),
    st.datetimes(MIDNIGHT - timedelta(days=500), MIDNIGHT - timedelta(microseconds=1)),
)
future_moments = st.one_of(st.just(MIDNIGHT), st.datetimes(MIDNIGHT, MIDNIGHT + timedelta(days=400)))


def types(table: Table) -> dict[str, str]:
    return types_of(COLUMNS[table], "int64") | FURTHER.get(table, {})


def values(table: Table, column: str) -> st.SearchStrategy[Any]:
    """Anything a column may hold; times are of the past, and facts that come later may be of the future."""
    kind = types(table)[column]
    if column == "customer_id":
        return st.integers(1, 4)
    if kind in ("date", "timestamp"):
        moments = past_moments
        if column in ARRIVES_LATER.get(table, ()):
            moments = st.one_of(past_moments, future_moments, st.none())
        elif column == RECORDED_AT or table in UNDATED:
            moments = st.one_of(st.none(), past_moments)
        return moments if kind == "timestamp" else moments.map(lambda moment: moment and moment.date())
    if kind == "string":
        return st.sampled_from(WORDS.get(column, ["a", "b", None]))
    return st.booleans() if kind == "boolean" else st.integers(-50, 50).map(float)


def past_rows(table: Table) -> st.SearchStrategy[list[Row]]:
    """Rows of the past; a fact may be told more than once, but only once at a time."""
    row = st.fixed_dictionaries({column: values(table, column) for column in types(table)})
    most = 4 if table is Table.CUSTOMERS else 12
    return st.lists(row, max_size=most, unique_by=(lambda each: told(table, each)) if table in KEYS else None)


def fact(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column] for column in KEYS[table])


def told(table: Table, row: Row) -> tuple[Any, ...]:
    return (*fact(table, row), row[RECORDED_AT])


@st.composite
def future_rows(draw: st.DrawFn, table: Table) -> list[Row]:
    """Rows that happened, or were only recorded, at the snapshot or after it."""
    rows = draw(past_rows(table))
    for row in rows:
        column = draw(st.sampled_from([EVENT[table], RECORDED_AT]))
        moment = draw(future_moments)
        row[column] = moment if types(table)[column] == "timestamp" else moment.date()
    return rows


@st.composite
def restatements(draw: st.DrawFn, bank: Rows, recorded: st.SearchStrategy[datetime | None]) -> Rows:
    """Some of the bank's facts told once more, with other values, at another time of recording."""
    again: dict[Table, list[Row]] = {table: [] for table in KEYS if table in TABLES}
    for table, rows in again.items():
        for row in draw(st.lists(st.sampled_from(bank[table]), max_size=6)) if bank[table] else []:
            others = {column: draw(values(table, column)) for column in row if column not in KEYS[table]}
            rows.append({**row, **others, RECORDED_AT: draw(recorded)})
    return again


def unknown_yet(table: Table, row: Row) -> Row:
    """The row without what came at the snapshot or after it."""
    facts = LATER.get(table, [(when, when) for when in ARRIVES_LATER.get(table, ())])
    return {**row, **dict.fromkeys(fact for fact, when in facts if not _past(row[when]))}


def _past(moment: date | datetime | None) -> bool:
    return moment is not None and moment < (MIDNIGHT if isinstance(moment, datetime) else SNAPSHOT)


@dataclass(frozen=True)
class Laboratory:
    """One set of tables whose rows are exchanged, and every view's query over them, compiled once."""

    connection: Any
    queries: Mapping[str, str]

    def features(self, rows: Rows) -> dict[str, list[Any]]:
        for table, its in rows.items():
            schema = ibis.schema(types(table)).to_pyarrow()
            self.connection.insert(str(table), pa.Table.from_pylist(its, schema), overwrite=True)
        return {view: self.connection.raw_sql(query).fetchall() for view, query in self.queries.items()}


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    """Every view over a bank with all tables, before `SNAPSHOT`."""
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET threads = 1")
    names = {"folder": Path("-"), "name": "test", "snapshots": {"dates": (SNAPSHOT,)}}
    products = {product: {"annual_value": 1.0} for product in WORDS["product"]}
    spec = BankSpec.model_validate(
        {**names, "tables": {table: {"path": "-"} for table in TABLES}, "products": products}
    )
    tables = {
        table: connection.create_table(str(table), schema=ibis.schema(types(table))) for table in TABLES
    }
    bank = Bank(spec, connection, tables, frozenset(TABLES), channels=("app",), categories=("food",))
    known = before(bank, SNAPSHOT)
    queries = {
        view.name: connection.compile(view.compute(known, SNAPSHOT).order_by("customer_id")) for view in VIEWS
    }
    yield Laboratory(connection, queries)
    connection.disconnect()


banks = st.fixed_dictionaries({table: past_rows(table) for table in TABLES})
futures = st.fixed_dictionaries({table: future_rows(table) for table in TABLES})


@settings(max_examples=15, deadline=None)
@given(bank=banks, future=futures, data=st.data())
def test_the_future_changes_nothing(
    laboratory: Laboratory, bank: Rows, future: Rows, data: st.DataObject
) -> None:
    """Neither rows of the future nor later closings, resolutions, outcomes and dates are seen by any view.

    Nor is what the bank came to know better of the past only later.
    """
    known = {table: [unknown_yet(table, row) for row in rows] for table, rows in bank.items()}
    better = data.draw(restatements(bank, future_moments))
    lived = {table: [*bank[table], *future[table], *better.get(table, [])] for table in TABLES}
    assert laboratory.features(lived) == laboratory.features(known)


@settings(max_examples=15, deadline=None)
@given(bank=banks, data=st.data())
def test_of_a_fact_told_again_only_the_last_telling_before_the_snapshot_counts(
    laboratory: Laboratory, bank: Rows, data: st.DataObject
) -> None:
    again = data.draw(restatements(bank, st.none() | past_moments))
    every = {table: _told_once(table, [*bank[table], *again.get(table, [])]) for table in TABLES}
    last = {table: _last_told(table, rows) if table in KEYS else rows for table, rows in every.items()}
    assert laboratory.features(every) == laboratory.features(last)


def _told_once(table: Table, rows: list[Row]) -> list[Row]:
    return list({told(table, row): row for row in rows}.values()) if table in KEYS else rows


def _last_told(table: Table, rows: list[Row]) -> list[Row]:
    ordered = sorted(rows, key=lambda row: (row[RECORDED_AT] is not None, row[RECORDED_AT] or MIDNIGHT))
    return list({fact(table, row): row for row in ordered}.values())


EVE = MIDNIGHT - timedelta(microseconds=1)
NOTHING = {table: [{"customer_id": 1}] if table is Table.CUSTOMERS else [] for table in TABLES}
A_ROW: dict[Table, Row] = {
    Table.CUSTOMERS: {"customer_id": 2},
    Table.ATTRIBUTES: {"income": 9.0},
    Table.HOLDINGS: {"product": "card"},
    Table.BALANCES: {"product": "card", "balance": 5.0},
    Table.TRANSACTIONS: {"amount": 3.0, "channel": "app"},
    Table.INTERACTIONS: {"kind": "visit"},
    Table.CONTACTS: {"contact_id": "1", "action": "retain"},
    Table.CONSENTS: {"purpose": "service", "channel": "app", "granted": True},
}


def dated(table: Table, column: str, moment: datetime) -> list[Row]:
    """A row that happened, or by `column` was recorded, at `moment`; and the customer it is about."""
    times = {EVENT[table]: EVE} | {EVENT[table] if column == "event" else column: moment}
    days = {name: at.date() if types(table)[name] == "date" else at for name, at in times.items()}
    return [*NOTHING[table], {"customer_id": 1, **A_ROW[table], **days}]


@pytest.mark.parametrize("column", ["event", RECORDED_AT])
def test_the_eve_is_seen_and_the_snapshot_is_not(laboratory: Laboratory, column: str) -> None:
    nothing = laboratory.features(NOTHING)
    assert laboratory.features({table: dated(table, column, MIDNIGHT) for table in TABLES}) == nothing
    seen = laboratory.features({table: dated(table, column, EVE) for table in TABLES})
    assert all(seen[view] != nothing[view] for view in laboratory.queries)


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (Table.HOLDINGS, {"product": "card", "closed_on": EVE.date()}),
        (Table.INTERACTIONS, {"kind": "complaint", "at": EVE - timedelta(days=2), "resolved_at": EVE}),
        (Table.CONTACTS, {**A_ROW[Table.CONTACTS], "at": EVE, "outcome": "declined", "outcome_at": EVE}),
    ],
)
def test_what_became_of_it_is_seen_on_the_eve_and_not_at_the_snapshot(
    laboratory: Laboratory, table: Table, row: Row
) -> None:
    (_, when), *_ = LATER[table]
    later = {**row, when: SNAPSHOT if types(table)[when] == "date" else MIDNIGHT}
    never = {**row, when: None}
    early, late, open_ = (
        laboratory.features({**NOTHING, table: [{"customer_id": 1, **each}]}) for each in (row, later, never)
    )
    assert early != late
    assert late == open_


@pytest.mark.parametrize("flags", [(0, 1), (1, 0)])
def test_months_of_flags_after_the_snapshot_change_nothing(
    make_bank: Callable[..., Bank], features_of: Callable[..., Any], flags: tuple[int, int]
) -> None:
    seen, later = flags
    months = [
        {"customer_id": 1, "as_of": date(2023, 12, 28), "card": 1 - seen},
        {"customer_id": 1, "as_of": date(2024, 1, 28), "card": seen},
    ]
    future = [{"customer_id": 1, "as_of": date(2024, month, 1), "card": later} for month in (3, 4)]
    (view,) = (view for view in VIEWS if view.name == "holdings")
    found = [
        features_of(
            view,
            make_bank(
                {"customers": [{"customer_id": 1}], "holdings": rows},
                options={"holdings": {"layout": "wide"}},
                products={"card": {"annual_value": 1.0}},
                snapshots={"dates": [SNAPSHOT]},
            ),
            SNAPSHOT,
        )
        for rows in (months, months + future)
    ]
    assert found[0] == found[1]
    assert found[0][1]["holdings_held_card"] == seen
