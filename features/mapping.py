"""A bank's own columns under the design's names, still uncast."""

import re

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.columns import BIRTH_DATE, BIRTH_YEAR, COLUMNS, OPEN_ENDED, Column
from features.errors import BadInputError
from features.reading import nearest, read
from features.spec import BankSpec, TableSpec
from features.vocabulary import SNAPSHOT_DATE, Table
from features.wide import flag_columns


def map_table(connection: Backend, spec: BankSpec, name: Table) -> ir.Table:
    """The columns of the design that a table's files hold, renamed, and the further ones where allowed.

    Labels without their snapshot_date are those of the one snapshot that bank.toml names.

    Raises BadInputError naming a mapped, excluded or required column that is not there, and the nearest one.
    """
    table_spec = spec.tables[name]
    file = read(connection, spec.folder, table_spec.path, name)
    found = [column for column in file.columns if column not in table_spec.exclude]
    _check_named(name, table_spec, found, list(file.columns))
    theirs = _canonical(name, table_spec, found)
    if table_spec.layout == "wide":
        theirs |= flag_columns(table_spec.products, spec.products, found)
    if name in OPEN_ENDED:
        further = [column for column in found if column not in theirs.values()]
        theirs |= _further(name, further, set(theirs))
    mapped = file.select(**{ours: file[column] for ours, column in theirs.items()})
    if name is Table.LABELS and SNAPSHOT_DATE not in theirs:
        return mapped.mutate(**{SNAPSHOT_DATE: _only_snapshot(spec)})
    return mapped


def columns_of(name: Table, table_spec: TableSpec) -> tuple[Column, ...]:
    """The design's columns that a table's files may hold in its layout."""
    if name is Table.CUSTOMERS:
        return (*COLUMNS[name], BIRTH_YEAR)
    if table_spec.layout == "wide":
        return COLUMNS[Table.ATTRIBUTES]  # customer_id, as_of, recorded_at; the flags come on top
    return COLUMNS[name]


def _check_named(name: Table, table_spec: TableSpec, found: list[str], everything: list[str]) -> None:
    known = [column.name for column in columns_of(name, table_spec)]
    for ours, theirs in table_spec.columns.items():
        if ours not in known:
            raise BadInputError(f"tables.{name}.columns: unknown column {ours!r}{nearest(ours, known)}")
        if theirs not in found:
            raise BadInputError(f"table {name}: {ours}: no column {theirs!r}{nearest(theirs, found)}")
    for theirs in table_spec.exclude:
        if theirs not in everything:
            raise BadInputError(f"tables.{name}.exclude: no column {theirs!r}{nearest(theirs, everything)}")


def _canonical(name: Table, table_spec: TableSpec, found: list[str]) -> dict[str, str]:
    theirs: dict[str, str] = {}
    for column in columns_of(name, table_spec):
        source = table_spec.columns.get(column.name, column.name)
        if source in found:
            theirs[column.name] = source
        elif column.required:
            raise BadInputError(
                f"table {name}: no column {source!r}{nearest(source, found)}"
                f" (name yours in tables.{name}.columns, as {column.name} = ...)"
            )
    if BIRTH_DATE in theirs and BIRTH_YEAR.name in theirs:
        raise BadInputError(f"table {name}: both birth_date and birth_year; exclude one of them")
    return theirs


def _further(name: Table, columns: list[str], taken: set[str]) -> dict[str, str]:
    theirs: dict[str, str] = {}
    for column in columns:
        # Feature names allow letters, digits and underscores, of any script.
        ours = re.sub(r"\W+", "_", column).strip("_") or "column"
        if ours in taken or ours in theirs:
            raise BadInputError(f"table {name}: two columns would be called {ours!r}; exclude one of them")
        theirs[ours] = column
    return theirs


def _only_snapshot(spec: BankSpec) -> ir.DateScalar:
    days = spec.snapshots.all()
    if len(days) > 1:
        raise BadInputError(
            f"table labels: no column {SNAPSHOT_DATE!r}, and bank.toml names {len(days)} snapshots"
        )
    return ibis.date(days[0])
