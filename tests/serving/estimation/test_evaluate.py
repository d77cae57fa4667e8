"""Answers through a log that is no file: the path the ledger takes."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features.spec import BankSpec, read_spec
from serving.decision.compiled import CompiledPolicy
from serving.estimation.evaluate import as_json, impact_answer, whatif_answer

if TYPE_CHECKING:
    from tests.serving.estimation.conftest import Log

BANK = """
name = "tiny"
tables = { customers = { path = "customers.csv" } }
products.card = { annual_value = 100.0 }
window = { horizon_days = 30 }
snapshots = { dates = [2024-03-01] }
"""
POLICY = """
version = "1"
actions.sell = { group = "cross_sell" }
channels.app = { cost = 1.0 }
value = { balance_column = "balance" }
holdout = { share = 0.5, groups = ["cross_sell"] }
"""


@dataclass(frozen=True)
class FakeLedger:
    """Holds what a ledger would."""

    logged: pa.Table
    customers: pa.Table

    def logged_decisions(self, spec: BankSpec) -> pa.Table:  # noqa: ARG002 - the log's form
        return self.logged

    def decided_with(self, spec: BankSpec, decision_ids: pa.ChunkedArray) -> pa.Table:  # noqa: ARG002
        assert decision_ids.to_pylist() == self.customers["decision_id"].to_pylist()
        return self.customers

    def policies(self, spec: BankSpec) -> dict[str, CompiledPolicy]:  # noqa: ARG002
        return {}


def tiny(folder: Path) -> BankSpec:
    (folder / "bank.toml").write_text(BANK)
    (folder / "policy.toml").write_text(POLICY)
    return read_spec(folder)


def test_the_window_of_the_bank_says_what_is_open(tmp_path: Path, log: "Log") -> None:
    days = [date(2024, 3, 1)] * 6 + [date(2024, 5, 1)] * 2
    table = log(8, decided_on=days, arm=["treatment", "control"] * 4)
    answer = impact_answer(tiny(tmp_path), FakeLedger(table, table), date(2024, 5, 10), 0.01)
    assert (answer.decisions, answer.still_open, answer.impact.precision) == (6, 2, 0.01)
    assert as_json(answer)["today"] == "2024-05-10"
    assert as_json(answer)["impact"]["overall"]["treated"] == 3


def test_unbounded_is_null(tmp_path: Path, log: "Log") -> None:
    table = log(2, arm=["treatment", "control"])
    answer = impact_answer(tiny(tmp_path), FakeLedger(table, table), date(2024, 5, 10), 0.01)
    assert as_json(answer)["impact"]["overall"]["value"] == {"estimate": -1.0, "low": None, "high": None}


def test_the_present_policy_earns_what_was_logged(tmp_path: Path, log: "Log") -> None:
    spec = tiny(tmp_path)
    table = log(300, accepted=np.arange(300) % 3 == 0, expected_value=29.0)
    ids = {"customer_id": table["customer"], "decision_id": table["decision_id"]}
    rested = pa.table({**ids, "propensity_card": np.full(300, 0.3), "balance": np.zeros(300)})
    answer = whatif_answer(
        spec, FakeLedger(table, rested), tmp_path / "policy.toml", date(2024, 5, 10), 200.0
    )
    assert answer.whatif.logged == answer.whatif.inverse_propensity
    assert answer.whatif.logged.estimate == 100 / 3 - 1
