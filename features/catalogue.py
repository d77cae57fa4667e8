"""Every feature view of the house, in the order in which they are built."""

from typing import Final

from features.views import (
    View,
    attributes,
    balances,
    concentration,
    consents,
    contacts,
    customer,
    holdings,
    interactions,
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
    )
)
