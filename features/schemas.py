"""Which rules each table of a bank must keep, as data-frame schemas."""

from datetime import date
from typing import Final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandera.ibis as pandera

from features import rules
from features.bank import Bank
from features.columns import BIRTH_YEAR, COLUMNS
from features.mapping import columns_of
from features.point_in_time import KEYS, MONTH_KEY
from features.rules import Rule
from features.views import consents
from features.vocabulary import CUSTOMER_ID, RECORDED_AT, Kind, Table
from features.wide import AS_OF, flag_products

INTERACTION_KINDS: Final = ("complaint", "enquiry", "visit", "login")
CROSS_SELL: Final = "cross_sell:"

OWN: Final[dict[Table, tuple[Rule, ...]]] = {
    Table.CUSTOMERS: (rules.one_of("kind", Kind),),
    Table.HOLDINGS: (rules.ordered("opened_on", "closed_on"),),
    Table.INTERACTIONS: (rules.one_of("kind", INTERACTION_KINDS), rules.ordered("at", "resolved_at")),
    Table.CONTACTS: (
        rules.matching(
            "action", "^($|retain$|cross_sell:.|service:.)", "must be retain, cross_sell:... or service:..."
        ),
        rules.there_unless("action", "arm", "control"),
        rules.one_of("arm", ("treatment", "control")),
        rules.between("assignment_probability", 0, 1),
        rules.one_of("outcome", ("accepted", "declined", "ignored")),
        rules.ordered("at", "outcome_at"),
    ),
    Table.CONSENTS: (
        rules.one_of("purpose", consents.PURPOSES),
        rules.one_of("channel", consents.CHANNELS),
    ),
}
"""What only one table must keep."""


def flagged(table: ir.Table, table_rules: list[Rule]) -> ir.Table:
    """The table with a column `rule <position>` for each rule: whether the row keeps it."""
    kept = {f"rule {place}": ibis.coalesce(rule.holds(table), True) for place, rule in enumerate(table_rules)}
    return table.mutate(**kept)


def schema(name: Table, table_rules: list[Rule]) -> pandera.DataFrameSchema:
    """The schema of a flagged table: one check of all rules, so that one scan tells whether any is broken."""

    def all_kept(data: pandera.IbisData) -> ir.BooleanColumn:
        return ibis.and_(*(data.table[f"rule {place}"] for place in range(len(table_rules))))

    return pandera.DataFrameSchema(name=name, checks=pandera.Check(all_kept, n_failure_cases=1))


def source_rules(name: Table, bank: Bank) -> list[Rule]:
    """What values must be as the bank wrote them: there where needed, and of their type."""
    source, types = bank.sources[name], bank.sources[name].types
    columns = columns_of(name, bank.spec.tables[name])
    required = {column.name for column in columns if column.required and not column.may_lack}
    untyped = [column for column in types if not _is_typed(source.table[column], types[column])]
    return [
        *(rules.there(column, types[column]) for column in types if column in required),
        *(rules.typed(column, types[column]) for column in untyped),
        *(rules.year(column) for column in types if name is Table.CUSTOMERS and column == BIRTH_YEAR.name),
    ]


def table_rules(bank: Bank, name: Table, today: date) -> list[Rule]:
    """What must hold of a table of the design, once typed; `today` is the last day of the past."""
    columns, types = COLUMNS[name], bank.sources[name].types
    return [
        *([_unique(KEYS[name])] if name in KEYS else []),
        *([] if name is Table.CUSTOMERS else [rules.customer(bank.table(Table.CUSTOMERS))]),
        *(rules.past(column.name, today) for column in columns if column.type in ("date", "timestamp")),
        *(rules.finite(column) for column, type_name in types.items() if type_name == "float64"),
        *OWN.get(name, ()),
        *_product_rules(name, tuple(bank.spec.products)),
    ]


def months_rules(bank: Bank, months: ir.Table, today: date) -> list[Rule]:
    """What must hold of holdings in the wide layout, a row a customer and month."""
    return [
        _unique(MONTH_KEY),
        rules.customer(bank.table(Table.CUSTOMERS)),
        rules.past(AS_OF, today),
        *(rules.flag(product) for product in flag_products(months)),
    ]


def _unique(key: tuple[str, ...]) -> Rule:
    """A row may come again only as recorded at another time: it then restates the earlier one."""
    return rules.unique(key, apart=RECORDED_AT)


def _product_rules(name: Table, catalogue: tuple[str, ...]) -> list[Rule]:
    says = "must be a product of the catalogue"
    if name in (Table.HOLDINGS, Table.BALANCES):
        return [rules.one_of("product", catalogue, says)]
    if name is not Table.CONTACTS:
        return []
    offers = tuple(CROSS_SELL + product for product in catalogue)

    def holds(row: ir.Table) -> ir.BooleanValue:
        return ~row["action"].startswith(CROSS_SELL) | row["action"].isin(offers)

    return [Rule("action", f"{says} after {CROSS_SELL}", holds, (CUSTOMER_ID, "action"), offers)]


def _is_typed(column: ir.Column, type_name: str) -> bool:
    return bool(column.type().copy(nullable=True) == dt.dtype(type_name))
