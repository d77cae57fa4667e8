"""The commands from files to answers, at a bank of one rule, and their refusals and exit codes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from features.spec import read_spec
from nextbest import main
from serving.decision.decide import decide
from serving.policy.file import compile_for, load_policy

BANK = """
name = "tiny"
tables = { customers = { path = "customers.csv" } }
products.card = { annual_value = 100.0 }
products.loan = { annual_value = 50.0 }
window = { horizon_days = 30 }
snapshots = { dates = [2024-03-01] }
"""
POLICY = """
version = "1"
actions.sell = { group = "cross_sell" }
channels.app = { cost = 1.0 }
value = { balance_column = "balance" }
holdout = { share = 0.2, groups = ["cross_sell"] }
exploration = { method = "epsilon", share = 0.4, most_lost = 100.0 }
"""
ROWS = 4_000


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank whose policy decided for 4,000 customers; a card is taken by 30 %, a loan by 10 %."""
    from datetime import date

    folder = tmp_path_factory.mktemp("bank")
    (folder / "bank.toml").write_text(BANK)
    (folder / "policy.toml").write_text(POLICY)
    (folder / "new.toml").write_text(POLICY + 'levers = [{ name = "l", multiplier = 9.0, scope = '
        '"cross_sell:loan", set_by = "a", reason = "b", until = 2025-01-01 }]\n')  # fmt: skip
    spec = read_spec(folder)
    rng = np.random.default_rng(4)
    customers = pa.table(
        {
            "customer_id": [f"c{row}" for row in range(ROWS)],
            "propensity_card": np.full(ROWS, 0.3),
            "propensity_loan": np.full(ROWS, 0.1),
            "balance": np.zeros(ROWS),
        }
    )
    policy = compile_for(spec, load_policy(spec), customers.schema)
    decisions = decide(customers, policy, date(2024, 3, 1))
    card = decisions.winner == 0
    bought = rng.random(ROWS) < np.where(card, 0.3, 0.1) * np.where(decisions.control, 0.5, 1.0)
    ids = pa.array([f"d{row}" for row in range(ROWS)])
    logged: dict[str, Any] = {
        "decision_id": ids,
        "customer": customers["customer_id"],
        "decided_on": pa.array([date(2024, 3, 1)] * ROWS),
        "group": ["cross_sell"] * ROWS,
        "action": np.where(card, "cross_sell:card", "cross_sell:loan"),
        "channel": ["app"] * ROWS,
        "arm": np.where(decisions.control, "control", "treatment"),
        "probability": decisions.probability,
        "expected_value": np.where(card, 29.0, 4.0),
        "value": np.where(card, 100.0, 50.0),
        "cost": np.ones(ROWS),
        "accepted": bought,
        **{name: np.zeros(ROWS, dtype=bool) for name in ("declined", "ignored", "churned")},
    }
    pq.write_table(pa.table(logged), folder / "decisions.parquet")
    versions = pa.array([policy.version] * ROWS)
    rested = customers.append_column("decision_id", ids).append_column("policy_version", versions)
    pq.write_table(rested, folder / "rested.parquet")
    return folder


def run(bank: Path, command: str, *options: str) -> Result:
    files = ("--decisions", str(bank / "decisions.parquet"), "--today", "2024-06-01")
    return CliRunner().invoke(main, [command, str(bank), *files, *options])


def test_impact_finds_what_contacting_did(bank: Path) -> None:
    answer = json.loads(run(bank, "impact", "--json").stdout)
    card = answer["impact"]["actions"][0]
    assert card["name"] == "cross_sell:card"
    assert card["effect"]["low"] <= 0.15 <= card["effect"]["high"]
    assert (answer["decisions"], answer["still_open"], answer["warnings"]) == (ROWS, 0, [])
    assert [one["over"] for one in answer["advantages"]] == ["control"]
    table = run(bank, "impact")
    assert table.exit_code == 0
    assert "overall" in table.stdout


def test_whatif_finds_what_loans_would_earn(bank: Path) -> None:
    options = ("--policy", str(bank / "new.toml"), "--customers", str(bank / "rested.parquet"))
    result = run(bank, "whatif", *options, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    # Four fifths loans at 50 × 0.1, one fifth cards at 100 × 0.3, less 1: what epsilon of 0.4 leaves.
    truth = 0.8 * 5 + 0.2 * 30 - 1
    for estimate in ("inverse_propensity", "self_normalised", "doubly_robust"):
        assert answer["whatif"][estimate]["low"] <= truth <= answer["whatif"][estimate]["high"]
    assert answer["warnings"] == []
    table = run(bank, "whatif", *options)
    assert "doubly robust" in table.stdout


def test_refusals(bank: Path) -> None:
    options = ("--policy", str(bank / "new.toml"), "--customers", str(bank / "rested.parquet"))
    refused = run(bank, "whatif", *options, "--minimum-effective", "3900")
    assert refused.exit_code == 1
    assert "effective sample size" in refused.stderr
    early = CliRunner().invoke(
        main,
        ["impact", str(bank), "--decisions", str(bank / "decisions.parquet"), "--today", "2024-03-02"],
    )
    assert (early.exit_code, "first is complete on 2024-03-31" in early.stderr) == (2, True)
    assert CliRunner().invoke(main, ["impact", str(bank)]).exit_code == 2


def test_a_bounded_unknown_is_told_of_another_policys_decisions(bank: Path) -> None:
    rested = pq.read_table(bank / "rested.parquet").drop_columns(["policy_version"])
    pq.write_table(rested, bank / "unversioned.parquet")
    options = ("--policy", str(bank / "new.toml"), "--customers", str(bank / "unversioned.parquet"))
    assert "only known where it chose with certainty" in run(bank, "whatif", *options).stderr
