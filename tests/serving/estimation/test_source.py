"""Decisions from files, in the order asked, and what is missing named."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInputError
from features.spec import BankSpec, SnapshotSpec
from serving.estimation.source import FileLog, log_of

if TYPE_CHECKING:
    from tests.serving.estimation.conftest import Log


@pytest.fixture
def spec(tmp_path: Path) -> BankSpec:
    from datetime import date

    snapshots = SnapshotSpec(dates=(date(2024, 1, 1),))
    return BankSpec.model_construct(folder=tmp_path, name="b", tables={}, snapshots=snapshots)


def test_rows_come_in_the_order_asked(tmp_path: Path, spec: BankSpec, log: "Log") -> None:
    decisions, customers = tmp_path / "d.parquet", tmp_path / "c.parquet"
    pq.write_table(log(2), decisions)
    pq.write_table(pa.table({"decision_id": ["x", "y", "z"], "balance": [1, 2, 3]}), customers)
    found = log_of(decisions, customers)
    assert found.logged_decisions(spec).equals(log(2))
    asked = pa.chunked_array([["z", "x"]])
    assert found.decided_with(spec, asked)["balance"].to_pylist() == [3, 1]
    with pytest.raises(BadInputError, match="1 decisions are missing, first w"):
        found.decided_with(spec, pa.chunked_array([["x", "w"]]))
    with pytest.raises(BadInputError, match="column missing: decision_id"):
        FileLog(decisions, _without_ids(tmp_path)).decided_with(spec, asked)


def _without_ids(folder: Path) -> Path:
    pq.write_table(pa.table({"balance": [1]}), folder / "n.parquet")
    return folder / "n.parquet"


def test_what_is_not_there_is_told(tmp_path: Path, spec: BankSpec) -> None:
    with pytest.raises(BadInputError, match="give --customers"):
        log_of(tmp_path / "d.parquet").decided_with(spec, pa.chunked_array([["x"]]))
    (tmp_path / "d.parquet").write_text("no")
    with pytest.raises(BadInputError, match="not a Parquet file"):
        log_of(tmp_path / "d.parquet").logged_decisions(spec)
