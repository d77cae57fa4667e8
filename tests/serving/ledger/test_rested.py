"""What decisions rested on comes back whole, and a new policy is told from the ledger alone."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner

from nextbest import main
from serving.decision.decide import decide
from serving.ledger.forget import forget_in_ledger
from serving.ledger.outcomes import Outcome, OutcomeKind, record_outcomes
from serving.ledger.read import decisions
from serving.ledger.rested import decided_with, deciding_policies

SECTIONS: dict[str, Any] = {
    "actions": {"sell": {"group": "cross_sell"}},
    "channels": {"app": {"cost": 0.5}},
    "holdout": {"share": 0.1},
    "exploration": {"method": "epsilon", "share": 0.6, "most_lost": 1000.0},
}
BANK = """
name = "Test bank"
tables = { customers = { path = "customers.csv" } }
products.card = { annual_value = 100.0 }
products.fund = { annual_value = 150.0 }
window = { horizon_days = 30 }
snapshots = { dates = [2024-01-01] }
"""
NEW = """
version = "new"
actions.sell = { group = "cross_sell" }
channels.app = { cost = 0.5 }
rules = [{ name = "small", scope = "cross_sell", condition = "coalesce(request_amount, 0) < 10" }]
value.base = 20.0
consent.no_table = "granted"
request.amount = "number"
exploration = { method = "epsilon", share = 0.6, most_lost = 1000.0 }
holdout.share = 0.1
[[levers]]
name = "l"
multiplier = 9.0
scope = "cross_sell:fund"
set_by = "a"
reason = "b"
until = 2025-01-01
"""


def told(world: Any) -> pa.Table:
    return decided_with(world.ledger, decisions(world.ledger)["decision_id"])


def test_features_scores_and_requests_come_back_to_the_bit(world: Any) -> None:
    world.record(3, channel="app", amount=20.0)
    world.record(7)
    world.campaign([3, 7, 8])
    found = told(world)
    fresh = world.decisions([3, 7, 3, 7, 8]).customers
    for name in set(fresh.column_names) & set(found.column_names):
        assert found[name].to_pylist() == fresh[name].to_pylist(), name
    assert {"churn", "propensity_card", "tier", "snapshot_date"} <= set(found.column_names)
    assert found["asked_channel"].to_pylist() == ["app", None, None, None, None]
    assert found["full_channels"].null_count == 5
    assert found["request_amount"].to_pylist() == [20.0, None, None, None, None]
    assert found["batch_id"].null_count == 2
    assert set(found["policy_version"].to_pylist()) == {world.setting.compiled().version}
    again = decide(found.slice(2), deciding_policies(world.ledger)[found["policy_version"][0].as_py()],
                   world.decisions([3]).today)  # fmt: skip
    assert again.winner.tolist() == world.decisions([3, 7, 8]).winner.tolist()


def test_who_was_forgotten_is_not_there(world: Any) -> None:
    world.record(3)
    world.record(7)
    world.campaign([3, 7, 8])
    forget_in_ledger(world.ledger, 7)
    assert told(world)["customer_id"].to_pylist() == [3, 3, 8]
    assert decided_with(world.ledger, pa.chunked_array([["nobody"]])).num_rows == 0


@pytest.fixture
def bank(tmp_path: Path, make_world: Any, setting_with: Any) -> Path:
    """Decisions logged exploring, one by one and in a campaign: a card is taken by 30 %, a fund by 60."""
    (tmp_path / "bank.toml").write_text(BANK)
    (tmp_path / "new.toml").write_text(NEW)
    state = tmp_path / ".nextbest"
    state.mkdir()
    (state / "pseudonym.key").write_bytes(b"s" * 32)
    world = make_world(tmp_path / ".nextbest")
    world.setting = setting_with(**SECTIONS)
    for one in range(1, 151):
        world.record(one)
    world.campaign(list(range(1000, 2200)), chunk=500)
    rng = np.random.default_rng(5)
    found = decisions(world.ledger).to_pylist()
    rates = {"cross_sell:card": 0.3, "cross_sell:fund": 0.6, "nothing": 0.0}
    taken = [one["decision_id"] for one in found if one["contacted"] and rng.random() < rates[one["action"]]]
    at = datetime(2024, 1, 20, tzinfo=UTC)
    record_outcomes(world.ledger, [Outcome(one, OutcomeKind.ACCEPTED, at) for one in taken])
    return tmp_path


def whatif(bank: Path, *options: str) -> Any:
    asked = ["whatif", str(bank), "--policy", str(bank / "new.toml"), "--today", "2024-06-01", *options]
    return CliRunner().invoke(main, asked)


def test_whatif_reads_the_ledger_alone(bank: Path) -> None:
    result = whatif(bank, "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    # A fund in 7 of 10, or always for who has a card already (every fourth).
    truth = 0.75 * (0.7 * 0.6 * 150 + 0.3 * 0.3 * 100) + 0.25 * 0.6 * 150 - 0.5
    for estimate in ("inverse_propensity", "self_normalised", "doubly_robust"):
        assert answer["whatif"][estimate]["low"] <= truth <= answer["whatif"][estimate]["high"]
    assert answer["warnings"] == []
    logged = 0.75 * (0.3 * 0.6 * 150 + 0.7 * 0.3 * 100) + 0.25 * 0.6 * 150 - 0.5
    assert answer["whatif"]["logged"]["low"] <= logged <= answer["whatif"]["logged"]["high"]
    assert answer["whatif"]["gain"]["low"] > 0
    assert 1150 < answer["whatif"]["decisions"] < 1350
    assert whatif(bank, "--minimum-effective", "1300").exit_code == 1


def test_what_was_never_tried_is_refused(bank: Path) -> None:
    policy = (
        (bank / "new.toml")
        .read_text()
        .replace("channels.app", "channels.call = { cost = 0.1 }\nchannels.app")
    )
    (bank / "new.toml").write_text(policy)
    refused = whatif(bank)
    assert refused.exit_code == 1
    assert "by call" in refused.stderr
