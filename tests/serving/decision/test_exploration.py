"""Exploring: recorded probabilities are those of what happens, its cost is capped, and IPS is unbiased."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from features.errors import BadInputError
from serving.decision.decide import Decisions, decide
from serving.decision.trace import trace

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

TODAY = date(2024, 5, 1)
EPSILON = {"method": "epsilon", "share": 0.3, "most_lost": 1000.0}
THOMPSON = {"method": "thompson", "most_lost": 1000.0, "samples": 4, "pseudo_outcomes": 5.0}
MANY = 100_000


def people(rows: int, **columns: Any) -> pa.Table:
    """Customers of a company, alike but for their id: retain 24, card 19, loan 29, greeting 9 by app."""
    alike = {"churn": 0.5, "propensity_card": 0.2, "propensity_loan": 0.15, "balance": 1000.0} | columns
    values = {name: np.broadcast_to(value, rows).astype(float) for name, value in alike.items()}
    kinds = pa.array(["company"] * rows)
    return pa.table({"customer_id": pa.array(range(rows)), "customer_kind": kinds, **values})


def decided(compiled: "Compile", customers: pa.Table, exploration: dict[str, Any], **more: Any) -> Decisions:
    value = {"margin_on_balance": 0.1, "balance_column": "balance"}
    return decide(customers, compiled(customers, value=value, exploration=exploration, **more), TODAY)


def counted(decisions: Decisions) -> Any:
    return np.bincount(decisions.winner, minlength=len(decisions.compiled.actions))


def test_epsilon_in_closed_form(compiled: "Compile") -> None:
    decisions = decided(compiled, people(MANY), EPSILON)
    # Retain, card and loan may be explored; the greeting's group may not.
    expected = np.array([0.1, 0.1, 0.8, 0.0])
    found = decisions.exploration.probabilities
    np.testing.assert_allclose(found, np.broadcast_to(expected[:, np.newaxis], found.shape), atol=2**-39)
    assert stats.chisquare(counted(decisions)[:3], MANY * expected[:3]).pvalue > 1e-3
    np.testing.assert_array_equal(decisions.exploration.explored, decisions.winner != 2)
    order = decisions.ranking.order
    assert {tuple(order[:, row]) for row in range(200)} == {(2, 0, 1, 3), (0, 2, 1, 3), (1, 2, 0, 3)}


def test_recorded_probabilities_are_those_of_the_choice_and_sum_to_one(compiled: "Compile") -> None:
    for exploration in (EPSILON, THOMPSON, {**THOMPSON, "share": 0.1, "most_lost": 1.0}):
        decisions = decided(compiled, people(500), exploration)
        probabilities = decisions.exploration.probabilities
        np.testing.assert_array_equal(probabilities.sum(axis=0), 1.0)
        np.testing.assert_array_equal(probabilities[decisions.winner, np.arange(500)], decisions.probability)
        assert decisions.probability.min() > 0


@pytest.mark.parametrize("exploration", [THOMPSON, {**THOMPSON, "share": 0.2, "most_lost": 2.0}])
def test_thompsons_probabilities_are_met(compiled: "Compile", exploration: dict[str, Any]) -> None:
    """Each customer has probabilities of their own: what is chosen less what was likely has mean 0."""
    decisions = decided(compiled, people(MANY), exploration)
    probabilities = decisions.exploration.probabilities
    variance = (probabilities * (1 - probabilities)).sum(axis=1)
    assert (variance[:3] > 1000).all()
    z = (counted(decisions) - probabilities.sum(axis=1))[:3] / np.sqrt(variance[:3])
    assert np.abs(z).max() < 3.5
    # And so among those with the same recorded probability.
    loan, chosen = probabilities[2], decisions.winner == 2
    for level in np.unique(loan)[1:-1]:
        here = loan == level
        assert stats.binomtest(int(chosen[here].sum()), int(here.sum()), float(level)).pvalue > 1e-4


def test_thompson_draws_from_the_posterior(compiled: "Compile") -> None:
    """Two actions, both sampled: P(the worse wins) by integrating one Beta's CDF against the other."""
    outcomes = {"cross_sell:loan": {"successes": 0, "failures": 9}}
    spec = {**THOMPSON, "samples": 64, "groups": ["cross_sell"], "outcomes": outcomes}
    decisions = decided(compiled, people(4_000, churn=0.0), spec)
    card, loan = stats.beta(1, 4), stats.beta(0.75, 5 - 0.75 + 9)
    grid = (np.arange(20_000) + 0.5) / 20_000
    loan_wins = np.mean(1 - loan.cdf(card.ppf(grid) * 100 / 200))
    found = decisions.exploration.probabilities[2]
    assert found.mean() == pytest.approx(loan_wins, abs=4 * found.std() / np.sqrt(4_000))


def test_actions_with_outcomes_enough_are_not_sampled(compiled: "Compile") -> None:
    known = {action: {"successes": 100, "failures": 100} for action in ("retain", "cross_sell:card")}
    known["cross_sell:loan"] = {"successes": 150, "failures": 50}
    decisions = decided(compiled, people(50), {**THOMPSON, "outcomes": known})
    assert counted(decisions).tolist() == [0, 0, 50, 0]
    assert (decisions.probability == 1).all()


