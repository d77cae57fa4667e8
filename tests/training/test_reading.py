"""Labels are read under the names of the model's heads."""

from datetime import date

import pyarrow.compute as pc

from features.layout import load_layout
from features.spec import BankSpec
from features.vocabulary import Model
from training.reading import open_history, read_labels


def test_churn_is_one_head_at_the_asked_snapshots(bank: BankSpec) -> None:
    days = [date(2024, 2, 1), date(2024, 3, 1)]
    found = read_labels(bank, Model.CHURN, days)
    assert found.column_names == ["customer_id", "snapshot_date", "churn"]
    assert found["snapshot_date"].unique().to_pylist() == days
    assert found.num_rows == 800
    assert 0 < pc.sum(found["churn"]).as_py() < 800


def test_features_are_read_through_the_store(bank: BankSpec) -> None:
    assert callable(open_history(bank, load_layout(bank)).historical)
