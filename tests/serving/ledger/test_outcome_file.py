"""Outcome files in both forms; what is faulty is named with its row, and nothing is recorded."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInputError
from serving.ledger.outcome_file import import_outcomes, read_outcomes
from serving.ledger.outcomes import Recorded
from serving.ledger.verify import summarise

NOON = datetime(2024, 2, 1, 12, tzinfo=UTC)


def csv(folder: Path, *rows: str, head: str = "decision_id,outcome,at") -> Path:
    path = folder / "outcomes.csv"
    path.write_text("\n".join((head, *rows)) + "\n")
    return path


def test_both_forms_are_recorded_once(world: Any, tmp_path: Path) -> None:
    one, two = world.record(1), world.record(2)
    path = csv(tmp_path, f"{one},accepted,2024-02-01T12:00:00Z", f"{two},churned,2024-02-01")
    assert import_outcomes(world.ledger, path) == Recorded(2, 0)
    parquet = tmp_path / "outcomes.parquet"
    pq.write_table(pa.table({"decision_id": [one], "outcome": ["accepted"], "at": [NOON]}), parquet)
    assert import_outcomes(world.ledger, parquet) == Recorded(0, 1)


@pytest.mark.parametrize(
    "said",
    ["2024-02-01T12:00:00Z", "2024-02-01T12:00:00", "2024-02-01 12:00:00", "2024-02-01T20:00:00+08:00"],
)
def test_times_without_a_zone_are_utc(tmp_path: Path, said: str) -> None:
    (one,) = read_outcomes(csv(tmp_path, f"a,accepted,{said}"))
    assert one.at == NOON
    (day,) = read_outcomes(csv(tmp_path, "a,accepted,2024-02-01"))
    assert day.at == datetime(2024, 2, 1, tzinfo=UTC)


NAIVE_DAY = datetime(2024, 2, 1)  # noqa: DTZ001 - Parquet may hold times without a zone


@pytest.mark.parametrize(
    "at", [pa.array([date(2024, 2, 1)]), pa.array([NAIVE_DAY]), pa.array([NOON.replace(hour=0)])]
)
def test_parquets_own_times(tmp_path: Path, at: pa.Array) -> None:
    path = tmp_path / "outcomes.parquet"
    pq.write_table(pa.table({"decision_id": ["a"], "outcome": ["ignored"], "at": at}), path)
    assert read_outcomes(path)[0].at == datetime(2024, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a,bought,2024-02-01", "outcome: expected accepted or .* in 1 rows; row 2: 'bought'"),
        (",accepted,2024-02-01", "decision_id: expected a decision's id in 1 rows; row 2"),
        ("a,accepted,", "at: expected a time in 1 rows; row 2"),
        ("a,accepted,soon", "at: expected times"),
        ("a,accepted", "cannot be read as csv"),
    ],
)
def test_a_faulty_row_is_named(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        read_outcomes(csv(tmp_path, "b,accepted,2024-02-01", row))


def test_a_faulty_file_is_named(world: Any, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="missing: at"):
        read_outcomes(csv(tmp_path, "a,accepted", head="decision_id,outcome"))
    with pytest.raises(BadInputError, match="expected a name ending"):
        read_outcomes(tmp_path / "outcomes.xlsx")
    with pytest.raises(BadInputError, match="cannot be read"):
        read_outcomes(tmp_path / "absent.parquet")
    one = world.record(1)
    with pytest.raises(BadInputError, match="1 decisions are not in the ledger: nobody"):
        import_outcomes(
            world.ledger, csv(tmp_path, f"{one},accepted,2024-02-01", "nobody,ignored,2024-02-01")
        )
    assert "outcome" not in summarise(world.ledger).counts
