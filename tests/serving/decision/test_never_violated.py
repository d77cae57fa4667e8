"""100,000 random cases of customer and policy: what anything forbids is never ranked, chosen or a default.

The second reading of each policy is plain Python over plain rows and shares no code with the core.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from serving.decision.decide import Decisions, decide
from serving.decision.request import Request

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

TODAY = date(2024, 5, 1)
POLICIES, CUSTOMERS = 400, 250
ACTIONS = ("retain", "retain:gift", "cross_sell:card", "cross_sell:loan", "service:greet")
SCOPES = ("all", "retain", "cross_sell", "service", *ACTIONS[1:])
CHANNELS = ("app", "call", "sms")
GROUPS = ("retain", "cross_sell", "service")
RULES: dict[str, tuple[str, str, Callable[[dict[str, Any], str], bool]]] = {
    # Name: scope, condition, and when the row satisfies it for an action.
    "quiet": ("cross_sell", "coalesce(open, 0) = 0", lambda row, _: (row["open"] or 0) == 0),
    "rich": ("retain", "balance > 1000", lambda row, _: row["balance"] is not None and row["balance"] > 1000),
    "kind": ("all", "segment IN ('a', 'b') OR open > 1",
             lambda row, _: row["segment"] in ("a", "b") or (row["open"] or 0) > 1),
    "likely": ("cross_sell", "propensity_{product} >= 0.1",
               lambda row, action: (row[f"propensity_{action.partition(':')[2]}"] or 0) >= 0.1),
    "gift": ("retain:gift", "NOT segment = 'c'", lambda row, _: row["segment"] in ("a", "b")),
}  # fmt: skip


def covers(scope: str, action: str) -> bool:
    return scope in ("all", action) or action.startswith(f"{scope}:")


def maybe(rng: np.random.Generator, values: Any, missing: float = 0.25) -> list[Any]:
    return [
        None if gone else value for value, gone in zip(values, rng.random(CUSTOMERS) < missing, strict=True)
    ]


def customers(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Rows whose `history` holds (days, days since refused or None, action, channel)."""
    columns: dict[str, list[Any]] = {
        "customer_id": list(range(CUSTOMERS)),
        "churn": maybe(rng, rng.random(CUSTOMERS).tolist()),
        "balance": maybe(rng, rng.choice([-5.0, 500.0, 5000.0], CUSTOMERS).tolist()),
        "open": maybe(rng, rng.choice([0.0, 1.0, 2.0], CUSTOMERS).tolist()),
        "segment": maybe(rng, rng.choice(["a", "b", "c"], CUSTOMERS).tolist()),
        "tongue": maybe(rng, rng.choice(["en", "zh", "fr"], CUSTOMERS).tolist()),
        "contacts_days_since_last_offer": maybe(rng, rng.integers(1, 40, CUSTOMERS).astype(float).tolist()),
        "contacts_offers_30d": maybe(rng, rng.integers(0, 4, CUSTOMERS).astype(float).tolist()),
    }
    for product in ("card", "loan"):
        columns[f"propensity_{product}"] = maybe(rng, rng.random(CUSTOMERS).tolist())
        columns[f"holdings_held_{product}"] = maybe(
            rng, rng.choice([0.0, 1.0], CUSTOMERS, p=[0.7, 0.3]).tolist()
        )
    for channel in ("app", "call", "any"):
        columns[f"consents_marketing_{channel}"] = maybe(rng, rng.choice([0.0, 1.0], CUSTOMERS).tolist())
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    for row in rows:
        row["history"] = [contact(rng) for _ in range(rng.integers(0, 4))]
    return rows


def contact(rng: np.random.Generator) -> tuple[int, int | None, str, str]:
    days = int(rng.integers(1, 120))
    refused = int(rng.integers(1, days + 1)) if rng.random() < 0.5 else None
    return days, refused, str(rng.choice(ACTIONS)), str(rng.choice(CHANNELS))


def table(rows: list[dict[str, Any]]) -> pa.Table:
    told = [
        ";".join(f"{days:03d}|{'' if no is None else f'{no:03d}'}|{action}|{channel}"
                 for days, no, action, channel in sorted(row["history"], key=str)) or None
        for row in rows
    ]  # fmt: skip
    plain = {name: pa.array([row[name] for row in rows]) for name in rows[0] if name != "history"}
    return pa.table({**plain, "contact_history": pa.array(told, pa.string())})


