"""Which features bank.toml's sensitive columns become: no model learns from them."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from features.bank import Bank
from features.columns import BIRTH_DATE, BIRTH_YEAR, OPEN_ENDED
from features.errors import BadInputError
from features.reading import nearest
from features.spec import BankSpec

RENAMED: Final = {
    BIRTH_DATE: "customer_age_years",
    BIRTH_YEAR.name: "customer_age_years",
    "joined_on": "customer_tenure_days",
}
"""Columns of the design whose feature is called otherwise."""


def sensitive_features(bank: Bank, features: Collection[str]) -> tuple[str, ...]:
    """Those of `features` that come from a sensitive column; a feature's own name counts as well.

    Raises BadInputError for a sensitive column that is neither a feature nor left out: misspelt, it would be
    learned from.
    """
    found: list[str] = []
    for column in bank.spec.sensitive:
        becomes = [name for name in _names(bank.spec, column) if name in features]
        if not becomes and column not in _unused(bank):
            known = [name.removeprefix("customer_").removeprefix("attributes_") for name in features]
            hint = nearest(column, known)
            raise BadInputError(f"bank.toml: sensitive: no feature comes from {column!r}{hint}")
        found += becomes
    return tuple(dict.fromkeys(found))


def _names(spec: BankSpec, column: str) -> Iterator[str]:
    """What features of a column, by the bank's name or ours, may be called."""
    renamed = {theirs: ours for table in spec.tables.values() for ours, theirs in table.columns.items()}
    for ours in (column, renamed.get(column, column)):
        clean = re.sub(r"\W+", "_", ours).strip("_")
        yield from (ours, RENAMED.get(ours, ours), f"customer_{clean}")
        yield from (f"attributes_{clean}", f"attributes_{clean}_change")


def _unused(bank: Bank) -> set[str]:
    """Columns that become no feature anyhow."""
    tables = [bank.spec.tables[name] for name in OPEN_ENDED if name in bank.spec.tables]
    excluded = {column for table in tables for column in table.exclude}
    return excluded | {name.split(".", 1)[1] for name in bank.left_out}
