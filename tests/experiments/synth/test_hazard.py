"""The law: what raises and lowers the odds."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from experiments.synth.dates import Calendar
from experiments.synth.hazard import NEVER, advance_logits, churn_logit, opening_logits, probability
from experiments.synth.population import COMPANY, INDIVIDUAL, People, draw_people
from experiments.synth.products import CATALOGUE, PRODUCTS, SOLD_TO
from experiments.synth.state import State, begin

CALENDAR = Calendar(date(2023, 1, 1), 12)
NOW = CALENDAR.start(3)


@pytest.fixture
def people() -> People:
    return draw_people(400, CALENDAR, np.random.default_rng(1))


@pytest.fixture
def state(people: People) -> State:
    return begin(people, CALENDAR, np.random.default_rng(2))


def test_a_complaint_raises_the_odds_of_leaving_and_more_so_while_open(people: People, state: State) -> None:
    calm = churn_logit(people, state, CALENDAR, 3)
    made = np.arange(400) < 200
    state.complaints.appendleft((made, np.where(np.arange(400) < 100, NOW + 20, NOW - 5)))
    rise = churn_logit(people, state, CALENDAR, 3) - calm
    assert rise[:100] == pytest.approx(2.7)
    assert rise[100:200] == pytest.approx(0.9)
    assert rise[200:] == pytest.approx(0.0)


def test_drift_lost_salaries_and_short_tenure_raise_them(people: People, state: State) -> None:
    calm = churn_logit(people, state, CALENDAR, 3)
    assert (churn_logit(people, replace(state, drift=state.drift + 1), CALENDAR, 3) > calm).all()
    lapsed = replace(state, since_salary=np.where(state.salaried, 2, state.since_salary))
    assert (churn_logit(people, lapsed, CALENDAR, 3) > calm)[state.salaried].all()
    newer = replace(people, joined=np.full(400, NOW))
    assert (churn_logit(newer, state, CALENDAR, 3) >= calm)[state.here].all()


def test_products_are_opened_only_by_the_kinds_they_are_sold_to(people: People, state: State) -> None:
    logits = opening_logits(people, state, CALENDAR, 3)
    business, private = PRODUCTS.index("business_loan"), PRODUCTS.index("mortgage")
    assert (logits[people.kind == INDIVIDUAL, business] == NEVER).all()
    assert (logits[people.kind == COMPANY, private] == NEVER).all()
    assert (logits[people.kind == COMPANY, business] > NEVER).all()
    assert probability(np.array([NEVER]))[0] < 1e-12


def test_a_product_opens_the_way_for_the_one_that_follows_it(people: People, state: State) -> None:
    before = opening_logits(people, state, CALENDAR, 3)
    state.opened[:, PRODUCTS.index("credit_card")] = NOW - 100
    rise = opening_logits(people, state, CALENDAR, 3) - before
    loan = PRODUCTS.index("personal_loan")
    assert rise[people.kind == INDIVIDUAL, loan].max() == pytest.approx(0.8, abs=1e-5)
    assert set(np.flatnonzero(np.abs(rise).max(axis=0) > 1e-5)) == {loan}


def test_odds_act_two_months_after_they_arise(people: People, state: State) -> None:
    seen = []
    for month in range(4):
        state.drift = np.full(400, float(month))
        seen.append(churn_logit(people, state, CALENDAR, month))
        advance_logits(people, state, CALENDAR, month)
    here = state.here
    assert np.array_equal(state.churn_logits[0][here], seen[1][here])
    assert np.array_equal(state.churn_logits[2][here], seen[3][here])
    assert np.isnan(state.churn_logits[:, ~here]).all()


def test_every_kind_can_be_sold_something() -> None:
    assert len(CATALOGUE) == 12
    assert SOLD_TO.any(axis=1).all()