def policy(rng: np.random.Generator) -> dict[str, Any]:
    """A policy's sections, as its file would hold them."""

    def some(values: tuple[str, ...]) -> list[str]:
        return [value for value in values if rng.random() < 0.6]

    def any_of(*values: Any) -> Any:
        return values[rng.integers(len(values))]

    def listed(make: Callable[[], dict[str, Any]], name: str) -> list[dict[str, Any]]:
        return [{"name": f"{name}{place}", **make()} for place in range(rng.integers(0, 3))]

    def scoped(**keys: Any) -> dict[str, Any]:
        return {
            "scope": any_of(*SCOPES),
            **{name: value for name, value in keys.items() if value is not None},
        }

    return {
        "max_actions": int(rng.integers(1, 4)),
        "arms": {arm: float(rng.choice([0.0, 0.2])) for arm in ("random", "propensity_only", "no_levers")},
        "language_column": "tongue",
        "minimum_expected_value": float(rng.choice([0.0, 2.0, 1e6], p=[0.5, 0.4, 0.1])),
        "fallback": any_of("nothing", "service:greet", "retain:gift"),
        "actions": {
            "retain": {"group": "retain", "save_rate": 0.5},
            "gift": {"group": "retain", "save_rate": 0.6, "cost": 5.0, "channels": some(CHANNELS)},
            "sell": {"group": "cross_sell"},
            "greet": {"group": "service", "probability": 1.0, "value": float(rng.integers(1, 60))},
        },
        "channels": {
            name: {
                "cost": float(rng.integers(0, 4)),
                "groups": some(GROUPS),
                "languages": any_of([], ["en"], ["en", "zh"]),
                **any_of({}, {"quiet_hours": [21, 8]}, {"quiet_hours": [12, 14]}),
            }
            for name in CHANNELS
        },
        "rules": [
            {"name": name, "scope": scope, "condition": text, "kind": any_of("eligibility", "suitability")}
            for name, (scope, text, _) in RULES.items()
            if rng.random() < 0.4
        ],
        "contact": {
            "groups": some(GROUPS),
            "min_spacing_days": int(rng.choice([0, 5, 20])),
            "max_contacts_30d": int(rng.integers(1, 4)),
            "caps": listed(
                lambda: scoped(
                    counts=any_of(None, *SCOPES), channel=any_of(None, *CHANNELS),
                    days=int(rng.integers(1, 120)), maximum=int(rng.integers(1, 3)),
                ), "cap"),
            "spacing": listed(
                lambda: scoped(
                    after=any_of(None, *SCOPES), channel=any_of(None, *CHANNELS),
                    days=int(rng.integers(1, 90)),
                ), "space"),
            "suppression": listed(
                lambda: scoped(
                    refusals=int(rng.integers(1, 3)), within_days=int(rng.integers(1, 100)),
                    for_days=int(rng.integers(1, 60)),
                ), "rest"),
            "never": listed(lambda: {"first": any_of(*SCOPES), "second": any_of(*SCOPES)}, "never"),
        },
        "consent": {
            "purposes": any_of({}, {"cross_sell": "marketing"}, dict.fromkeys(GROUPS[:2], "marketing")),
            "unstated": any_of("refused", "granted"),
        },
        "holdout": {"share": 0.3, "groups": some(GROUPS)},
    }  # fmt: skip


def stops(row: dict[str, Any], action: str, channel: str, spec: dict[str, Any], hour: float | None) -> bool:
    """Whether anything forbids an action through a channel for a customer."""
    return (
        _channel_stops(row, action, spec["channels"][channel], hour)
        or (action == "retain:gift" and channel not in (spec["actions"]["gift"]["channels"] or CHANNELS))
        or _rules_stop(row, action, spec)
        or _consent_stops(row, action, channel, spec)
        or _contacts_stop(row, action, channel, spec["contact"])
    )


def _channel_stops(row: dict[str, Any], action: str, channel: dict[str, Any], hour: float | None) -> bool:
    begin, end = channel.get("quiet_hours", (0, 0))
    quiet = hour is not None and (begin <= hour < end if begin <= end else not end <= hour < begin)
    foreign = bool(channel["languages"]) and (row["tongue"] or "en") not in channel["languages"]
    return quiet or foreign or action.partition(":")[0] not in channel["groups"]


