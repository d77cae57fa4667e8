"""Every feature view of the house, in the order in which they are built."""

from typing import Final

from features.views import (
    View,
    attributes,
    balances,
    concentration,
    consents,
    contact_history,
    contacts,
    customer,
    holdings,
    interactions,
    occasions,
    tier,
    transactions,
)

VIEWS: Final[tuple[View, ...]] = tuple(
    module.VIEW
    for module in (
        customer,
        attributes,
        holdings,
        balances,
        transactions,
        interactions,
        contacts,
        tier,
        concentration,
        consents,
        contact_history,
        occasions,
    )
)
