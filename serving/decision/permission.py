"""Fourth stage: what the customer has agreed to, and how often one may be contacted."""

from collections.abc import Collection, Iterator
from typing import Final

import numpy as np

from serving.decision.actions import in_scope
from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import ANY_CHANNEL, DAYS_SINCE_CONTACT, Customers, consent, contacts_within
from serving.decision.history import History, read_history
from serving.decision.stage import Drops, Mask, Stage
from serving.decision.vocabulary import Group

NAME: Final = "permitted"

Refusal = tuple[str, str, str | None, Mask]
"""Reason, the scope it stops, the one channel it closes (None: all), and for whom: shape (customers,)."""


def permitted(compiled: CompiledPolicy, customers: Customers) -> Stage:
    """Shape (actions, channels, customers): consent by group and channel, then every contact rule."""
    drops = Drops(NAME, (len(compiled.actions), len(compiled.channels), len(customers)))
    purposes = compiled.policy.consent.purposes
    for purpose in compiled.consents:
        places = _of_groups(compiled, [group for group in purposes if purposes[group] == purpose])
        drops.drop("no_consent", _without_consent(compiled, customers, purpose), places)
    limited = _of_groups(compiled, compiled.policy.contact.groups)
    for reason, where in _contacted_enough(compiled, customers):
        drops.drop(reason, where, limited)
    if compiled.policy.contact.reads_history:
        for name, scope, channel, where in _by_history(compiled, read_history(customers)):
            covered = [place for place, action in enumerate(compiled.actions) if in_scope(action, scope)]
            drops.drop(name, where if channel is None else _only(compiled, channel) & where, covered)
    return drops.done()


def _of_groups(compiled: CompiledPolicy, groups: Collection[Group]) -> list[int]:
    return [place for place, action in enumerate(compiled.actions) if action.group in groups]


def _only(compiled: CompiledPolicy, channel: str) -> Mask:
    """Shape (channels, 1): the one channel."""
    return np.array([[name == channel] for name in compiled.channels])


def _without_consent(compiled: CompiledPolicy, customers: Customers, purpose: str) -> Mask:
    """Shape (channels, customers): where the newest statement is a no, or silence is one.

    A channel's own feature is the newest word on it or on any; silent, it leaves the general one.
    """
    stated = customers.numbers(compiled.consents[purpose])
    stated = np.where(np.isnan(stated), customers.number(consent(purpose, ANY_CHANNEL)), stated)
    return np.where(np.isnan(stated), not compiled.silence_granted, stated <= 0)


def _contacted_enough(compiled: CompiledPolicy, customers: Customers) -> Iterator[tuple[str, Mask]]:
    """Reasons not to contact again, each with whom it holds for; unknown counts as never contacted."""
    contact = compiled.policy.contact
    if contact.min_spacing_days:
        yield "contacted_recently", customers.number(DAYS_SINCE_CONTACT) < contact.min_spacing_days
    for days, most in ((30, contact.max_contacts_30d), (90, contact.max_contacts_90d)):
        if most is not None:
            count = np.fmax(customers.number(contacts_within(days)), 0.0)
            yield f"contacted_often_{days}d", count >= most


def _by_history(compiled: CompiledPolicy, history: History) -> Iterator[Refusal]:
    """Caps, then spacing, then suppression, each as the policy lists them."""
    contact = compiled.policy.contact
    for cap in contact.caps:
        counted = history.count(history.of(cap.counts or cap.scope, cap.channel), cap.days)
        yield cap.name, cap.scope, cap.channel, counted >= cap.maximum
    for space in contact.spacing:
        since = history.days_since(history.of(space.after or space.scope, space.channel))
        yield space.name, space.scope, space.channel, since < space.days
    for rest in contact.suppression:
        rests = history.rests(history.of(rest.scope), rest.refusals, rest.within_days, rest.for_days)
        yield rest.name, rest.scope, None, rests
