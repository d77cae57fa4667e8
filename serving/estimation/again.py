"""Deciding logged decisions again under another policy: what it would choose, and how likely."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.errors import BadInputError
from serving.decision.arbitration import Places
from serving.decision.compiled import REQUEST_PREFIX, CompiledPolicy
from serving.decision.decide import Decisions, decide
from serving.decision.request import Request
from serving.decision.vocabulary import LOCAL_HOUR
from serving.estimation.logged import NOTHING, Numbers, Texts
from serving.estimation.whatif import Choices, choice_names, logged_names

ASKED_CHANNEL: Final = "asked_channel"
FULL_CHANNELS: Final = "full_channels"
BATCH_ID: Final = "batch_id"
POLICY_VERSION: Final = "policy_version"
HOUR: Final = f"{REQUEST_PREFIX}{LOCAL_HOUR}"
"""What decides at once who is decided together; a table need not have them all."""


@dataclass(frozen=True)
class _Menu:
    """Shape (actions + 1, customers) each; the last row is nothing.

    `name` of each choice, its `probability`, and what it is `worth` by the scores alone, money.
    """

    name: Texts
    probability: Numbers
    worth: Numbers


def choices_under(
    logged: pa.Table,
    customers: pa.Table,
    new: CompiledPolicy,
    olds: Mapping[str, CompiledPolicy] | None = None,
) -> Choices:
    """The choices of the `new` policy for each logged decision.

    `customers` has a row for each of `logged`, in that order: customer_id, the features and the scores it was
    decided with, what was said of the moment as request_<name>, and, where known, the channel that asked,
    those that had made all of the day's contacts (joined by a space), the campaign and the policy's version.
    A campaign is selected anew among all its customers that are there, within the new policy's limits.
    `olds`: the policies that logged, by version; then each choice is known that they would never have made.

    Raises BadInputError if the rows do not match.
    """
    if customers.num_rows != logged.num_rows:
        raise BadInputError(
            f"stored features: expected {logged.num_rows} rows, one a decision, got {customers.num_rows}"
        )
    rows = logged.num_rows
    agreement, unsupported, worth, logged_worth = np.zeros((4, rows))
    found = Choices(
        name=np.full(rows, NOTHING, dtype=np.object_),
        agreement=agreement,
        unsupported=unsupported,
        worth=worth,
        logged_worth=logged_worth,
        own=np.ones(rows, dtype=np.bool_),
    )
    for where, version in _moments(logged, customers):
        part, people = logged.take(pa.array(where)), customers.take(pa.array(where))
        decisions = _decided(part, people, new)
        mine = _menu(decisions, people)
        found.own[where] = decisions.arms.own()
        found.name[where] = mine.name[mine.probability.argmax(axis=0), np.arange(len(where))]
        agrees = mine.name == logged_names(part)
        found.agreement[where] = np.cumsum(np.where(agrees, mine.probability, 0.0), axis=0)[-1]
        found.worth[where] = np.cumsum(mine.probability * mine.worth, axis=0)[-1]
        found.logged_worth[where] = _of_logged(decisions, _worth(decisions), part)
        old = (olds or {}).get(version or "")
        if old is not None:
            theirs = _menu(_decided(part, people, old), people)
            found.unsupported[where] = _unsupported(mine, theirs)
    return found


def _moments(logged: pa.Table, customers: pa.Table) -> Iterator[tuple[NDArray[np.int64], str | None]]:
    """The rows decided together, and by which policy: of a day, campaign, asking and full channels, hour."""
    rows, keys = logged.num_rows, (ASKED_CHANNEL, FULL_CHANNELS, BATCH_ID, POLICY_VERSION, HOUR)
    known = {name: customers[name] for name in keys if name in customers.column_names}
    moments = pa.table({"day": logged["decided_on"], "row": np.arange(rows), **known})
    grouped = moments.group_by(["day", *known], use_threads=False).aggregate([("row", "list")])
    for one in grouped.to_pylist():
        yield np.array(one["row_list"]), one.get(POLICY_VERSION)


def _decided(part: pa.Table, customers: pa.Table, compiled: CompiledPolicy) -> Decisions:
    channel, full, hour = (
        customers[name][0].as_py() if name in customers.column_names else None
        for name in (ASKED_CHANNEL, FULL_CHANNELS, HOUR)
    )
    if HOUR in customers.column_names:
        customers = customers.drop_columns([HOUR])
    values = {} if hour is None else {LOCAL_HOUR: hour}
    request = Request(channel, values, tuple((full or "").split()))
    return decide(customers, compiled, part["decided_on"][0].as_py(), request)


def _menu(decisions: Decisions, customers: pa.Table) -> _Menu:
    """What may be chosen for each; of a campaign, what selecting and exploring make of it."""
    of_campaign = BATCH_ID in customers.column_names and customers[BATCH_ID][0].is_valid
    channel, probability, idle = _selected(decisions) if of_campaign else _alone(decisions)
    rows, compiled = len(idle), decisions.compiled
    channel = np.maximum(channel, 0)
    names = np.array([*compiled.channels], dtype=np.object_)[channel]
    name = [
        choice_names(np.full(rows, action.id, dtype=np.object_), names[place])
        for place, action in enumerate(compiled.actions)
    ]
    worth = np.take_along_axis(_worth(decisions), channel[:, np.newaxis], axis=1)[:, 0]
    return _Menu(
        np.vstack([*name, np.full(rows, NOTHING, dtype=np.object_)]).reshape(len(name) + 1, rows),
        np.vstack([probability, idle]),
        np.vstack([worth, np.zeros(rows)]),
    )


def _alone(decisions: Decisions) -> tuple[Places, Numbers, Numbers]:
    """Each action's channel and probability, shape (actions, customers), and that of nothing."""
    idle = np.where(decisions.winner < 0, 1.0, 0.0)
    return decisions.ranking.channel, decisions.exploration.probabilities, idle


def _selected(decisions: Decisions) -> tuple[Places, Numbers, Numbers]:
    """The same of a campaign: of several contacts the one worth most counts, as in the ledger."""
    from serving.campaign.pool import pooled
    from serving.campaign.run import choose

    choice = choose([pooled(decisions)])
    first, channel = choice.worth_most()
    several = (choice.done() >= 0).sum(axis=0) > 1
    mine = np.arange(len(choice.probabilities))[:, np.newaxis] == first
    probability = np.where(several, mine, choice.probabilities)
    return np.broadcast_to(channel, probability.shape), probability, np.where(channel < 0, 1.0, 0.0)


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
