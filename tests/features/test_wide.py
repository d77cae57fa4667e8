"""Monthly flags turned into spells of holding, against a brute-force reading of each customer's months."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import BadInputError
from features.vocabulary import Table
from features.wide import spells

MONTHS = [date(2023, month, 1) for month in range(1, 9)]
CONNECTION = ibis.duckdb.connect()
Seen = dict[tuple[int, date], tuple[float | None, float | None]]


def found(seen: Seen) -> list[dict[str, Any]]:
    schema = pa.schema(
        {
            "customer_id": pa.int64(),
            "as_of": pa.date32(),
            "recorded_at": pa.timestamp("us"),
            "loan": pa.float64(),
            "card": pa.float64(),
        }
    )
    months = [
        {"customer_id": one, "as_of": day, "loan": loan, "card": card}
        for (one, day), (loan, card) in seen.items()
    ]
    table = CONNECTION.create_table("months", pa.Table.from_pylist(months, schema), overwrite=True)
    rows: list[dict[str, Any]] = spells(table).to_pyarrow().to_pylist()
    return sorted(rows, key=in_order)


def in_order(spell: dict[str, Any]) -> tuple[Any, ...]:
    return spell["customer_id"], spell["product"], spell["recorded_at"]


def expected(seen: Seen) -> Iterator[dict[str, Any]]:
    for one in {customer for customer, _ in seen}:
        for place, product in enumerate(("loan", "card")):
            held = False
            spell: dict[str, Any] = {}
            known = [(day, flags[place]) for (who, day), flags in sorted(seen.items()) if who == one]
            known = [(day, flag) for day, flag in known if flag is not None]
            for number, (day, flag) in enumerate(known):
                if flag and not held:
                    first = datetime.combine(day, time())
                    spell = {"customer_id": one, "product": product, "closed_on": None, "recorded_at": first}
                    spell["opened_on"] = day if number else None
                elif held and not flag:
                    yield {**spell, "closed_on": day}
                    spell = {}
                held = bool(flag)
            if spell:
                yield spell


flags = st.sampled_from([None, 0.0, 1.0])


@settings(max_examples=30)
@given(st.dictionaries(st.tuples(st.integers(1, 5), st.sampled_from(MONTHS)), st.tuples(flags, flags)))
def test_spells_are_the_runs_of_flags_in_the_months_seen(seen: Seen) -> None:
    assert found(seen) == sorted(expected(seen), key=in_order)


def test_a_month_without_a_row_neither_opens_nor_closes() -> None:
    seen: Seen = {(1, MONTHS[0]): (1.0, 0.0), (1, MONTHS[5]): (1.0, 1.0), (1, MONTHS[6]): (0.0, 1.0)}
    assert [(row["product"], row["opened_on"], row["closed_on"]) for row in found(seen)] == [
        ("card", MONTHS[5], None),
        ("loan", None, MONTHS[6]),
    ]


FLAGS = [
    {"id": 1, "month": "2023-01-28", "ind_loan": 0, "ind_card": 1, "other": 5},
    {"id": 1, "month": "2023-02-28", "ind_loan": 1, "ind_card": 1, "other": 5},
]
OPTIONS = {"layout": "wide", "columns": {"customer_id": "id", "as_of": "month"}}


def test_a_bank_may_give_its_holdings_so(make_bank: Any) -> None:
    mapped = {**OPTIONS, "products": {"loan": "ind_loan"}}
    bank = make_bank(
        {"customers": [{"customer_id": 1}], "holdings": FLAGS},
        options={"holdings": mapped},
        products={"loan": {}, "ind_card": {}},
    )
    held = bank.table(Table.HOLDINGS).order_by("product").to_pyarrow().to_pylist()
    assert [(row["product"], row["opened_on"]) for row in held] == [
        ("ind_card", None),
        ("loan", date(2023, 2, 28)),
    ]
    assert bank.observed_months.order_by("as_of").to_pyarrow().to_pylist() == [
        {"customer_id": 1, "as_of": date(2023, 1, 28), "recorded_at": None, "loan": 0.0, "ind_card": 1.0},
        {"customer_id": 1, "as_of": date(2023, 2, 28), "recorded_at": None, "loan": 1.0, "ind_card": 1.0},
    ]


@pytest.mark.parametrize(
    ("mapped", "products", "says"),
    [
        ({}, {}, "the wide layout needs the product catalogue"),
        ({}, {"ind_lone": {}}, "product 'ind_lone': no column 'ind_lone'; did you mean 'ind_loan'?"),
        ({"lone": "ind_loan"}, {"loan": {}}, "unknown product 'lone'; did you mean 'loan'?"),
    ],
)
def test_flags_that_cannot_be_found_are_named(
    make_bank: Any, mapped: dict[str, str], products: dict[str, Any], says: str
) -> None:
    with pytest.raises(BadInputError) as error:
        make_bank(
            {"customers": [{"customer_id": 1}], "holdings": FLAGS},
            options={"holdings": {**OPTIONS, "products": mapped}},
            products=products,
        )
    assert says in str(error.value)
