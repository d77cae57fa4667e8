"""A bank opened: its tables as Ibis expressions in the design's columns and types."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import ibis.expr.types as ir

from features.spec import BankSpec
from features.vocabulary import RECORDED_AT, Table


@dataclass(frozen=True)
class Source:
    """A table as the bank wrote it, under our names but uncast, and the Ibis types its columns take."""

    table: ir.Table
    types: Mapping[str, str]


@dataclass(frozen=True)
class Bank:
    """Every table of the design, in its canonical columns; an absent table is there with no rows.

    `tables[CUSTOMERS]` and `tables[ATTRIBUTES]` carry the bank's further columns too. `present` names the
    tables that bank.toml gives. Timestamps are naive UTC; `customer_id` is int64 or string, the same in all.
    `channels` and `categories` are the transaction values that get features of their own.
    `observed_months` is there where holdings came as monthly flags: customer_id, as_of, recorded_at and one
    float64 flag a product; of a customer and month without a row there nothing is known.
    `left_out` says of further columns ("customers.name") why no model can use them.
    """

    spec: BankSpec
    connection: Any
    tables: Mapping[Table, ir.Table]
    present: frozenset[Table]
    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    observed_months: ir.Table | None = None
    sources: Mapping[Table, Source] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def table(self, name: Table) -> ir.Table:
        """One table, whole or empty."""
        return self.tables[name]

    def recorded(self, name: Table) -> bool:
        """Whether the rows of a table may tell when they were recorded, and so be restated by later ones."""
        return name not in self.sources or RECORDED_AT in self.sources[name].types

    def with_tables(self, tables: Mapping[Table, ir.Table]) -> "Bank":
        """The same bank seen through other tables."""
        return replace(self, tables=dict(tables))
