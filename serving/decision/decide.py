"""One decision, from candidates to the arm, for one customer and for all: the core's table of contents."""

from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import pyarrow as pa

from features.vocabulary import CUSTOMER_ID
from serving.decision.arbitration import Places, Ranking, choose, fall_back, rank
from serving.decision.arms import NAMES, NO_LEVERS, ArmName, Arms, draw_arms, preferred, with_chances
from serving.decision.candidates import candidates
from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import Customers, Numbers
from serving.decision.eligibility import Outcomes, eligible, evaluate
from serving.decision.exploration import Exploration, defaulted, explore
from serving.decision.holdout import Holdout, controlled, draw_holdout, held_back
from serving.decision.keyed import Hashes, customer_hashes
from serving.decision.objection import objected, objecting, withheld
from serving.decision.permission import permitted
from serving.decision.request import BATCH, Request
from serving.decision.stage import Mask, Stage
from serving.decision.value import Factors, value_factors, valued


@dataclass(frozen=True)
class Decisions:
    """What was decided for each customer, with everything it rests on.

    `outcomes` of the policy's conditions; `stages` in order, with what each dropped; `factors` of value;
    `alive` (actions, channels, customers): what survived every stage; `ranking` of it, what is explored moved
    to the front; `fallback` (customers,): for whom nothing survived, so that the stated default stands alone
    in the ranking; `exploration`: how likely that was; `arms`: who is decided in another way; `control`
    (customers,): whose first action is not carried out; `hashes` (customers,): what breaks ties. `chosen`
    (actions, customers): what is done, at most the policy's `max_actions`. `objections` (customers,): who
    objected to marketing, so that `customers` holds nothing of them but what service needs.
    """

    compiled: CompiledPolicy
    customers: pa.Table
    today: date
    outcomes: Outcomes
    stages: tuple[Stage, ...]
    factors: Factors
    alive: Mask
    ranking: Ranking
    exploration: Exploration
    holdout: Holdout
    control: Mask
    arms: Arms
    hashes: Hashes
    chosen: Mask
    fallback: Mask
    objections: Mask

    @property
    def winner(self) -> Places:
        """Each customer's first action, its place among the policy's, -1 for nothing: shape (customers,)."""
        return np.asarray(self.ranking.order[0])

    @property
    def arm(self) -> list[ArmName]:
        """Each customer's arm: control where the first action is not carried out, else as in arms.NAMES."""
        pairs = zip(self.control.tolist(), self.arms.place.tolist(), strict=True)
        return ["control" if held else NAMES[place] for held, place in pairs]

    @property
    def probability(self) -> Numbers:
        """How likely the policy was to choose the winner, exactly: shape (customers,); 1 for nothing."""
        return self.exploration.probability


def decide(customers: pa.Table, compiled: CompiledPolicy, today: date, request: Request = BATCH) -> Decisions:
    """Decide what to do for each customer on `today`.

    `customers` has customer_id, the features the policy reads and the scores (churn,
    propensity_<product>, tier); what is absent is unknown. Nothing but the arguments enters, and a customer's
    decision does not depend on the others.

    Raises BadInputError for a channel or context of the request that the policy does not know.
    """
    customers, objections = _admitted(customers, compiled, request)
    known, ids = Customers(customers), customers.column(CUSTOMER_ID).combine_chunks()
    outcomes = evaluate(compiled, known)
    holdout = draw_holdout(compiled.policy.holdout, ids, today, compiled.bank)
    arms = draw_arms(compiled, ids, holdout, today)
    factors = value_factors(compiled, known, outcomes, today, arms.place == NO_LEVERS)
    stages = (
        candidates(compiled, request, known),
        objected(compiled, objections),
        eligible(compiled, known, outcomes),
        permitted(compiled, known),
        valued(compiled, factors),
    )
    allowed, alive = _surviving(stages, factors)
    hashes = customer_hashes(ids, "ties", compiled.policy.holdout.salt)
    own = partial(preferred, compiled, arms, factors.probability)
    ranked = rank(compiled, factors.expected, alive, hashes, own)
    explored = with_chances(arms, explore(compiled, factors, ranked, ids, today, whom=arms.own()))
    ranking, fallback = fall_back(compiled, explored.ranking, allowed, factors.expected)
    control = controlled(compiled, holdout, ranking.order[0])
    return Decisions(
        compiled=compiled,
        customers=customers,
        today=today,
        outcomes=outcomes,
        stages=stages,
        factors=factors,
        alive=alive,
        ranking=ranking,
        exploration=defaulted(explored, ranking, fallback),
        holdout=holdout,
        arms=arms,
        control=control,
        hashes=hashes,
        # Who is held out gets nothing of it as a second action either.
        chosen=choose(compiled, ranking, held_back(compiled, holdout) & ~control),
        fallback=fallback,
        objections=objections,
    )


def _admitted(customers: pa.Table, compiled: CompiledPolicy, request: Request) -> tuple[pa.Table, Mask]:
    """Customers as they may be looked at, with what the request says, and who objected to marketing."""
    request.check(compiled)
    told = request.added_to(customers)
    objections = objecting(compiled, told)
    return withheld(compiled, told, objections), objections


def _surviving(stages: tuple[Stage, ...], factors: Factors) -> tuple[Mask, Mask]:
    """What survived every stage but the last, that of value, and what survived it too."""
    *allowing, last = [np.broadcast_to(stage.kept, factors.expected.shape) for stage in stages]
    allowed = np.logical_and.reduce(allowing)
    return allowed, allowed & last
