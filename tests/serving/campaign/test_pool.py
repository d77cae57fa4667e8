"""What a campaign gathers of everyone's decisions."""

from collections.abc import Callable
from datetime import date
from functools import partial

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInputError
from serving.campaign.pool import Pool, pooled, together
from serving.decision.decide import Decisions

Deciding = Callable[..., Decisions]


@pytest.fixture
def decisions(decided: Deciding) -> Deciding:
    """Everyone held out of selling."""
    return partial(decided, holdout={"share": 1.0, "groups": ["cross_sell"]})


def test_the_control_group_is_spared_but_served(decisions: Deciding) -> None:
    pool = pooled(decisions())
    # Everyone is drawn. The card wins for the first; the others are best served, and may be.
    assert pool.control.tolist() == [True, False, False]
    contact, control = pool.contact_problem().expected, pool.control_problem().expected
    none = -np.inf
    assert contact.tolist() == [[[none] * 3, [none] * 3], [[none] * 3, [none, 7.0, 7.0]]]
    assert control.tolist() == [[[49.0, none, none], [48.0, none, none]], [[none] * 3, [none] * 3]]


def test_without_a_holdout_everyone_may_be_contacted(decisions: Deciding) -> None:
    pool = pooled(decisions(holdout={"share": 0.0}))
    assert not pool.control.any()
    assert pool.contact_problem().expected[0, 0].tolist() == [49.0, 4.0, -np.inf]


def test_minima_tie_the_contacts_and_not_the_control_group(decisions: Deciding) -> None:
    pool = pooled(decisions(campaign={"products": {"card": {"minimum": 2}}}))
    assert pool.contact_problem().minima.tolist() == [0.0, 2.0]
    # Without a maximum a quota is everyone.
    assert pool.contact_problem().limits.tolist() == [7.0, 3.0]
    assert pool.control_problem().minima.tolist() == [0.0, 0.0]


@pytest.fixture
def managed(decisions: Deciding, customers: pa.Table) -> Callable[..., Pool]:
    """Customers of two managers, whose column the policy names so."""

    def pool(column: str = "manager") -> Pool:
        managers = {"column": column, "channel": "call", "capacity": 4, "capacities": {"M2": 1}}
        table = customers.append_column("manager", pa.array(["M2", None, "M1"]))
        return pooled(decisions(table, campaign={"managers": managers}, holdout={"share": 0.0}))

    return pool


def test_only_the_own_manager_serves_through_that_channel(managed: Callable[..., Pool]) -> None:
    problem = managed().contact_problem()
    assert problem.books is not None
    assert (problem.books.channel, problem.books.owner.tolist()) == (1, [1, -1, 0])
    assert problem.books.capacity.tolist() == [4.0, 1.0]
    assert (problem.expected[:, 1, 1] == -np.inf).all()
    assert problem.expected[1, 1, 2] == 7.0
    assert managed().books[1] == ("M1", "M2")


def test_a_column_of_managers_that_is_not_there_is_refused(managed: Callable[..., Pool]) -> None:
    with pytest.raises(BadInputError, match=r"campaign\.managers\.column: unknown column 'boss'"):
        managed("boss").contact_problem()


def test_managers_may_be_numbers(decisions: Deciding, customers: pa.Table) -> None:
    managers = {"column": "manager", "channel": "call", "capacity": 4}
    table = customers.append_column("manager", pa.array([12.0, None, 3.0]))
    pool = pooled(decisions(table, campaign={"managers": managers}))
    assert pool.books[1] == ("12", "3")


WHO = {"set_by": "Ms Li", "reason": "season", "until": date(2030, 1, 1)}


@pytest.mark.parametrize("condition", [None, "open > 0"])
def test_chunks_put_together_are_the_whole(
    decisions: Deciding, customers: pa.Table, condition: str | None
) -> None:
    context = [{"name": "c", "weight": 2.0, **WHO, **({"condition": condition} if condition else {})}]
    whole = pooled(decisions(context=context))
    pieces = together([pooled(decisions(customers.slice(start, 1), context=context)) for start in range(3)])
    assert isinstance(pieces, Pool)
    assert pieces.customers.equals(whole.customers)
    assert pieces.funnel == whole.funnel
    for name in ("alive", "control", "held_out", "ties", "arms", "chances", "lots"):
        np.testing.assert_array_equal(getattr(pieces, name), getattr(whole, name))
    for name in ("probability", "value", "context_weight", "lever", "cost", "expected"):
        np.testing.assert_array_equal(getattr(pieces.factors, name), getattr(whole.factors, name))
