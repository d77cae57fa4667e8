"""Campaigns computed from a store and models that answer from memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from numpy.typing import NDArray

import serving.campaign.run
from features.errors import BadInputError
from features.progress import silent
from features.question import Question
from features.spec import WindowSpec, parse, read_spec
from features.vocabulary import Model
from serving.campaign.result import LIST_COLUMNS, CampaignResult
from serving.campaign.run import Opened, campaign_of, run_campaign
from serving.campaign.summary import Occasion
from serving.decision.policy import Policy
from serving.decision.reasons import Narrator
from serving.models import ALL_THREADS
from serving.policy.file import compile_for
from serving.wording_file import load_wording

SNAPSHOT, TODAY = date(2024, 1, 1), date(2024, 1, 15)
CUSTOMERS = 400
NAMES = ("transactions_days_since_last", "balances_total_last")
POLICY: dict[str, Any] = {
    "version": "test",
    "actions": {
        "retain": {"group": "retain", "save_rate": 0.5},
        "sell": {"group": "cross_sell"},
        "complaint": {
            "group": "service",
            "probability": 1.0,
            "value": 20.0,
            "reason_features": ["interactions_complaints_open"],
        },
    },
    "channels": {
        "app": {"cost": 0.5, "weight": 0.5, "groups": ["retain", "cross_sell"]},
        "call_centre": {"cost": 4.0, "capacity": 30},
    },
    "rules": [
        {"name": "open", "scope": "service", "condition": "interactions_complaints_open > 0"},
        {"name": "quiet", "scope": "cross_sell", "condition": "interactions_complaints_open = 0"},
    ],
    "value": {"base": 20.0},
    "holdout": {"share": 0.2},
    "campaign": {"products": {"card": {"maximum": 40}}},
    "levers": [
        {"name": "old", "multiplier": 9.0, "set_by": "x", "reason": "y", "until": date(2024, 1, 14)}
    ],
}  # fmt: skip


def people(rows: int = CUSTOMERS) -> pa.Table:
    return pa.table({"customer_id": range(rows), "snapshot_date": [SNAPSHOT] * rows})


def features(rows: int = CUSTOMERS) -> pa.Table:
    rng = np.random.default_rng(5)
    return people(rows).append_column("tier", [rng.choice(["valuable", "low_value"], rows)]).append_column(
        "interactions_complaints_open", [np.float64(rng.random(rows) < 0.1)]
    ).append_column("balances_total_last", [rng.lognormal(7, 1, rows)]).append_column(
        "transactions_days_since_last", [np.round(rng.exponential(30, rows))]
    )  # fmt: skip


@dataclass(frozen=True)
class FakeStore:
    """Features from memory, found by customer."""

    table: pa.Table

    def service_name(self, purpose: str) -> str:
        return purpose

    def historical_batches(self, service: str, entities: pa.Table, rows: int) -> Iterator[pa.Table]:
        assert service == "decision"
        found = self.table.take(pc.index_in(entities["customer_id"], self.table["customer_id"]))
        for start in range(0, max(found.num_rows, 1), rows):
            yield found.slice(start, rows)


@dataclass(frozen=True)
class FakeModel:
    """Every head's probability falls with the balance; contributions favour the first feature."""

    name: Model
    heads: tuple[str, ...]
    window: WindowSpec = field(default_factory=WindowSpec)

    @property
    def version(self) -> str:
        return f"{self.name}/1"

    @property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        return {}

    @property
    def contract(self) -> Any:
        return SimpleNamespace(names=list(NAMES), features=list(NAMES), question=Question(self.window))

    def predict(self, table: pa.Table, threads: int) -> dict[str, NDArray[np.float64]]:
        assert threads == ALL_THREADS
        balance = table["balances_total_last"].to_numpy()
        return {head: 100.0 / (200.0 + balance) / place for place, head in enumerate(self.heads, 1)}

    def contributions(self, table: pa.Table, head: str) -> NDArray[np.float64]:
        assert head in self.heads
        return np.tile([0.5, 0.2, -3.0], (table.num_rows, 1))


MODELS = (FakeModel(Model.CHURN, ("churn",)), FakeModel(Model.PROPENSITY, ("card", "fund")))
PRODUCTS = {
    "card": {"name_en": "card", "name_zh": "银行卡", "annual_value": 100.0},
    "fund": {"name_en": "fund", "name_zh": "基金", "annual_value": 150.0},
}


