"""Third stage: what the customer has agreed to, and how often one may be contacted."""

from collections.abc import Collection, Iterator
from typing import Final

import numpy as np

from serving.decision.compiled import CompiledPolicy
from serving.decision.customers import ANY_CHANNEL, DAYS_SINCE_CONTACT, Customers, consent, contacts_within
from serving.decision.policy import Group
from serving.decision.stage import Drops, Mask, Stage

NAME: Final = "permitted"


def permitted(compiled: CompiledPolicy, customers: Customers) -> Stage:
    """Shape (actions, channels, customers): consent by group and channel, then spacing and caps by group."""
    drops = Drops(NAME, (len(compiled.actions), len(compiled.channels), len(customers)))
    purposes = compiled.policy.consent.purposes
    for purpose in sorted(set(purposes.values())):
        places = _of_groups(compiled, [group for group in purposes if purposes[group] == purpose])
        drops.drop("no_consent", _without_consent(compiled, customers, purpose), places)
    limited = _of_groups(compiled, compiled.policy.contact.groups)
    for reason, where in _contacted_enough(compiled, customers):
        drops.drop(reason, where, limited)
    return drops.done()


def _of_groups(compiled: CompiledPolicy, groups: Collection[Group]) -> list[int]:
    return [place for place, action in enumerate(compiled.actions) if action.group in groups]


def _without_consent(compiled: CompiledPolicy, customers: Customers, purpose: str) -> Mask:
    """Shape (channels, customers): where a statement on the channel or on any is a no, or silence is one.

    Which of the two statements is newer is not known, so that one no is enough.
    """
    on_channel = customers.numbers(consent(purpose, channel) for channel in compiled.channels)
    stated = np.fmin(on_channel, customers.number(consent(purpose, ANY_CHANNEL)))
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
