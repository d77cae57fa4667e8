"""May's row comes from April's flags and what was added; of whom nothing is known, nothing is made up."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from experiments.real.santander.adapter import adapt, main, with_may
from features.errors import BadInputError
from features.spec import read_spec
from features.tables import open_bank
from features.vocabulary import Table
from training.labels.labelled import product_labels

REAL = Path(__file__).parents[5] / "shared/data/santander"
MONTHS = pd.DataFrame(
    {
        "ncodpers": [1, 1, 2, 3],
        "fecha_dato": ["2016-03-28", "2016-04-28", "2016-04-28", "2016-04-28"],
        "card": pd.array([1, 0, 1, 0], "int8"),
        "loan": pd.array([0, 0, 0, 0], "int8"),
    }
)


def test_the_customers_given_get_a_row_for_may() -> None:
    added = pd.DataFrame({"ncodpers": [1, 2, 1], "product": ["loan", "loan", "card"]})
    months = with_may(MONTHS, added)
    may = months[months.fecha_dato == "2016-05-28"]
    assert may[["ncodpers", "card", "loan"]].to_numpy().tolist() == [[1, 1, 1], [2, 1, 1]]
    pd.testing.assert_frame_equal(months[months.fecha_dato != "2016-05-28"], MONTHS)


@pytest.mark.parametrize(("customer", "product", "named"), [(1, "house", "'house'"), (9, "card", "9")])
def test_what_april_does_not_know_is_refused(customer: int, product: str, named: str) -> None:
    with pytest.raises(BadInputError, match=rf"\[{named}\]"):
        with_may(MONTHS, pd.DataFrame({"ncodpers": [customer], "product": [product]}))


def test_a_missing_file_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    result = CliRunner().invoke(main, [str(raw), str(tmp_path / "bank")])
    assert result.exit_code == 1
    assert "no file holdings_monthly.parquet" in result.output
    assert list(tmp_path.iterdir()) == [raw]


@pytest.fixture(scope="module")
def real_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if not REAL.is_dir():
        pytest.skip(f"the Santander data is not at {REAL}")
    out = tmp_path_factory.mktemp("santander") / "bank"
    adapt(REAL, out)
    yield out


def test_real_additions_become_labels_of_exactly_the_customers_given(real_bank: Path) -> None:
    bank = open_bank(read_spec(real_bank))
    added = pd.read_csv(REAL / "added_2016-05.csv")
    labels = product_labels(bank, [date(2016, 4, 29)]).to_pandas().set_index("customer_id")
    assert set(labels.index) == set(added.ncodpers)
    opened = labels.drop(columns="snapshot_date") == 1
    expected = pd.crosstab(added.ncodpers, added["product"]).reindex(columns=opened.columns, fill_value=0) > 0
    pd.testing.assert_frame_equal(opened, expected, check_names=False)
    assert bank.table(Table.CUSTOMERS).count().to_pyarrow().as_py() == 27875