@pytest.fixture
def opened(write_bank: Any) -> Opened:
    spec = read_spec(write_bank({"customers": [{"customer_id": 1}]}, products=PRODUCTS))
    return open_with(spec, features(), MODELS)


def open_with(spec: Any, table: pa.Table, models: Sequence[FakeModel], **sections: Any) -> Opened:
    policy = parse(Policy, {**POLICY, **sections}, Path("policy.toml"))
    layout: Any = SimpleNamespace(fingerprint="f", sensitive=())
    store: Any = FakeStore(table)
    scorers: Any = tuple(models)
    compiled = compile_for(spec, policy, table.schema)
    return Opened(spec, layout, store, scorers, compiled, Narrator(load_wording(), spec.products))


def run(opened: Opened, rows: int = CUSTOMERS) -> CampaignResult:
    return campaign_of(opened, people(rows), Occasion(SNAPSHOT, TODAY), silent)


def test_the_list_keeps_every_limit_and_adds_up(opened: Opened) -> None:
    result = run(opened)
    contacts, summary = result.contacts, result.summary
    assert contacts.column_names == list(LIST_COLUMNS)
    assert contacts["rank"].to_pylist() == list(range(1, contacts.num_rows + 1))
    assert len(set(contacts["customer_id"].to_pylist())) == contacts.num_rows
    assert set(contacts["arm"].to_pylist()) == {"treatment"}
    values = contacts["expected_value"].to_numpy()
    assert (np.diff(values) <= 0).all()
    product = np.prod([contacts[name].to_numpy() for name in ("value", "context_weight", "lever")], axis=0)
    np.testing.assert_allclose(
        values, contacts["probability"].to_numpy() * product - contacts["cost"].to_numpy(), rtol=1e-12
    )
    assert pc.sum(pc.equal(contacts["channel"], "call_centre")).as_py() == 30
    assert pc.sum(pc.equal(contacts["action"], "cross_sell:card")).as_py() <= 40
    assert summary.expected_value == pytest.approx(values.sum())
    assert summary.expected_value >= summary.greedy_value - 1e-9
    assert summary.gap <= 0.001


def test_everyone_is_accounted_for(opened: Opened) -> None:
    summary = run(opened).summary
    parts = (
        summary.contacted,
        summary.held_out,
        summary.held_out_idle,
        summary.crowded_out,
        summary.no_action,
    )
    assert sum(parts) == summary.customers == CUSTOMERS
    assert min(summary.contacted, summary.held_out) > 0
    for shares in (summary.actions, summary.channels, summary.tiers):
        assert sum(share.contacts for share in shares) == summary.contacted
    assert {(limit.name, limit.kind) for limit in summary.limits} == {
        ("call_centre", "channel"), ("card", "product")
    }  # fmt: skip
    assert all(limit.used <= limit.limit for limit in summary.limits)
    assert summary.warnings == ("lever old is past its date and without effect",)
    assert summary.model_versions == "churn/1, propensity/1"


def test_the_held_out_are_recorded_and_not_contacted_except_for_service(opened: Opened) -> None:
    result = run(opened)
    contacted = set(result.contacts["customer_id"].to_pylist())
    assert contacted.isdisjoint(result.held_out["customer_id"].to_pylist())
    assert set(result.held_out["arm"].to_pylist()) == {"control"}
    assert not any(action.startswith("service") for action in result.held_out["action"].to_pylist())
    # About a fifth of those worth a contact.
    share = result.held_out.num_rows / (result.held_out.num_rows + result.contacts.num_rows)
    assert 0.1 < share < 0.3


def test_reasons_and_talking_points_speak_both_languages(opened: Opened) -> None:
    rows = run(opened).contacts.to_pylist()
    sold = next(row for row in rows if row["action"] == "cross_sell:fund")
    assert "ransaction" in sold["reasons"]
    assert "余额" in sold["reasons_zh"]
    assert "fund" in sold["talking_point"]
    assert "基金" in sold["talking_point_zh"]
    served = next(row for row in rows if row["action"] == "service:complaint")
    assert (served["reasons"], served["product"], served["basis"]) == (
        "A complaint is still open",
        None,
        "stated",
    )


