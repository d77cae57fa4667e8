"""A bank opened: the design's tables, columns and types, whatever the files look like."""

from datetime import date, datetime
from typing import Any

import pytest

from features.bank import Bank
from features.columns import COLUMNS
from features.errors import BadInputError
from features.spec import read_spec
from features.tables import open_bank
from features.vocabulary import Table

at = datetime.fromisoformat

CUSTOMERS = [
    {"customer_id": 1, "joined_on": date(2020, 5, 1), "kind": "individual", "city": "Bern", "income": 10.5},
    {"customer_id": 2, "joined_on": None, "kind": "company", "city": None, "income": None},
]


def rows(bank: Bank, name: Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bank.table(name).to_pyarrow().to_pylist()
    return found


def types(bank: Bank, name: Table) -> dict[str, str]:
    return {column: str(dtype) for column, dtype in bank.table(name).schema().items()}


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".csv.gz"])
def test_every_file_format_gives_the_same_typed_tables(make_bank: Any, suffix: str) -> None:
    transactions = [{"customer_id": 2, "at": at("2023-12-31 23:59:59"), "amount": -3, "channel": "app"}]
    bank = make_bank({"customers": CUSTOMERS, "transactions": transactions}, suffix=suffix)
    absent = {"birth_date": None, "recorded_at": None}
    assert rows(bank, Table.CUSTOMERS) == [{**row, **absent} for row in CUSTOMERS]
    assert rows(bank, Table.TRANSACTIONS) == [{**transactions[0], "category": None, "recorded_at": None}]
    assert types(bank, Table.TRANSACTIONS)["amount"] == "float64"
    assert bank.present == {Table.CUSTOMERS, Table.TRANSACTIONS}


def test_absent_tables_are_there_without_rows(make_bank: Any) -> None:
    bank = make_bank({"customers": CUSTOMERS})
    for name in set(Table) - {Table.CUSTOMERS}:
        assert list(bank.table(name).columns) == [column.name for column in COLUMNS[name]]
        assert rows(bank, name) == []
        assert types(bank, name)["customer_id"] == "int64"


@pytest.mark.parametrize(
    ("suffix", "ids", "expected"),
    [
        (".csv", ["7", "12"], [7, 12]),
        (".csv", ["07", "12"], ["07", "12"]),
        (".csv", ["a", "12"], ["a", "12"]),
        (".parquet", [7, 12], [7, 12]),
        (".parquet", [7.0, 12.0], [7, 12]),
        (".parquet", ["7", "12"], ["7", "12"]),
    ],
)
def test_the_customers_say_whether_ids_are_numbers_or_text(
    make_bank: Any, suffix: str, ids: list[Any], expected: list[Any]
) -> None:
    tables = {"customers": [{"customer_id": one} for one in ids], "balances": [{"customer_id": ids[0]}]}
    tables["balances"][0] |= {"product": "loan", "as_of": date(2023, 1, 1), "balance": 1}
    bank = make_bank(tables, suffix=suffix)
    assert [row["customer_id"] for row in rows(bank, Table.CUSTOMERS)] == expected
    assert rows(bank, Table.BALANCES)[0]["customer_id"] == expected[0]


def test_a_birth_year_is_read_as_its_middle(make_bank: Any) -> None:
    people = [{"customer_id": 1, "born": "1980"}, {"customer_id": 2, "born": None}]
    bank = make_bank({"customers": people}, options={"customers": {"columns": {"birth_year": "born"}}})
    assert [row["birth_date"] for row in rows(bank, Table.CUSTOMERS)] == [date(1980, 7, 1), None]
    assert "birth_year" not in bank.table(Table.CUSTOMERS).columns


def test_further_columns_of_customers_are_typed_and_excluded_ones_are_not_there(make_bank: Any) -> None:
    people = [
        {"customer_id": 1, "age": "30", "since": "2020-01-31", "vip": "true", "grade": "A1", "ssn": "x"}
    ]
    bank = make_bank({"customers": people}, options={"customers": {"exclude": ["ssn"]}}, suffix=".csv")
    further = {name: type_ for name, type_ in types(bank, Table.CUSTOMERS).items() if name in people[0]}
    assert further == {
        "customer_id": "int64",
        "age": "float64",
        "since": "date",
        "vip": "boolean",
        "grade": "string",
    }


