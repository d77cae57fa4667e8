"""An arm fills its share of the limits by its own rule, and earns what all would, were they decided so."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.spec import Product
from serving.campaign.arms import _share_of, selected
from serving.campaign.pool import Pool, pooled
from serving.campaign.run import choose
from serving.decision.arms import NO_LEVERS, OWN, PROPENSITY_ONLY, RANDOM
from serving.decision.compiled import compile_policy
from serving.decision.decide import decide
from serving.decision.faults import Origin
from serving.policy.file import policy_of
from serving.selection.problem import Problem, value_of
from serving.selection.select import Selection, select

COUNT, CALLS, TODAY = 4_000, 400, date(2024, 5, 1)
PRODUCTS = {"card": Product(annual_value=50.0), "fund": Product(annual_value=400.0)}
ARMS = {"random": 0.3, "propensity_only": 0.3, "no_levers": 0.3}
LEVER = {"name": "push", "multiplier": 30.0, "scope": "cross_sell:card", "set_by": "x", "reason": "y"}
POLICY: dict[str, Any] = {
    "version": "1",
    "actions": {"sell": {"group": "cross_sell"}},
    "channels": {"call": {"cost": 1.0, "capacity": CALLS}},
    "value": {"balance_column": "balance"},
    "levers": [{**LEVER, "until": TODAY}],
    "holdout": {"share": 0.1},
}
ARM = {"random": RANDOM, "propensity_only": PROPENSITY_ONLY, "no_levers": NO_LEVERS}


def pool(**sections: Any) -> Pool:
    rng = np.random.default_rng(3)
    scores = {f"propensity_{name}": rng.beta(1, 9, COUNT) for name in PRODUCTS}
    people = pa.table({"customer_id": np.arange(COUNT), "balance": np.zeros(COUNT), **scores})
    policy = policy_of({**POLICY, **sections}, Origin("policy.toml", {}))
    compiled = compile_policy(policy, PRODUCTS, people.schema, consents_recorded=False)
    return pooled(decide(people, compiled, TODAY))


@pytest.fixture(scope="module")
def shared() -> Pool:
    return pool(arms=ARMS)


@pytest.fixture(scope="module")
def problem(shared: Pool) -> Problem:
    return shared.contact_problem()


@pytest.fixture(scope="module")
def found(shared: Pool, problem: Problem) -> Selection:
    return selected(shared, problem)


def test_every_arm_has_its_share_and_no_limit_breaks(
    shared: Pool, problem: Problem, found: Selection
) -> None:
    assert (problem.used(found.chosen) <= problem.upper).all()
    contacted = (found.chosen >= 0).any(axis=0)
    free = ~shared.held_out
    for arm in (*ARM.values(), OWN):
        mine = free & (shared.arms == arm)
        # What the arms' shares leave of whole calls goes to the policy itself.
        within = len(ARM) if arm == OWN else 1
        assert contacted[mine].sum() == pytest.approx(CALLS * mine.sum() / free.sum(), abs=within)
    assert found.value == pytest.approx(value_of(problem, found.chosen))
    assert found.greedy_value - 1e-9 <= found.value <= found.bound
    assert found.gap < 0.001


@pytest.mark.parametrize("arm", ["random", "propensity_only", "no_levers"])
def test_a_customer_of_an_arm_earns_what_all_would(
    shared: Pool, problem: Problem, found: Selection, arm: str
) -> None:
    """Held against everyone decided that way, by worth without levers: that is what is earned."""
    worth, chosen = earned(shared, problem), found.chosen
    mine = (shared.arms == ARM[arm]) & ~shared.held_out
    here = value_of(replace(worth, expected=np.where(mine, worth.expected, -np.inf)), only(chosen, mine))
    everyone = pool(levers=[]) if arm == "no_levers" else pool(arms={arm: 1 - 1e-9})
    alone = everyone.contact_problem()
    by_value = select(alone, exact_cells=0) if arm == "no_levers" else selected(everyone, alone)
    theirs = value_of(earned(everyone, alone), by_value.chosen)
    each, all_of_them = here / mine.sum(), theirs / (~everyone.held_out).sum()
    assert each == pytest.approx(all_of_them, rel=0.3)


def test_the_arms_differ_as_they_should(shared: Pool, problem: Problem, found: Selection) -> None:
    worth, chosen = earned(shared, problem), found.chosen
    each = {}
    for name, arm in ARM.items():
        mine = (shared.arms == arm) & ~shared.held_out
        each[name] = value_of(worth, only(chosen, mine)) / mine.sum()
    # The likeliest are not those worth most, and chance finds neither.
    assert each["no_levers"] > 1.3 * each["propensity_only"] > 1.3 * each["random"]


def test_without_arms_it_is_the_selection_itself(problem: Problem) -> None:
    few = problem.part(np.arange(300), problem.upper / 100, problem.lower)
    plain: Any = SimpleNamespace(arms=np.full(300, OWN))
    found, alone = selected(plain, few), select(few)
    np.testing.assert_array_equal(found.chosen, alone.chosen)
    assert (found.value, found.bound, found.greedy_value) == (alone.value, alone.bound, alone.greedy_value)


def test_a_minimum_that_is_missed_is_told_of_all_arms_together() -> None:
    short = pool(arms=ARMS, campaign={"products": {"card": {"minimum": 2 * CALLS}}})
    problem = short.contact_problem()
    found = selected(short, problem)
    (missed,) = found.short
    row = missed.row
    assert missed.reached <= missed.reachable
    assert missed.asked == pytest.approx(2 * CALLS)
    assert missed.reached == pytest.approx(problem.used(found.chosen)[row])


def test_how_likely_an_arms_choice_was_is_known(shared: Pool) -> None:
    found = choose([shared])
    contacted = (found.selection.chosen >= 0).any(axis=0)
    drawn = contacted & (shared.arms == RANDOM)
    # Of two products, or of the one that was worth it.
    assert set(found.probability[drawn]) == {0.5, 1.0}
    assert (found.probability[contacted & (shared.arms != RANDOM)] == 1).all()


def earned(decided: Pool, problem: Problem) -> Problem:
    """The problem with what contacts earn, levers apart."""
    factors = decided.factors
    worth = (factors.probability * factors.value)[:, np.newaxis] - factors.cost[:, :, np.newaxis]
    return replace(problem, expected=np.where(problem.expected > -np.inf, worth, -np.inf))


def only(chosen: Any, mine: Any) -> Any:
    return np.where(mine, chosen, -1)


def test_ranking_by_propensity_calls_the_likeliest() -> None:
    """Everyone in one arm: the likeliest are called, one product each."""
    everyone = pool(arms={"propensity_only": 1 - 1e-9})
    problem = everyone.contact_problem()
    chosen = selected(everyone, problem).chosen
    likely = np.where(problem.expected[:, 0] > -np.inf, everyone.factors.probability, 0.0).max(axis=0)
    called = (chosen >= 0).any(axis=0)
    assert called.sum() == CALLS
    assert likely[called].min() >= likely[~called].max()


@pytest.mark.parametrize("mine", [29, 57, 58])
def test_a_share_of_whole_contacts_loses_none_to_rounding(problem: Problem, mine: int) -> None:
    hundred = replace(problem, limits=np.full_like(problem.limits, 100.0))
    assert _share_of(hundred, mine, 100).tolist() == [mine] * len(hundred.upper)