def test_chunks_change_nothing(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(opened)
    monkeypatch.setattr(serving.campaign.run, "CHUNK_ROWS", 37)
    monkeypatch.setattr(serving.campaign.run, "EXPLAINED_ROWS", 11)
    pieces = run(opened)
    assert pieces.contacts.equals(whole.contacts)
    assert pieces.held_out.equals(whole.held_out)
    assert pieces.summary == whole.summary


def test_a_minimum_out_of_reach_is_a_warning(opened: Opened) -> None:
    products = {"card": {"minimum": 395}}
    summary = run(open_with(opened.spec, features(), MODELS, campaign={"products": products})).summary
    (card,) = (limit for limit in summary.limits if limit.name == "card")
    assert card.short == 395 - card.used > 0
    assert card.reachable is not None
    assert any("the minimum of card is not met: 395 contacts asked" in text for text in summary.warnings)


def test_the_frontier_passes_by_the_list(opened: Opened) -> None:
    points = run(opened).summary.frontier
    budgets, values = np.array([(point.budget, point.expected_value) for point in points]).T
    assert (np.diff(budgets) > 0).all()
    assert (np.diff(values) >= -1e-6).all()
    result = run(opened).summary
    assert np.interp(result.cost, budgets, values) == pytest.approx(result.expected_value, rel=0.02)


def test_who_is_reached_is_told_by_tier_and_by_sex(opened: Opened) -> None:
    table = features().append_column("customer_sex", pa.array(["f", "m"] * (CUSTOMERS // 2)))
    bank = replace(
        open_with(opened.spec, table, MODELS),
        layout=SimpleNamespace(fingerprint="f", sensitive=("customer_sex",)),  # type: ignore[arg-type]  # a fake
    )
    summary = run(bank).summary
    assert sum(one.contacts for one in summary.mixes if one.by == "tier") == summary.contacts
    assert {one.group: one.customers for one in summary.exposures} == {"f": 200, "m": 200}
    assert sum(one.contacted for one in summary.exposures) == summary.contacted


def test_a_bank_without_propensities_still_retains(opened: Opened) -> None:
    result = run(open_with(opened.spec, features(), MODELS[:1]))
    assert {row.name for row in result.summary.actions} == {"retain", "service:complaint"}
    assert "no propensity model: its actions are not scored" in result.summary.warnings


def test_a_model_of_another_window_is_a_warning(opened: Opened) -> None:
    older = replace(MODELS[0], window=WindowSpec(horizon_days=30))
    summary = run(open_with(opened.spec, features(), [older, MODELS[1]])).summary
    asked = "bank.toml asks for 90 days after a gap of 0: train again"
    assert f"churn/1 answers for 30 days after a gap of 0, {asked}" in summary.warnings


def test_nothing_worth_doing_is_an_empty_list(opened: Opened) -> None:
    result = run(open_with(opened.spec, features(), MODELS, minimum_expected_value=1e9))
    assert (result.contacts.num_rows, result.held_out.num_rows) == (0, 0)
    assert result.contacts.column_names == list(LIST_COLUMNS)
    assert (result.summary.expected_value, result.summary.gap) == (0.0, 0.0)
    assert result.summary.no_action + result.summary.held_out_idle == CUSTOMERS
    assert result.summary.warnings[-1].startswith(
        "nobody is contacted; rules not met, or reasons, that took most actions away: not_worth_it"
    )


def test_one_customer(opened: Opened) -> None:
    result = run(open_with(opened.spec, features(), MODELS, holdout={"share": 0.0}), rows=1)
    assert result.summary.customers == 1
    assert result.contacts.num_rows == 1


def test_the_funnel_counts_customers_once_an_action(opened: Opened) -> None:
    summary = run(opened).summary
    complaints = pc.sum(features()["interactions_complaints_open"]).as_py()
    counted = {(drop.stage, drop.reason, drop.action): drop.customers for drop in summary.funnel}
    assert counted["eligible", "open", "service:complaint"] == CUSTOMERS - complaints
    assert counted["eligible", "quiet", "cross_sell:card"] == complaints
    for action in ("retain", "cross_sell:card", "service:complaint"):
        assert sum(drop.customers for drop in summary.funnel if drop.action == action) <= CUSTOMERS


def test_a_folder_with_other_things_is_refused_before_any_work(write_bank: Any, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    spec = read_spec(write_bank({"customers": [{"customer_id": 1}]}))
    with pytest.raises(BadInputError, match="something other than a campaign"):
        run_campaign(spec, SNAPSHOT, tmp_path, silent)


def test_a_bank_without_features_says_what_to_run(write_bank: Any, tmp_path: Path) -> None:
    spec = read_spec(write_bank({"customers": [{"customer_id": 1}]}))
    with pytest.raises(BadInputError, match="nextbest features"):
        run_campaign(spec, SNAPSHOT, tmp_path / "out", silent)
    assert not (tmp_path / "out").exists()