def test_types_and_values_come_from_what_was_known_before_the_first_snapshot(make_bank: Any) -> None:
    def bank(later: list[dict[str, Any]], spent: list[dict[str, Any]]) -> Bank:
        people = [{"customer_id": 1, "joined_on": date(2023, 1, 1), "code": "1", "note": None}]
        bought = [
            {"customer_id": 1, "at": at("2023-12-31"), "amount": 1, "channel": "app", "category": "food"}
        ]
        opened: Bank = make_bank({"customers": people + later, "transactions": bought + spent}, suffix=".csv")
        return opened

    late = [{"customer_id": 2, "joined_on": date(2024, 1, 1), "code": "x", "note": "y"}]
    paid = [{"customer_id": 2, "at": at("2024-01-01"), "amount": 1, "channel": "web", "category": "rent"}] * 3
    without, with_later = bank([], []), bank(late, paid)
    assert types(without, Table.CUSTOMERS) == types(with_later, Table.CUSTOMERS)
    assert types(without, Table.CUSTOMERS)["code"] == "float64"
    assert set(without.left_out) == set(with_later.left_out) == {"customers.note"}
    assert without.channels == with_later.channels == ("app",)
    assert without.categories == with_later.categories == ("food",)


def test_the_twelve_most_frequent_channels_count_ties_by_name(make_bank: Any) -> None:
    names = [f"c{number:02d}" for number in range(14)]
    spent = [{"customer_id": 1, "at": at("2023-06-01"), "amount": 1, "channel": name} for name in names]
    bank = make_bank(
        {"customers": CUSTOMERS, "transactions": [*spent, spent[13], {**spent[0], "channel": None}]}
    )
    assert bank.channels == ("c13", *names[:11])
    assert bank.categories == ()


def test_channels_may_be_declared(make_bank: Any) -> None:
    spent = [{"customer_id": 1, "at": at("2023-06-01"), "amount": 1, "channel": "app", "category": "food"}]
    declared = {"transactions": {"channels": ["branch"], "categories": []}}
    bank = make_bank({"customers": CUSTOMERS, "transactions": spent}, options=declared)
    assert (bank.channels, bank.categories) == (("branch",), ())


def test_labels_without_a_date_are_those_of_the_only_snapshot(make_bank: Any) -> None:
    tables = {
        "customers": CUSTOMERS,
        "labels": [{"customer_id": 1, "churn": 1}, {"customer_id": 2, "churn": 0}],
    }
    renamed = {"labels": {"columns": {"churned": "churn"}}}
    bank = make_bank(tables, options=renamed)
    assert [(row["snapshot_date"], row["churned"]) for row in rows(bank, Table.LABELS)] == [
        (date(2024, 1, 1), True),
        (date(2024, 1, 1), False),
    ]
    with pytest.raises(BadInputError, match=r"no column 'snapshot_date', and bank\.toml names 2 snapshots"):
        make_bank(tables, options=renamed, snapshots={"dates": [date(2024, 1, 1), date(2024, 2, 1)]})


def test_opening_reads_no_values_that_checking_would_refuse(make_bank: Any) -> None:
    people = [{"customer_id": 1, "joined_on": "2020-01-01"}, {"customer_id": 2, "joined_on": "soon"}]
    bank = make_bank({"customers": people}, suffix=".csv")
    assert [row["joined_on"] for row in rows(bank, Table.CUSTOMERS)] == [date(2020, 1, 1), None]


def test_an_unreadable_file_is_named(write_bank: Any) -> None:
    folder = write_bank({"customers": CUSTOMERS})
    (folder / "customers.parquet").write_bytes(b"PAR1 this is none PAR1")
    with pytest.raises(BadInputError, match=r"table customers: customers\.parquet cannot be read"):
        open_bank(read_spec(folder))


def test_a_flat_bank_needs_fewer_than_twenty_lines(write_bank: Any) -> None:
    people = [{"id": "1", "age": "44"}, {"id": "2", "age": "17"}]
    folder = write_bank({"customers": people, "labels": [{"id": "1", "churn": "1"}]}, suffix=".csv")
    (folder / "bank.toml").write_text(
        """
        name = "Flat bank"
        [snapshots]
        dates = [2024-01-01]
        [churn]
        rule = "labels"
        [tables.customers]
        path = "customers.csv"
        columns = { customer_id = "id" }
        [tables.labels]
        path = "labels.csv"
        columns = { customer_id = "id", churned = "churn" }
        """
    )
    bank = open_bank(read_spec(folder))
    assert [row["age"] for row in rows(bank, Table.CUSTOMERS)] == [44.0, 17.0]
    assert rows(bank, Table.LABELS)[0]["churned"] is True


@pytest.mark.parametrize("ids", [[True, False], [[1], [2]], [date(2020, 1, 1), date(2020, 1, 2)]])
def test_ids_that_are_neither_integers_nor_text_are_refused(make_bank: Any, ids: list[Any]) -> None:
    with pytest.raises(BadInputError, match="customer_id: expected integers or text, found"):
        make_bank({"customers": [{"customer_id": each} for each in ids]})