@settings(max_examples=60, deadline=None)
@given(
    most_lost=st.floats(0.01, 100),
    share=st.floats(0.01, 1),
    method=st.sampled_from(["epsilon", "thompson"]),
    chances=st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_no_decision_loses_more_than_stated(
    compiled: "Compile", most_lost: float, share: float, method: str, chances: list[float]
) -> None:
    names = ("churn", "propensity_card", "propensity_loan")
    customers = people(3, **dict(zip(names, chances, strict=True)))
    decisions = decided(compiled, customers, {"method": method, "share": share, "most_lost": most_lost})
    worth = np.where(decisions.alive, decisions.factors.expected, -np.inf).max(axis=1)
    lost = np.where(np.isfinite(worth), worth.max(axis=0) - worth, 0.0)
    expected = (decisions.exploration.probabilities * lost).sum(axis=0)
    assert (expected <= most_lost * (1 + 1e-12)).all()


def test_the_cap_shrinks_exploring_but_keeps_every_action_possible(compiled: "Compile") -> None:
    decisions = decided(compiled, people(1), {**EPSILON, "most_lost": 0.5})
    # Uncapped, a tenth each of losing 5 and 10: 1.5; a third of that is allowed.
    np.testing.assert_allclose(decisions.exploration.probabilities[:, 0], [0.1 / 3, 0.1 / 3, 1 - 0.2 / 3, 0])


def test_a_winner_whose_group_is_not_explored_stays(compiled: "Compile") -> None:
    greet = {"group": "service", "probability": 1.0, "value": 500.0}
    actions = {
        "retain": {"group": "retain", "save_rate": 0.5},
        "sell": {"group": "cross_sell"},
        "greet": greet,
    }
    decisions = decided(compiled, people(200), EPSILON, actions=actions)
    assert counted(decisions).tolist() == [0, 0, 0, 200]


def test_nobody_is_offered_what_did_not_survive_and_nothing_is_certain(compiled: "Compile") -> None:
    rule = {"name": "none", "scope": "cross_sell:card", "condition": "balance < 0"}
    decisions = decided(compiled, people(2_000), {**EPSILON, "share": 1.0}, rules=[rule])
    assert counted(decisions)[1] == 0
    idle = decided(compiled, people(3), EPSILON, minimum_expected_value=1e6)
    assert idle.winner.tolist() == [-1, -1, -1]
    assert idle.probability.tolist() == [1, 1, 1]


def test_the_same_choice_within_a_period_another_with_another_salt(compiled: "Compile") -> None:
    first, again, salted = (
        decided(compiled, people(1_000), {**EPSILON, **more}).winner for more in ({}, {}, {"salt": "other"})
    )
    np.testing.assert_array_equal(first, again)
    assert 0.3 < (first != salted).mean() < 0.4  # 1 - (0.8**2 + 2 * 0.1**2) = 0.34


def test_inverse_probability_weighting_is_unbiased(compiled: "Compile") -> None:
    """A bank where each action's true value is known: whatever was logged, the others' worth comes out."""
    rng = np.random.default_rng(8)
    chances = rng.random((3, 40_000))
    customers = people(40_000, churn=chances[0], propensity_card=chances[1], propensity_loan=chances[2])
    decisions = decided(compiled, customers, {**THOMPSON, "share": 0.3, "most_lost": 30.0})
    true_value = np.array([3.0, 1.0, 2.0])[:, np.newaxis] * (0.5 + chances)
    seen = decisions.winner
    for action in range(3):
        could = decisions.exploration.probabilities[action] > 0
        reward = true_value[action] * (rng.random(40_000) < 0.5) * 2
        terms = (np.where(seen == action, 1 / decisions.probability, 0.0) * reward)[could]
        truth = true_value[action][could].mean()
        assert abs(terms.mean() - truth) < 4 * terms.std() / np.sqrt(could.sum())


def test_the_trace_tells_the_probability(compiled: "Compile") -> None:
    decisions = decided(compiled, people(50), EPSILON)
    explored = int(np.argmax(decisions.exploration.explored))
    told = trace(decisions, explored)
    assert (told.explored, told.choice_probability) == (True, pytest.approx(0.1))
    assert told.action == told.ranked[0].action
    assert told.ranked[0].expected_value < told.ranked[1].expected_value


def test_outcomes_of_unknown_actions_are_refused(compiled: "Compile") -> None:
    with pytest.raises(BadInputError, match=r"exploration\.outcomes.*no such action: cross_sell:yacht"):
        compiled(people(1), exploration={"outcomes": {"cross_sell:yacht": {"successes": 1, "failures": 1}}})


@pytest.mark.parametrize(
    ("spec", "message"),
    [({"method": "thompson"}, "needs most_lost"), ({"method": "epsilon", "most_lost": 1.0}, "needs share")],
)
def test_exploring_needs_its_figures(compiled: "Compile", spec: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        compiled(people(1), exploration=spec)
