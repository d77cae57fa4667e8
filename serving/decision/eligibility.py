"""Third stage: who may be offered an action, by the catalogue and by the policy's rules."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.vocabulary import CUSTOMER_KIND, Kind
from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import Customers, held
from serving.decision.stage import Drops, Mask, Stage

NAME: Final = "eligible"
KINDS: Final = tuple(Kind)

Outcomes = NDArray[np.int8]
"""Shape (conditions, customers): 1 satisfied, 0 not, -1 unknown."""


def evaluate(compiled: CompiledPolicy, customers: Customers) -> Outcomes:
    """Every condition of the policy for every customer."""
    outcomes = np.empty((len(compiled.conditions), len(customers)), dtype=np.int8)
    needed = frozenset[str]().union(*(condition.columns for condition in compiled.conditions))
    values = customers.values(needed, compiled.types)
    for place, condition in enumerate(compiled.conditions):
        outcomes[place] = _outcome(condition.evaluate(values))
    return outcomes


def _outcome(found: Any) -> Any:
    if isinstance(found, pa.Scalar):
        return -1 if not found.is_valid else int(found.as_py())
    return pc.fill_null(found.cast(pa.int8()), -1).to_numpy(zero_copy_only=False)


def eligible(compiled: CompiledPolicy, customers: Customers, outcomes: Outcomes) -> Stage:
    """Shape (actions, 1, customers): not held already, of a kind the product is for, every rule satisfied.

    A customer of unknown kind may have any product. A rule whose outcome is unknown is not satisfied.
    """
    drops = Drops(NAME, (len(compiled.actions), 1, len(customers)))
    sold = [(place, held(action.product)) for place, action in enumerate(compiled.actions) if action.product]
    if sold:
        places, features = zip(*sold, strict=True)
        drops.drop("held_already", customers.numbers(features)[:, np.newaxis] > 0, places)
    drops.drop("not_for_this_kind", _other_kind(compiled, customers)[:, np.newaxis])
    for rule in compiled.rules:
        drops.drop(rule.name, outcomes[rule.condition] != 1, rule.actions)
    return drops.done()


def _other_kind(compiled: CompiledPolicy, customers: Customers) -> Mask:
    """Shape (actions, customers): where the customer's kind is known and the action is for others."""
    # The last column is for the code -1: unknown.
    refused = [[kind not in action.kinds for kind in KINDS] + [False] for action in compiled.actions]
    return np.array(refused)[:, customers.code(CUSTOMER_KIND, KINDS)]
