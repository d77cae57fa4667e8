"""bank.toml read strictly: what is wrong is named, with the nearest word known."""

from datetime import date
from pathlib import Path

import pytest

from features.errors import BadInputError
from features.spec import BankSpec, read_spec
from features.vocabulary import Table

MINIMAL = """
name = "Bank of Tests & Sons"
[snapshots]
dates = [2024-02-01, 2024-01-01, 2024-02-01]
[tables.customers]
path = "customers.csv"
"""


def read(folder: Path, text: str) -> BankSpec:
    (folder / "bank.toml").write_text(text, encoding="utf-8")
    return read_spec(folder)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(BadInputError) as error:
        read(folder, text)
    return str(error.value)


def test_a_folder_or_its_bank_toml_is_read(tmp_path: Path) -> None:
    spec = read(tmp_path, MINIMAL)
    assert spec == read_spec(tmp_path / "bank.toml")
    assert spec.folder == tmp_path
    assert spec.state == tmp_path / ".nextbest"
    assert spec.slug == "bank-of-tests-sons"
    assert spec.tables[Table.CUSTOMERS].path == "customers.csv"


def test_snapshots_are_ascending_and_distinct(tmp_path: Path) -> None:
    assert read(tmp_path, MINIMAL).snapshots.all() == (date(2024, 1, 1), date(2024, 2, 1))


def test_snapshots_may_be_the_first_of_each_month_of_a_range(tmp_path: Path) -> None:
    months = "first = 2023-11-15\nlast = 2024-02-01"
    spec = read(tmp_path, MINIMAL.replace("dates = [2024-02-01, 2024-01-01, 2024-02-01]", months))
    assert spec.snapshots.all() == (date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1))


@pytest.mark.parametrize(
    ("snapshots", "says"),
    [
        ("dates = []", "give either dates"),
        ("dates = [2024-01-01]\nfirst = 2024-01-01\nlast = 2024-02-01", "give either dates"),
        ("first = 2024-02-01\nlast = 2024-01-01", "first (2024-02-01) is after last (2024-01-01)"),
        (
            "first = 2024-01-02\nlast = 2024-01-31",
            "no first of a month lies between 2024-01-02 and 2024-01-31",
        ),
    ],
)
def test_snapshots_that_are_none_are_refused(tmp_path: Path, snapshots: str, says: str) -> None:
    assert says in refused(
        tmp_path, MINIMAL.replace("dates = [2024-02-01, 2024-01-01, 2024-02-01]", snapshots)
    )


@pytest.mark.parametrize(
    ("added", "says"),
    [
        ("colums = {}", "tables.customers.colums: unknown key; did you mean 'columns'?"),
        ("[tables.customer]\npath = 'x'", "tables.customer"),
        ("[window]\nhorizon_days = '90'", "window.horizon_days"),
        ("[window]\nhorizon_days = 0", "window.horizon_days"),
        ("[tiers]\nhigh_value_from = 1.5", "tiers.high_value_from"),
        ("[products.'loan 1']", "products.loan 1"),
        ("[churn]\nrule = 'labels'", 'churn.rule = "labels" needs [tables.labels]'),
        ("layout = 'wide'", "[tables.customers]: layout and products are for holdings"),
        ("channels = ['app']", "[tables.customers]: channels and categories are for transactions"),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path: Path, added: str, says: str) -> None:
    message = refused(tmp_path, MINIMAL + added)
    assert says in message
    assert str(tmp_path / "bank.toml") in message


def test_customers_are_required(tmp_path: Path) -> None:
    assert "[tables.customers] is required" in refused(
        tmp_path, MINIMAL.replace("tables.customers", "tables.labels")
    )


def test_a_folder_without_bank_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="expected a bank folder"):
        read_spec(tmp_path)


def test_text_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    assert "not valid TOML" in refused(tmp_path, "name = ")
