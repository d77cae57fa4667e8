"""One feature view a file: a pure compute over the bank as it was known at a snapshot."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day


@dataclass(frozen=True)
class View:
    """A named set of features.

    `compute(bank, snapshot)` takes a bank already cut to what was known before `snapshot` and returns at most
    one row per customer: customer_id and the features, float64 or string, null where nothing is known.
    Its columns depend on the bank's own products, channels, categories and further columns, never on rows
    at or after the snapshot. `for_models` says whether models may learn from it (else it serves decisions).
    """

    name: str
    description: str
    compute: Callable[[Bank, Day], ir.Table]
    for_models: bool = True
