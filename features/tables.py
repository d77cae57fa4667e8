"""Opening a bank: its files mapped onto the design's tables, columns and types, lazily."""

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.bank import Bank, Source
from features.casting import WHOLE, cast
from features.columns import BIRTH_DATE, BIRTH_YEAR, COLUMNS, OPEN_ENDED, types_of
from features.errors import BadInputError
from features.further import Further, infer
from features.mapping import columns_of, map_table
from features.point_in_time import MONTH_KEY, known_before, newest_recorded
from features.reading import PARQUET, connect, readable
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, RECORDED_AT, Table
from features.wide import spells

VALUES_MOST = 12
"""Transaction channels and categories that get features of their own, where bank.toml does not name them."""


def open_bank(spec: BankSpec) -> Bank:
    """Map, name and type every table of a bank, reading no more than it takes to know the types.

    A value that does not fit its type reads as null here; `check.require_valid` refuses it.

    Raises BadInputError naming the file or column that is missing, unreadable or unknown.
    """
    connection = connect(spec.state)
    mapped = {name: map_table(connection, spec, name) for name in Table if name in spec.tables}
    id_type = _id_type(spec, mapped[Table.CUSTOMERS])
    further = {name: _further(spec, name, table, id_type) for name, table in mapped.items()}
    sources = {name: _source(spec, name, table, id_type, further[name]) for name, table in mapped.items()}
    tables = {name: _typed(spec, name, source) for name, source in sources.items()}
    months = tables.get(Table.HOLDINGS) if _is_wide(spec) else None
    if months is not None:
        restatable = RECORDED_AT in sources[Table.HOLDINGS].types
        tables[Table.HOLDINGS] = spells(newest_recorded(months, MONTH_KEY) if restatable else months)
    absent = {name: _empty(connection, name, id_type) for name in Table if name not in tables}
    return Bank(
        spec=spec,
        connection=connection,
        tables=tables | absent,
        present=frozenset(tables),
        channels=_values(spec, tables, "channel"),
        categories=_values(spec, tables, "category"),
        observed_months=months,
        sources=sources,
        left_out={
            f"{name}.{column}": why for name in further for column, why in further[name].left_out.items()
        },
    )


def _is_wide(spec: BankSpec) -> bool:
    return Table.HOLDINGS in spec.tables and spec.tables[Table.HOLDINGS].layout == "wide"


def _id_type(spec: BankSpec, customers: ir.Table) -> str:
    """As Parquet has it, integers or text; in CSV, integers if all are whole numbers."""
    ids, path = customers[CUSTOMER_ID], spec.tables[Table.CUSTOMERS].path
    if ids.type().is_numeric():
        return "int64"
    if not ids.type().is_string():
        raise BadInputError(f"table customers: {CUSTOMER_ID}: expected integers or text, found {ids.type()}")
    if path.lower().endswith(PARQUET):
        return "string"
    with readable(Table.CUSTOMERS, path):
        whole = ids.strip().re_search(WHOLE).all().to_pyarrow().as_py()
    return "string" if whole is False else "int64"


def _further(spec: BankSpec, name: Table, mapped: ir.Table, id_type: str) -> Further:
    types = types_of(columns_of(name, spec.tables[name]), id_type)
    columns = [column for column in mapped.columns if column not in types]
    if name not in OPEN_ENDED:
        return Further(types=dict.fromkeys(columns, "float64"), left_out={})  # the wide layout's flags
    typed = _typed(spec, name, Source(mapped, types))
    with readable(name, spec.tables[name].path):
        known = known_before(typed, name, spec.snapshots.all()[0], recorded=RECORDED_AT in types)
        return infer(known, columns)


def _source(spec: BankSpec, name: Table, mapped: ir.Table, id_type: str, further: Further) -> Source:
    types = types_of(columns_of(name, spec.tables[name]), id_type) | dict(further.types)
    usable = [column for column in mapped.columns if column in types]
    return Source(mapped.select(usable), {column: types[column] for column in usable})


def _typed(spec: BankSpec, name: Table, source: Source) -> ir.Table:
    """The design's columns in its order, cast, null where absent; then the further ones."""
    typed = {
        column: cast(source.table[column], source.types[column])
        if column in source.types
        else source.table[column]
        for column in source.table.columns
    }
    if BIRTH_YEAR.name in typed:
        typed[BIRTH_DATE] = _middle_of_year(typed.pop(BIRTH_YEAR.name))
    ours = [column for column in columns_of(name, spec.tables[name]) if column != BIRTH_YEAR]
    canonical = {
        column.name: typed.pop(column.name) if column.name in typed else ibis.null(column.type)
        for column in ours
    }
    return source.table.select(**canonical, **typed)


def _middle_of_year(year: ir.Column) -> ir.Column:
    plausible = ibis.ifelse(year.between(1, 9999), year, ibis.null("int64"))
    return ibis.date(plausible, 7, 1)


def _empty(connection: Backend, name: Table, id_type: str) -> ir.Table:
    schema = ibis.schema(types_of(COLUMNS[name], id_type))
    return connection.create_table(f"absent_{name}", schema=schema, temp=True)


def _values(spec: BankSpec, tables: dict[Table, ir.Table], column: str) -> tuple[str, ...]:
    """A transaction column's declared values, else its most frequent ones before the first snapshot."""
    if Table.TRANSACTIONS not in tables:
        return ()
    table_spec = spec.tables[Table.TRANSACTIONS]
    declared = table_spec.channels if column == "channel" else table_spec.categories
    if declared is not None:
        return declared
    known = known_before(tables[Table.TRANSACTIONS], Table.TRANSACTIONS, spec.snapshots.all()[0])
    counts = known.filter(known[column].notnull())[column].value_counts(name="rows")
    most = counts.order_by(ibis.desc("rows"), column).limit(VALUES_MOST)
    with readable(Table.TRANSACTIONS, table_spec.path):
        return tuple(most[column].to_pyarrow().to_pylist())
