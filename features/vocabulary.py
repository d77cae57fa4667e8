"""The words of the house: table, column and value names, written once."""

from enum import StrEnum
from typing import Final


class Table(StrEnum):
    """The tables a bank may bring; only `customers` is required."""

    CUSTOMERS = "customers"
    ATTRIBUTES = "attributes"
    HOLDINGS = "holdings"
    BALANCES = "balances"
    TRANSACTIONS = "transactions"
    INTERACTIONS = "interactions"
    CONTACTS = "contacts"
    CONSENTS = "consents"
    LABELS = "labels"


class Kind(StrEnum):
    """What sort of customer one is."""

    INDIVIDUAL = "individual"
    COMPANY = "company"
    INSTITUTION = "institution"


class Tier(StrEnum):
    """A customer's grade, from the least to the most engaged and valuable."""

    DORMANT = "dormant"
    LOW_VALUE = "low_value"
    VALUABLE = "valuable"
    HIGH_VALUE = "high_value"


class Model(StrEnum):
    """The models a bank can train."""

    CHURN = "churn"
    PROPENSITY = "propensity"
    UPLIFT = "uplift"


CUSTOMER_ID: Final = "customer_id"
SNAPSHOT_DATE: Final = "snapshot_date"
EVENT_TIMESTAMP: Final = "event_timestamp"
"""The snapshot as Feast calls it."""
RECORDED_AT: Final = "recorded_at"
CHURN: Final = "churn"
CUSTOMER_KIND: Final = "customer_kind"
TIER: Final = "tier"
PROPENSITY_PREFIX: Final = "propensity_"
UPLIFT_PREFIX: Final = "uplift_"
"""Before an action: how much treating raises the probability of what the bank wants."""

DAYS_PER_MONTH: Final = 365.25 / 12
WINDOWS_DAYS: Final = (30, 90, 180, 365)
"""Look-back windows: [snapshot - days, snapshot)."""

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
