"""What leaving may mean, by the name that bank.toml gives it."""

from collections.abc import Callable

import ibis.expr.types as ir

from features.bank import Bank
from training.labels.balance_drop import balance_drop
from training.labels.closed_all import closed_all
from training.labels.evidence import Evidence, last_balance_day, last_holding_day, last_transaction_day
from training.labels.given import given_labels
from training.labels.inactive import inactive
from training.labels.window import LabelWindow

Rule = Callable[[Bank, LabelWindow], ir.Table]

RULES: dict[str, tuple[Rule, Evidence | None]] = {
    "labels": (given_labels, None),
    "closed_all": (closed_all, last_holding_day),
    "inactive": (inactive, last_transaction_day),
    "balance_drop": (balance_drop, last_balance_day),
}
"""What leaving means, and until which day the data can tell; None where the labels say themselves."""
