"""Answers are kept whole, and without anybody's id."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.answers import answers, read_answers, write_answers
from training.dataset import Examples

KEYS = pa.table(
    {
        "customer_id": ["ada", "bob", "ada"],
        "snapshot_date": pa.array([date(2024, 1, 1), date(2024, 1, 1), date(2024, 2, 1)]),
    }
)
LABELS = np.array([[1.0, np.nan], [0.0, 1.0], [0.0, 0.0]])
GROUPS = {"tier": np.array(["low_value", "dormant", "dormant"], dtype=object)}


def made() -> object:
    examples = Examples(KEYS, np.zeros((3, 1)), LABELS, np.ones(3))
    return answers(("card", "loan"), examples, LABELS / 3 + 0.1, np.array([0.3, 0.5]), GROUPS)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    found = made()
    write_answers(found, tmp_path / "answers.parquet")
    again = read_answers(tmp_path / "answers.parquet")
    assert again.heads == ("card", "loan")
    assert again.customer.tolist() == [0, 1, 0]
    assert again.snapshot.tolist() == ["2024-01-01", "2024-01-01", "2024-02-01"]
    np.testing.assert_array_equal(again.labels, LABELS)
    np.testing.assert_array_equal(again.probabilities, found.probabilities)
    np.testing.assert_array_equal(again.base_rates, [0.3, 0.5])
    assert again.groups["tier"].tolist() == GROUPS["tier"].tolist()


def test_nobody_can_be_recognised(tmp_path: Path) -> None:
    write_answers(made(), tmp_path / "answers.parquet")
    kept = pq.read_table(tmp_path / "answers.parquet")
    assert kept.column_names == [
        "customer",
        "snapshot_date",
        *("label.card", "answer.card", "label.loan", "answer.loan"),
        "group.tier",
    ]
    assert "ada" not in kept.to_pandas().to_csv()


def test_some_of_the_rows() -> None:
    some = made().take(np.array([True, False, True]))
    assert len(some) == 2
    assert some.snapshot.tolist() == ["2024-01-01", "2024-02-01"]
    assert some.groups["tier"].tolist() == ["low_value", "dormant"]
    assert some.labels.shape == some.probabilities.shape == (2, 2)
