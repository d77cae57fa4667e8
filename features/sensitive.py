"""Which features bank.toml's sensitive columns become: no model learns from them."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from features.bank import Bank
from features.columns import BIRTH_DATE, BIRTH_YEAR, OPEN_ENDED
from features.reading import nearest
from features.spec import BankSpec

RENAMED: Final = {
    BIRTH_DATE: "customer_age_years",
    BIRTH_YEAR.name: "customer_age_years",
    "joined_on": "customer_tenure_days",
}
"""Columns of the design whose feature is called otherwise."""


def sensitive_features(bank: Bank, features: Collection[str]) -> tuple[str, ...]:
    """Those of `features` that come from a sensitive column; a feature's own name counts as well."""
    found = (name for column in bank.spec.sensitive for name in _become(bank, column, features))
    return tuple(dict.fromkeys(found))


def unaudited(spec: BankSpec, features: Collection[str]) -> tuple[str, ...]:
    """Sensitive columns that became none of `features`: excluded, too various, or never known in time."""
    known = frozenset(features)
    return tuple(column for column in spec.sensitive if known.isdisjoint(_names(spec, column)))


def unknown_sensitive(bank: Bank, features: Collection[str]) -> list[str]:
    """Sensitive columns that are neither a feature nor left out, each with the nearest known one.

    Misspelt, a column would be learned from.
    """
    known = [name.removeprefix("customer_").removeprefix("attributes_") for name in features]
    unused = _unused(bank)
    return [
        f"{column!r}{nearest(column, known)}"
        for column in bank.spec.sensitive
        if column not in unused and not _become(bank, column, features)
    ]


def _become(bank: Bank, column: str, features: Collection[str]) -> list[str]:
    return [name for name in _names(bank.spec, column) if name in features]


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
