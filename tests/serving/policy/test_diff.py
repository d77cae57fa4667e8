"""Two lists side by side."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from serving.decision.faults import Origin
from serving.policy.diff import Change, changes, compared
from serving.policy.file import policy_of

COLUMNS = ("customer_id", "action", "channel", "tier", "expected_value", "cost")
OLD = [
    (1, "retain", "app", "valuable", 10.0, 1.0),
    (2, "retain", "app", None, 5.0, 1.0),
    (3, "cross_sell:card", "call", "valuable", 8.0, 4.0),
]
NEW = [
    (1, "retain", "call", "valuable", 12.0, 4.0),
    (2, "cross_sell:card", "app", None, 6.0, 1.0),
    (4, "retain", "app", "dormant", 2.0, 1.0),
]


def rows(listed: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in listed]


def test_actions_are_kept_won_and_lost() -> None:
    card, retain = changes(rows(OLD), rows(NEW), lambda row: str(row["action"]))
    assert retain == Change(
        name="retain", before=2, after=2, kept=1, won=1, lost=1,
        expected_value_before=15.0, expected_value_after=14.0, cost_before=2.0, cost_after=5.0,
    )  # fmt: skip
    assert (card.name, card.kept, card.won, card.lost) == ("cross_sell:card", 0, 1, 1)
    assert changes([], [], lambda _: "x") == ()


def bank(version: str, capacity: int) -> Any:
    raw = {
        "version": version,
        "actions": {"retain": {"group": "retain", "save_rate": 0.5}},
        "channels": {"app": {"cost": 1.0, "capacity": capacity}, "call": {"cost": 4.0}},
    }
    policy = policy_of(raw, Origin("policy.toml", {}))
    compiled = SimpleNamespace(policy=policy, version=version, warnings=lambda _: (f"{version} warns",))
    return SimpleNamespace(policy=compiled)


def test_both_policies_are_told_with_their_load() -> None:
    spec: Any = SimpleNamespace(name="bank", currency="EUR")
    lists = [pa.Table.from_pylist(rows(listed)) for listed in (OLD, NEW)]
    day = date(2024, 1, 1)
    found = compared(spec, day, (bank("a", 4), bank("b", 8)), lists, day)
    assert (found.before, found.after, found.warnings) == ("a", "b", ("a warns", "b warns"))
    total = found.total
    assert (total.before, total.after, total.kept, total.won, total.lost) == (3, 3, 1, 2, 2)
    assert (total.expected_value_before, total.expected_value_after) == (23.0, 20.0)
    assert found.load_before == {"app": 0.5, "call": None}
    assert found.load_after == {"app": 0.25, "call": None}
    assert [change.name for change in found.tiers] == ["dormant", "unknown", "valuable"]
    nobody = compared(spec, day, (bank("a", 0), bank("b", 8)), [one.slice(0, 0) for one in lists], day)
    assert (nobody.total.before, nobody.total.won, nobody.load_before["app"]) == (0, 0, None)
