"""Deciding logged decisions again under another policy: what it would choose, and how likely."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.errors import BadInputError
from serving.decision.compiled import CompiledPolicy
from serving.decision.decide import Decisions, decide
from serving.decision.request import Request
from serving.estimation.logged import NOTHING, Numbers, Texts, texts
from serving.estimation.whatif import Choices, choice_names, logged_names

ASKED_CHANNEL = "asked_channel"


@dataclass(frozen=True)
class _Menu:
    """Shape (actions + 1, customers) each; the last row is nothing.

    `name` of each choice, its `probability`, and what it is `worth` by the scores alone, money.
    """

    name: Texts
    probability: Numbers
    worth: Numbers


def choices_under(
    logged: pa.Table, customers: pa.Table, new: CompiledPolicy, old: CompiledPolicy | None = None
) -> Choices:
    """The choices of the `new` policy for each logged decision.

    `customers` has a row for each of `logged`, in that order: customer_id, the features and the scores it was
    decided with, what was said of the moment as request_<name>, and, where a channel asked, `asked_channel`.
    `old`: the policy that logged; then each choice is known that it would never have made. Of a thompson
    policy the drawings hang on the customer's id, so `old` serves only with the ids it decided with.

    Raises BadInputError if the rows do not match.
    """
    if customers.num_rows != logged.num_rows:
        raise BadInputError(
            f"stored features: expected {logged.num_rows} rows, one a decision, got {customers.num_rows}"
        )
    rows = logged.num_rows
    found = Choices(np.full(rows, NOTHING, dtype=np.object_), *(np.zeros(rows) for _ in range(4)))
    for where in _moments(logged, customers):
        part = logged.take(pa.array(where))
        decisions = _decided(part, customers.take(pa.array(where)), new)
        mine, worth = _menu(decisions), _worth(decisions)
        found.name[where] = mine.name[mine.probability.argmax(axis=0), np.arange(len(where))]
        agrees = mine.name == logged_names(part)
        found.agreement[where] = np.cumsum(np.where(agrees, mine.probability, 0.0), axis=0)[-1]
        found.worth[where] = np.cumsum(mine.probability * mine.worth, axis=0)[-1]
        found.logged_worth[where] = _of_logged(decisions, worth, part)
        if old is not None:
            theirs = _menu(_decided(part, customers.take(pa.array(where)), old))
            found.unsupported[where] = _unsupported(mine, theirs)
    return found


def _moments(logged: pa.Table, customers: pa.Table) -> list[NDArray[np.int64]]:
    """The rows decided on the same day for the same asking channel, together."""
    asked = customers[ASKED_CHANNEL] if ASKED_CHANNEL in customers.column_names else None
    channels = asked if asked is not None else pa.nulls(logged.num_rows, pa.string())
    moments = pa.table({"day": logged["decided_on"], "channel": channels, "row": np.arange(logged.num_rows)})
    grouped = moments.group_by(["day", "channel"], use_threads=False).aggregate([("row", "list")])
    return [np.array(rows) for rows in grouped["row_list"].to_pylist()]


def _decided(part: pa.Table, customers: pa.Table, compiled: CompiledPolicy) -> Decisions:
    channel = texts(customers, ASKED_CHANNEL)[0] if ASKED_CHANNEL in customers.column_names else None
    return decide(customers, compiled, part["decided_on"][0].as_py(), Request(channel))


def _menu(decisions: Decisions) -> _Menu:
    compiled, ranking = decisions.compiled, decisions.ranking
    actions, rows = ranking.channel.shape
    channel = np.maximum(ranking.channel, 0)
    names = np.array([*compiled.channels], dtype=np.object_)[channel]
    name = [
        choice_names(np.full(rows, action.id, dtype=np.object_), names[place])
        for place, action in enumerate(compiled.actions)
    ]
    probability = decisions.exploration.probabilities
    worth = np.take_along_axis(_worth(decisions), channel[:, np.newaxis], axis=1)[:, 0]
    idle = np.where(decisions.winner < 0, 1.0, 0.0)
    return _Menu(
        np.vstack([*name, np.full(rows, NOTHING, dtype=np.object_)]).reshape(actions + 1, rows),
        np.vstack([probability, idle]),
        np.vstack([worth, np.zeros(rows)]),
    )


def _worth(decisions: Decisions) -> Numbers:
    """Expected value without levers, shape (actions, channels, customers), 0 where unknown.

    A lever is what the bank would like, not what is earned; and the reckoning must not hang on who chose.
    """
    factors = decisions.factors
    gross = (factors.probability * factors.value)[:, np.newaxis] * factors.context_weight
    return np.asarray(np.nan_to_num(gross - factors.cost[:, :, np.newaxis]))


def _of_logged(decisions: Decisions, worth: Numbers, part: pa.Table) -> Numbers:
    """What the logged choices are worth by the same reckoning, 0 for one the policy does not know."""
    actions = pa.array([action.id for action in decisions.compiled.actions])
    action, channel = (
        pc.fill_null(pc.index_in(part[name], value_set=known), -1).to_numpy()
        for name, known in (("action", actions), ("channel", pa.array(decisions.compiled.channels)))
    )
    found = worth[action, channel, np.arange(part.num_rows)]
    return np.asarray(np.where((action >= 0) & (channel >= 0), found, 0.0))


def _unsupported(mine: _Menu, theirs: _Menu) -> Numbers:
    """The probability of what `theirs` gives none, shape (customers,)."""
    alone = np.zeros(mine.probability.shape[1])
    for name, probability in zip(mine.name, mine.probability, strict=True):
        likely = np.where(theirs.name == name, theirs.probability, 0.0).max(axis=0)
        alone += np.where(likely > 0, 0.0, probability)
    return alone
