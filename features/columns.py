"""The design's columns of every table, with their types: what a bank's own columns are mapped onto."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from features.vocabulary import CUSTOMER_ID, RECORDED_AT, SNAPSHOT_DATE, Table

ID: Final = "id"
"""Stands for int64 or string: whichever the customers' own ids are."""


@dataclass(frozen=True)
class Column:
    """One column: an Ibis type's name (or `ID`), and whether a bank that brings the table must bring it.

    A required one is there in every row, unless rows `may_lack` it: a rule of the table says which.
    """

    name: str
    type: str
    required: bool = False
    may_lack: bool = False


def _columns(*columns: Column) -> tuple[Column, ...]:
    return (Column(CUSTOMER_ID, ID, required=True), *columns, Column(RECORDED_AT, "timestamp"))


BIRTH_DATE: Final = "birth_date"
BIRTH_YEAR: Final = Column("birth_year", "int64")
"""Read in place of `birth_date`, as the first of July of that year."""

COLUMNS: Final[dict[Table, tuple[Column, ...]]] = {
    Table.CUSTOMERS: _columns(
        Column("joined_on", "date"),
        Column("kind", "string"),
        Column(BIRTH_DATE, "date"),
    ),
    Table.ATTRIBUTES: _columns(Column("as_of", "date", required=True)),
    Table.HOLDINGS: _columns(
        Column("product", "string", required=True),
        Column("opened_on", "date"),
        Column("closed_on", "date"),
    ),
    Table.BALANCES: _columns(
        Column("product", "string"),
        Column("as_of", "date", required=True),
        Column("balance", "float64", required=True),
    ),
    Table.TRANSACTIONS: _columns(
        Column("at", "timestamp", required=True),
        Column("amount", "float64", required=True),
        Column("channel", "string"),
        Column("category", "string"),
    ),
    Table.INTERACTIONS: _columns(
        Column("at", "timestamp", required=True),
        Column("kind", "string", required=True),
        Column("channel", "string"),
        Column("resolved_at", "timestamp"),
    ),
    Table.CONTACTS: _columns(
        Column("contact_id", "string", required=True),
        Column("at", "timestamp", required=True),
        Column("action", "string", required=True, may_lack=True),
        Column("channel", "string"),
        Column("arm", "string"),
        Column("assignment_probability", "float64"),
        Column("outcome", "string"),
        Column("outcome_at", "timestamp"),
    ),
    Table.CONSENTS: _columns(
        Column("at", "timestamp", required=True),
        Column("purpose", "string", required=True),
        Column("channel", "string"),
        Column("granted", "boolean", required=True),
    ),
    Table.LABELS: _columns(
        Column(SNAPSHOT_DATE, "date"),
        Column("churned", "boolean", required=True),
    ),
}

OPEN_ENDED: Final = frozenset({Table.CUSTOMERS, Table.ATTRIBUTES})
"""Tables whose further columns become attributes of the customer."""


def types_of(columns: Iterable[Column], id_type: str) -> dict[str, str]:
    """Ibis types by column name, with the customers' own type for ids."""
    return {column.name: id_type if column.type == ID else column.type for column in columns}
