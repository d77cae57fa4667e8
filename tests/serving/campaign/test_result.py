"""The figures of a campaign: closed to unknown keys, and the same again from their own JSON."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from serving.campaign.result import LIST_COLUMNS, CampaignSummary, Limit, Share

FIGURES: dict[str, Any] = {
    "bank": "A bank", "currency": "EUR", "snapshot": date(2024, 1, 1), "decided_on": date(2024, 1, 2),
    "customers": 3, "contacted": 1, "contacts": 1, "held_out": 1, "held_out_idle": 0, "crowded_out": 0,
    "no_action": 1, "expected_value": 0.1 + 0.2, "cost": 1.0, "bound": 0.5, "gap": 0.0, "greedy_value": 0.3,
    "actions": (Share(name="retain", contacts=1, expected_value=0.1 + 0.2, cost=1.0),), "channels": (),
    "tiers": (), "limits": (Limit(name="app", kind="channel", limit=5.0, used=1.0, price=0.0),), "funnel": (),
    "model_versions": "churn/1", "policy_version": "p",
}  # fmt: skip


def test_json_keeps_every_bit() -> None:
    summary = CampaignSummary(**FIGURES)
    assert CampaignSummary.model_validate_json(summary.model_dump_json()) == summary


def test_unknown_figures_are_refused() -> None:
    with pytest.raises(ValidationError, match="earned"):
        CampaignSummary(**FIGURES, earned=1.0)


def test_each_column_is_told_once_and_rows_start_with_their_rank() -> None:
    assert LIST_COLUMNS[0] == "rank"
    assert len(set(LIST_COLUMNS)) == len(LIST_COLUMNS)
