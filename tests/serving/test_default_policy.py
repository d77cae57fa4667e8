"""The policy that comes with the product, held against customers of every kind."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.spec import Product
from serving.decision.arbitration import Places
from serving.decision.compiled import CompiledPolicy, compile_policy
from serving.decision.decide import Decisions, decide
from serving.decision.policy import Policy
from serving.decision.trace import trace
from serving.policy.file import default_policy_path, read_policy

TODAY = date(2024, 5, 1)
CATALOGUE = {
    "card": Product(name_en="card", annual_value=60.0),
    "fund": Product(name_en="fund", annual_value=150.0),
    "mortgage": Product(name_en="mortgage", annual_value=900.0),
}
CUSTOMERS = 3_000
DEFAULT = read_policy(default_policy_path())
HISTORY = (None, "005||retain|app", "020||service:birthday|app", "090|030|cross_sell:card|app",
           "060|050|cross_sell:fund|sms;070|055|cross_sell:card|app")  # fmt: skip


def customers(seed: int = 3) -> pa.Table:
    rng = np.random.default_rng(seed)
    flag, few = [None, 0.0, 1.0], [None, 0.0, 1.0, 2.0]
    choices: dict[str, list[Any]] = {
        "tier": [None, "dormant", "low_value", "valuable", "high_value"],
        "holdings_count": few,
        "transactions_days_since_last": [None, 3.0, 120.0],
        "interactions_complaints_open": [None, 0.0, 0.0, 0.0, 1.0],
        "attributes_vulnerable": [None, 0.0, 0.0, 1.0],
        "occasions_days_to_birthday": [None, 3.0, 200.0],
        "occasions_days_to_anniversary": [None, 7.0, 8.0],
        "consents_marketing_any": [1.0, 1.0, 1.0, None, 0.0],
        "consents_marketing_call_centre": flag,
        "contacts_days_since_last_offer": [None, 5.0, 40.0],
        "contacts_offers_30d": few,
        "contacts_offers_90d": few,
        "contact_history": [*HISTORY],
        **{f"holdings_held_{product}": [0.0, 0.0, 1.0] for product in CATALOGUE},
    }
    drawn = {
        name: pa.array([values[at] for at in rng.integers(len(values), size=CUSTOMERS)])
        for name, values in choices.items()
    }
    scores = {name: rng.random(CUSTOMERS) ** 3 for name in ("churn", *(f"propensity_{p}" for p in CATALOGUE))}
    balance = rng.lognormal(8, 2, CUSTOMERS)
    return pa.table({"customer_id": np.arange(CUSTOMERS), **drawn, **scores, "balances_total_last": balance})


EVERYONE = customers()


def made_ready(**changes: Any) -> CompiledPolicy:
    policy = Policy.model_validate({**DEFAULT.model_dump(), **changes})
    return compile_policy(policy, CATALOGUE, EVERYONE.schema, consents_recorded=True)


def ranks(decisions: Decisions) -> Places:
    """Each action's rank from 0, shape (actions, customers); the number of actions where it is not ranked."""
    order = decisions.ranking.order
    found = np.full((len(order) + 1, order.shape[1]), len(order))
    np.put_along_axis(found, order, np.arange(len(order))[:, np.newaxis], axis=0)
    return found[:-1]


@pytest.mark.parametrize("most", [1, 3])
@pytest.mark.parametrize("action", [one.id for one in made_ready().actions if one.id != one.group])
def test_raising_a_lever_never_lowers_an_action(action: str, most: int) -> None:
    who = {"scope": action, "set_by": "x", "reason": "y", "until": TODAY}
    place = [one.id for one in made_ready().actions].index(action)
    before = None
    for multiplier in (0.0, 0.3, 1.0, 1.0001, 2.0, 40.0):
        lever = {"name": "push", "multiplier": multiplier, **who}
        after = decide(EVERYONE, made_ready(levers=(lever,), max_actions=most), TODAY)
        if before is not None:
            assert (ranks(after)[place] <= ranks(before)[place]).all()
            # Of several actions some exclude others; who had it has it still.
            assert (after.chosen[place] | ~before.chosen[place]).all()
        before = after
    assert before is not None
    assert before.chosen[place].sum() > 20  # somebody was there to be raised for


@pytest.mark.parametrize("group", ["retain", "cross_sell", "service"])
def test_a_lever_of_a_group_lowers_none_of_it_below_another_group(group: str) -> None:
    lever = {"name": "push", "scope": group, "set_by": "x", "reason": "y", "until": TODAY}
    before, after = (
        decide(EVERYONE, made_ready(levers=({**lever, "multiplier": by},)), TODAY) for by in (1.0, 1.7)
    )
    mine = np.array([action.group == group for action in made_ready().actions])
    above = [ranks(one)[mine][:, np.newaxis] < ranks(one)[~mine] for one in (before, after)]
    assert (above[1] | ~above[0]).all()
    assert (above[1] & ~above[0]).any()


def test_service_goes_on_where_selling_stops() -> None:
    found = decide(EVERYONE, made_ready(max_actions=3), TODAY)
    ids = [action.id for action in found.compiled.actions]
    chosen = dict(zip(ids, found.chosen, strict=True))
    sells = np.any([rows for name, rows in chosen.items() if name.startswith("cross_sell")], axis=0)
    stopped = np.zeros(CUSTOMERS, dtype=np.bool_)
    for column in ("interactions_complaints_open", "attributes_vulnerable"):
        stopped |= np.nan_to_num(EVERYONE[column].to_numpy(zero_copy_only=False)) > 0
    assert not (sells & stopped).any()
    assert sells.any()
    for name in ("complaint", "birthday", "anniversary", "reactivation"):
        assert (chosen[f"service:{name}"] & stopped).any(), name


def test_each_service_has_its_occasion() -> None:
    found = decide(EVERYONE, made_ready(max_actions=5), TODAY)
    ids = [action.id for action in found.compiled.actions]
    occasions = {
        "complaint": EVERYONE["interactions_complaints_open"].to_numpy(zero_copy_only=False) > 0,
        "birthday": EVERYONE["occasions_days_to_birthday"].to_numpy(zero_copy_only=False) <= 7,
        "anniversary": EVERYONE["occasions_days_to_anniversary"].to_numpy(zero_copy_only=False) <= 7,
        "reactivation": np.array([tier == "dormant" for tier in EVERYONE["tier"].to_pylist()]),
    }
    for name, occasion in occasions.items():
        chosen = found.chosen[ids.index(f"service:{name}")]
        assert chosen.any()
        assert not (chosen & ~occasion).any()


def test_the_managers_call_is_the_managers() -> None:
    found = decide(EVERYONE, made_ready(), TODAY)
    place = [action.id for action in found.compiled.actions].index("retain:managers_call")
    told = trace(found, int(np.flatnonzero(found.winner == place)[0]))
    assert (told.action, told.ranked[0].channel) == ("retain:managers_call", "relationship_manager")
    channels = found.ranking.channel[place]
    assert set(channels.tolist()) == {-1, found.compiled.channels.index("relationship_manager")}
