"""Means over snapshots weigh contacts, means over actions all alike; differences are paired draw by draw."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from training.backtest.effect_lines import EVERY, Judged, against_orders, ages, by_snapshot, unordered


def drawn(value: float) -> dict[str, np.ndarray]:
    """Figures whose draws lie 0.1 around."""
    return {name: value + np.array([0.0, -0.1, 0.1]) for name in ("qini", "auuc")}


def judged(snapshot: str, action: str, contacts: int, own: float, order: float, **old: float) -> Judged:
    older = {
        int(age.removeprefix("by")): (30 * int(age.removeprefix("by")), drawn(of)) for age, of in old.items()
    }
    return Judged(snapshot, action, contacts, drawn(own), {"tier": drawn(order)}, older)


JUDGED = [
    judged("a", "retain", 100, 0.1, 0.0),
    judged("b", "retain", 300, 0.5, 0.2, by1=0.4),
    judged("b", "card", 50, 1.0, 1.5, by1=0.8),
    judged("c", "retain", 100, 0.9, 0.1, by1=0.8, by2=0.6),
]


def of(lines: Any, **keys: object) -> list[dict[str, Any]]:
    return [one for one in lines if one["metric"] == "qini" and keys.items() <= one.items()]


def test_a_snapshot_counts_by_its_contacts() -> None:
    lines = by_snapshot(JUDGED)
    assert [one["value"] for one in of(lines, action="retain")] == pytest.approx([0.1, 0.5, 0.9, 0.5])
    [mean] = of(lines, snapshot="mean", action="retain")
    assert mean["contacts"] == 500
    [every] = of(lines, snapshot="mean", action=EVERY)
    assert (every["value"], every["contacts"]) == (pytest.approx((0.5 + 1.0) / 2), 550)


def test_the_lead_over_an_order_is_paired() -> None:
    [retain] = of(against_orders(JUDGED), rule="tier", action="retain")
    assert (retain["of_rule"], retain["of_model"]) == pytest.approx((0.14, 0.5))
    assert (retain["low"], retain["value"], retain["high"]) == pytest.approx((0.36, 0.36, 0.36))
    [every] = of(against_orders(JUDGED), rule="tier", action=EVERY)
    assert every["value"] == pytest.approx((0.36 - 0.5) / 2)


def test_an_order_is_held_against_the_tests_that_have_it() -> None:
    lacking = replace(JUDGED[0], orders={})
    lines = against_orders([lacking, *JUDGED[1:]])
    [retain] = of(lines, rule="tier", action="retain")
    assert retain["folds"] == 2
    assert (retain["of_rule"], retain["of_model"]) == pytest.approx((0.175, 0.6))
    notes = unordered([lacking, *JUDGED[1:]])
    assert "no rule tier as of a (retain): what it goes by is unknown, or the same of all" in notes
    assert "no rule recency: what it goes by is unknown, or the same of all" in notes


def test_age_costs_what_an_older_model_ranks_worse() -> None:
    lines = list(ages(JUDGED))
    retain = of(lines, action="retain")
    assert [(one["age_days"], one["snapshots"]) for one in retain] == [(30, 2), (60, 1)]
    assert [one["value"] for one in retain] == pytest.approx([-0.1, -0.3])
    assert of(lines, action="card")[0]["value"] == pytest.approx(-0.2)


def test_without_an_older_model_there_is_no_age() -> None:
    assert list(ages(JUDGED[:1])) == []
