"""The bank's own ledger is read as a log."""

from datetime import date
from pathlib import Path

import pyarrow as pa

from features.spec import BankSpec, SnapshotSpec
from serving.estimation.ledger_log import LedgerLog
from serving.estimation.logged import LOGGED


def test_a_new_ledger_holds_no_decision_and_nothing_that_one_rested_on(tmp_path: Path) -> None:
    snapshots = SnapshotSpec(dates=(date(2024, 1, 1),))
    spec = BankSpec.model_construct(folder=tmp_path, name="b", tables={}, snapshots=snapshots)
    found = LedgerLog().logged_decisions(spec)
    assert found.num_rows == 0
    assert found.column_names == LOGGED.names
    assert LedgerLog().decided_with(spec, pa.chunked_array([["x"]])).num_rows == 0
    assert LedgerLog().policies(spec) == {}