def _rules_stop(row: dict[str, Any], action: str, spec: dict[str, Any]) -> bool:
    product = action.partition(":")[2] if action.startswith("cross_sell") else None
    if product and row[f"holdings_held_{product}"] == 1:
        return True
    return any(
        covers(rule["scope"], action) and not RULES[rule["name"]][2](row, action) for rule in spec["rules"]
    )


def _consent_stops(row: dict[str, Any], action: str, channel: str, spec: dict[str, Any]) -> bool:
    if action.partition(":")[0] not in spec["consent"]["purposes"]:
        return False
    said = row.get(f"consents_marketing_{channel}")
    said = row["consents_marketing_any"] if said is None else said
    return said == 0 or (said is None and spec["consent"]["unstated"] == "refused")


def _contacts_stop(row: dict[str, Any], action: str, channel: str, spec: dict[str, Any]) -> bool:
    if action.partition(":")[0] in spec["groups"]:
        since = row["contacts_days_since_last_offer"]
        if since is not None and since < spec["min_spacing_days"]:
            return True
        if (row["contacts_offers_30d"] or 0) >= spec["max_contacts_30d"]:
            return True
    return any(_rule_stops(row["history"], rule, action, channel) for key in LISTS for rule in spec[key])


LISTS = ("caps", "spacing", "suppression")


def _rule_stops(history: list[Any], rule: dict[str, Any], action: str, channel: str) -> bool:
    if not covers(rule["scope"], action) or rule.get("channel", channel) != channel:
        return False
    counted = rule.get("counts") or rule.get("after") or rule["scope"]
    its = [
        (days, refused)
        for days, refused, what, through in history
        if covers(counted, what) and rule.get("channel", through) == through
    ]
    if "maximum" in rule:
        return sum(days <= rule["days"] for days, _ in its) >= rule["maximum"]
    if "refusals" in rule:
        noes = sorted(refused for _, refused in its if refused is not None)
        newest = noes[0] if noes else 10**6
        return (
            newest < rule["for_days"]
            and sum(no < newest + rule["within_days"] for no in noes) >= rule["refusals"]
        )
    return any(days < rule["days"] for days, _ in its)


def check(decisions: Decisions, rows: list[dict[str, Any]], spec: dict[str, Any], hour: float | None) -> int:
    """Hold every ranked, chosen and default action against the second reading; returns how many were."""
    held = 0
    ids = [action.id for action in decisions.compiled.actions]
    for row, customer in enumerate(rows):
        chosen = []
        for place in (int(place) for place in decisions.ranking.order[:, row] if place >= 0):
            channel = decisions.compiled.channels[decisions.ranking.channel[place, row]]
            assert not stops(customer, ids[place], channel, spec, hour), (customer, ids[place], channel, spec)
            chosen += [ids[place]] if decisions.chosen[place, row] else []
            held += 1
        assert len(chosen) <= spec["max_actions"]
        assert not any(
            one != other and covers(rule["first"], one) and covers(rule["second"], other)
            for rule in spec["contact"]["never"] for one in chosen for other in chosen
        )  # fmt: skip
        if decisions.fallback[row]:
            assert chosen == [spec["fallback"]]
            assert not decisions.alive[..., row].any()
        if decisions.holdout.held_out[row] and not decisions.control[row]:
            assert not any(one.partition(":")[0] in spec["holdout"]["groups"] for one in chosen)
        if decisions.control[row]:
            assert chosen[0].partition(":")[0] in spec["holdout"]["groups"]
    return held


@pytest.mark.parametrize("seed", [11])
def test_nothing_forbidden_in_100_000_cases(compiled: "Compile", seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = 0
    for number in range(POLICIES):
        if number % 20 == 0:
            rows = customers(rng)
            people = table(rows)
        spec = policy(rng)
        ready = compiled(people, consents_recorded=True, **spec)
        hour = [None, 7.5, 13.0, 22.0][number % 4]
        said = Request(values={} if hour is None else {"local_hour": hour})
        held += check(decide(people, ready, TODAY, said), rows, spec, hour)
    assert POLICIES * CUSTOMERS >= 100_000
    assert held > 50_000  # the rest had nothing to be wrong about
