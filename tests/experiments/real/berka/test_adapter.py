"""The adapter on a handful of raw lines whose truth is known, and on the real export where it lies."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from experiments.real.berka.adapter import adapt, main
from features.errors import BadInputError
from features.spec import read_spec
from serving.policy.file import load_policy

REAL = Path(__file__).parents[5] / "shared/data/berka"
RAW = {
    "account.asc": '"account_id";"district_id";"frequency";"date"\r\n'
    '7;1;"POPLATEK TYDNE";930105\r\n8;2;"POPLATEK MESICNE";950601\r\n',
    "card.asc": '"card_id";"disp_id";"type";"issued"\r\n1;71;"gold";931107 00:00:00\r\n',
    "client.asc": '"client_id";"birth_number";"district_id"\r\n'
    '1;"706213";1\r\n2;"450204";2\r\n3;"096129";2\r\n',
    "disp.asc": '"disp_id";"client_id";"account_id";"type"\r\n'
    '71;1;7;"OWNER"\r\n72;2;7;"DISPONENT"\r\n83;3;8;"OWNER"\r\n',
    "district.asc": "A1;A2;A3;A4;A5;A6;A7;A8;A9;A10;A11;A12;A13;A14;A15;A16\r\n"
    '1;"Hl.m. Praha";"Prague";1204953;0;0;0;1;1;100.0;12541;0.29;0.43;167;85677;99107\r\n'
    '2;"Jesenik";"north Moravia";42821;4;13;5;1;3;48.4;8173;?;7.01;124;?;1358\r\n',
    "loan.asc": '"loan_id";"account_id";"date";"amount";"duration";"payments";"status"\r\n'
    '1;7;930711;96396;12;8033.00;"B"\r\n2;8;960101;96396;12;8033.00;"C"\r\n',
    "order.asc": '"order_id";"account_id";"bank_to";"account_to";"amount";"k_symbol"\r\n'
    '1;7;"YZ";"87144583";2452.00;"SIPO"\r\n2;7;"QR";"1";10.00;" "\r\n3;8;"YZ";"5";1.00;"UVER"\r\n',
    "trans_prefix.asc": '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";'
    '"bank";"account"\r\n'
    '1;7;930105;"PRIJEM";"VKLAD";900.00;900.00;"";;\r\n'
    '9;7;930110;"VYDAJ";"VYBER";100.00;3800.00;" ";;\r\n'
    '5;7;930110;"PRIJEM";"PREVOD Z UCTU";3000.00;3900.00;"DUCHOD";"AB";"4"\r\n'
    '6;7;930131;"PRIJEM";"";3.00;3803.00;"UROK";;\r\n'
    '7;7;930131;"VYDAJ";"VYBER";14.60;3788.40;"SLUZBY";;\r\n'
    '2;7;930207;"VYDAJ";"PREVOD NA UCET";2452.00;1336.40;"SIPO";"YZ";"87144583"\r\n'
    '3;7;930307;"VYDAJ";"PREVOD NA UCET";2452.00;-1115.60;"SIPO";"YZ";"87144583"\r\n'
    '4;7;930410;"VYBER";"VYBER KARTOU";1.00;-1116.60;"";;\r\n'
    '8;7;931231;"PRIJEM";"";3.00;-1113.60;"UROK";;\r\n'
    '10;7;940101;"PRIJE',
}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    for name, text in RAW.items():
        (folder / name).write_bytes(text.encode())
    return folder


@pytest.fixture
def bank(raw: Path, tmp_path: Path) -> Path:
    adapt(raw, tmp_path / "bank")
    return tmp_path / "bank"


def rows(bank: Path, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return list(
        zip(*(pq.read_table(bank / f"{table}.parquet")[name].to_pylist() for name in columns), strict=True)
    )


def test_birth_number_gives_birth_date_and_sex(bank: Path) -> None:
    assert rows(bank, "customers", "customer_id", "birth_date", "sex") == [
        (1, date(1970, 12, 13), "female"),
        (2, date(1945, 2, 4), "male"),
        (3, date(1909, 11, 29), "female"),
    ]


def test_clients_join_with_their_account_and_keep_their_own_district(bank: Path) -> None:
    columns = ("joined_on", "relation", "statement_frequency", "district", "district_salary")
    assert rows(bank, "customers", *columns) == [
        (date(1993, 1, 5), "owner", "weekly", "Hl.m. Praha", 12541.0),
        (date(1993, 1, 5), "disponent", "weekly", "Jesenik", 8173.0),
        (date(1995, 6, 1), "owner", "monthly", "Jesenik", 8173.0),
    ]


def test_products_are_the_owners_and_an_order_is_held_from_its_first_payment(bank: Path) -> None:
    assert rows(bank, "holdings", "customer_id", "product", "opened_on", "closed_on") == [
        (1, "account", date(1993, 1, 5), None),
        (1, "card", date(1993, 11, 7), None),
        (1, "loan", date(1993, 7, 11), date(1994, 7, 11)),
        (1, "permanent_order", date(1993, 2, 7), None),
        (3, "account", date(1995, 6, 1), None),
        (3, "loan", date(1996, 1, 1), None),
    ]


def test_codes_become_channels_categories_and_signs_and_the_cut_line_is_dropped(bank: Path) -> None:
    assert rows(bank, "transactions", "customer_id", "amount", "channel", "category") == [
        (1, 900.0, "cash", "deposit"),
        (1, -100.0, "cash", "withdrawal"),
        (1, 3000.0, "transfer", "pension"),
        (1, -14.6, "bank", "statement_fee"),
        (1, 3.0, "bank", "interest"),
        (1, -2452.0, "standing_order", "household"),
        (1, -2452.0, "standing_order", "household"),
        (1, -1.0, "card", "withdrawal"),
        (1, 3.0, "bank", "interest"),
    ]


def test_the_balance_is_the_days_last_whatever_the_order_of_rows(bank: Path) -> None:
    days = dict(rows(bank, "balances", "as_of", "balance"))
    assert days[date(1993, 1, 10)] == 3800.0
    assert days[date(1993, 1, 31)] == 3788.4
    assert len(days) == 7


def test_who_makes_no_deposit_or_withdrawal_for_90_days_fell_silent(bank: Path) -> None:
    """By hand are only the transactions of 5 and 10 January and of 10 April."""
    assert rows(bank, "labels", "customer_id", "snapshot_date", "churned") == [
        (1, date(1993, 2, 1), False),
        (1, date(1993, 3, 1), False),
        (1, date(1993, 4, 1), False),
        (1, date(1993, 5, 1), True),
        (1, date(1993, 6, 1), True),
        (1, date(1993, 7, 1), True),
    ]


def test_the_folder_written_is_a_bank(bank: Path) -> None:
    spec = read_spec(bank)
    assert {(bank / table.path).is_file() for table in spec.tables.values()} == {True}
    assert load_policy(spec).version == "berka-1"


def test_a_missing_file_is_named_and_nothing_is_left(raw: Path, tmp_path: Path) -> None:
    (raw / "loan.asc").unlink()
    with pytest.raises(BadInputError, match=r"no file loan\.asc"):
        adapt(raw, tmp_path / "bank")
    assert list(tmp_path.iterdir()) == [raw]


def test_a_folder_in_use_is_not_touched(raw: Path, tmp_path: Path) -> None:
    (raw / "mine").write_text("here")
    result = CliRunner().invoke(main, [str(raw), str(raw)])
    assert result.exit_code == 1
    assert (raw / "mine").read_text() == "here"


@pytest.fixture(scope="module")
def real_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if not REAL.is_dir():
        pytest.skip(f"the raw Berka export is not at {REAL}")
    out = tmp_path_factory.mktemp("berka") / "bank"
    adapt(REAL, out)
    yield out


def test_real_export_is_decoded_whole(real_bank: Path) -> None:
    counts = {path.stem: pq.read_metadata(path).num_rows for path in real_bank.glob("*.parquet")}
    assert counts["customers"] == 5369
    assert counts["transactions"] == 49102
    table = pq.read_table(real_bank / "transactions.parquet")
    assert [column.null_count for column in table.columns] == [0] * table.num_columns
    products = pq.read_table(real_bank / "holdings.parquet")["product"].to_pylist()
    assert (products.count("account"), products.count("loan"), products.count("card")) == (4500, 682, 892)


def test_real_balances_are_those_that_the_transactions_sum_to(real_bank: Path) -> None:
    """Up to the last day, within which the extract breaks off."""
    transactions = pq.read_table(real_bank / "transactions.parquet").to_pandas()
    balances = pq.read_table(real_bank / "balances.parquet").to_pandas().sort_values("as_of")
    sums = transactions[transactions["at"] < "1994-03-31"].groupby("customer_id").amount.sum()
    last = balances[balances.as_of < date(1994, 3, 31)].groupby("customer_id").balance.last()
    assert ((sums - last).abs() < 1.0).mean() > 0.99
