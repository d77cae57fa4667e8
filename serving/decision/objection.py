"""Before scoring: who objected to marketing altogether, and what may still be read of them."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.contact_entries import FEATURE as CONTACT_HISTORY
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from serving.decision.compiled import REQUEST_PREFIX, CompiledPolicy
from serving.decision.customers import (
    ANY_CHANNEL,
    DAYS_SINCE_CONTACT,
    Customers,
    Numbers,
    consent,
    contacts_within,
)
from serving.decision.stage import Drops, Mask, Stage

NAME: Final = "objection"
REASON: Final = "objected_to_marketing"
CONSENTS: Final = "consents_"


def objecting(compiled: CompiledPolicy, table: pa.Table) -> Mask:
    """Who said no to every purpose that the policy asks consent for, shape (customers,).

    There is a no, and no channel of the policy that the newest statements, or silence, allow. Nobody did
    where the policy sells or retains without asking: those actions rest on scores, and so on every feature.
    """
    customers = Customers(table)
    unasked = set(range(len(compiled.actions))) - set(_consented(compiled))
    if not compiled.consents or any(compiled.actions[place].basis != "stated" for place in unasked):
        return np.zeros(len(customers), dtype=np.bool_)
    found = np.ones(len(customers), dtype=np.bool_)
    for purpose in compiled.consents:
        said = statements(compiled, customers, purpose)
        found &= (said <= 0).any(axis=0) & refused(compiled, said).all(axis=0)
    return found


def statements(compiled: CompiledPolicy, customers: Customers, purpose: str) -> Numbers:
    """The newest statement about each channel, shape (channels, customers): 1, 0 or NaN for silence.

    A channel's own feature is the newest word on it or on any; silent, it leaves the general one.
    """
    said = customers.numbers(compiled.consents[purpose])
    return np.where(np.isnan(said), customers.number(consent(purpose, ANY_CHANNEL)), said)


def refused(compiled: CompiledPolicy, said: Numbers) -> Mask:
    """Where statements are a no, or silence is one."""
    return np.where(np.isnan(said), not compiled.silence_granted, said <= 0)


def objected(compiled: CompiledPolicy, objections: Mask) -> Stage:
    """Second stage, shape (actions, 1, customers): an objection ends every action that needs consent."""
    drops = Drops(NAME, (len(compiled.actions), 1, len(objections)))
    drops.drop(REASON, objections, _consented(compiled))
    return drops.done()


def withheld(compiled: CompiledPolicy, table: pa.Table, objections: Mask) -> pa.Table:
    """The same table with nothing left of those who objected but what `readable` names."""
    if not objections.any():
        return table
    left = readable(compiled)
    columns = (
        column if _is_readable(field.name, left) else _without(column, objections)
        for field, column in zip(table.schema, table.columns, strict=True)
    )
    return pa.table(list(columns), schema=table.schema)


def _without(column: pa.ChunkedArray, objections: Mask) -> pa.Array:
    if objections.all():
        return pa.nulls(len(column), column.type)
    return pc.if_else(pa.array(objections), pa.scalar(None, column.type), column)


def readable(compiled: CompiledPolicy) -> frozenset[str]:
    """The columns that the actions without need of consent (service) rest on, and nothing else.

    Consents themselves, the customer's id, the snapshot and what the request says may be read besides.
    """
    free = set(range(len(compiled.actions))) - set(_consented(compiled))
    read = [rule.condition for rule in compiled.rules if free & set(rule.actions)]
    read += [
        one.condition
        for one in compiled.circumstances
        if one.condition is not None and free & set(one.actions)
    ]
    columns = frozenset[str]().union(*(compiled.conditions[place].columns for place in read))
    columns |= {name for place in free for name in compiled.actions[place].reason_features}
    contact = compiled.policy.contact
    if free and contact.reads_history:
        columns |= {CONTACT_HISTORY}
    if free and compiled.policy.campaign.managers:
        columns |= {compiled.policy.campaign.managers.column}
    if any(compiled.actions[place].group in contact.groups for place in free):
        columns |= {DAYS_SINCE_CONTACT, contacts_within(30), contacts_within(90)}
    if free and compiled.policy.language_column:
        columns |= {compiled.policy.language_column}
    return columns


def features_read(compiled: CompiledPolicy, table: pa.Table) -> tuple[str, ...]:
    """The features of one who objected that were read besides consents, in the table's order."""
    left = readable(compiled)
    about = (CUSTOMER_ID, SNAPSHOT_DATE)
    return tuple(
        name for name in table.column_names if name in left and name not in about and not _is_said(name)
    )


def _consented(compiled: CompiledPolicy) -> list[int]:
    purposes = compiled.policy.consent.purposes
    return [place for place, action in enumerate(compiled.actions) if action.group in purposes]


def _is_readable(name: str, left: frozenset[str]) -> bool:
    return name in left or name in (CUSTOMER_ID, SNAPSHOT_DATE) or _is_said(name)


def _is_said(name: str) -> bool:
    """Said by the customer: consents, and the request's own values."""
    return name.startswith((CONSENTS, REQUEST_PREFIX))
