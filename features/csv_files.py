"""CSV files as one lazy table, read by their own headers: nothing about them is guessed from rows.

DuckDB, left to guess, takes a file with one short row for a single column, or skips rows above it unsaid.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.errors import BadInputError

DELIMITERS: Final = (",", ";", "\t", "|")
QUOTE: Final = '"'
HEADER_BYTES_MOST: Final = 1 << 18
UNNAMED: Final = "column"


@dataclass(frozen=True)
class Header:
    """What the first line of a file says: the columns' names, and what stands between values."""

    columns: tuple[str, ...]
    delimiter: str


def read_csv_files(connection: Backend, files: Sequence[Path], name: str) -> ir.Table:
    """The rows of every file, matched by column name, all text; null in a column that a file does not have.

    Raises BadInputError naming a file of the table `name` without a usable header.
    """
    alike: dict[Header, list[str]] = {}
    for file in files:
        alike.setdefault(read_header(file, name), []).append(str(file))
    tables = [_read(connection, header, paths) for header, paths in alike.items()]
    columns = list(dict.fromkeys(column for table in tables for column in table.columns))
    return ibis.union(*(_with(table, columns) for table in tables)) if len(tables) > 1 else tables[0]


def read_header(file: Path, name: str) -> Header:
    """The header of one CSV or CSV.GZ file; a column without a name is called after its place, `column0`.

    Raises BadInputError for a file that cannot be read, is empty, no UTF-8, or names a column twice.
    """
    where = f"table {name}: {file.name}"
    text = _beginning(file, where)
    if not text.strip():
        raise BadInputError(f"{where} is empty: expected a header that names the columns")
    found = {delimiter: _first_row(text, delimiter) for delimiter in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda each: len(found[each]))
    row = found[delimiter]
    if not row or "\ufffd" in "".join(row) or "\0" in "".join(row):
        raise BadInputError(f"{where}, line 1: expected a header in UTF-8 that names the columns")
    columns = tuple(column or f"{UNNAMED}{place}" for place, column in enumerate(row))
    lower = [column.lower() for column in columns]
    twice = next((column for column in columns if lower.count(column.lower()) > 1), None)
    if twice is not None:
        raise BadInputError(f"{where}, line 1: the column {twice!r} is named twice")
    return Header(columns, delimiter)


def line_with_other_ending(file: Path) -> int | None:
    """The first line, from 1, that ends otherwise than the first line does; None where all end alike."""
    with opened(file) as content:
        lines = enumerate(content, start=1)
        first = next(lines, (0, b""))[1]
        ending = _ending(first)
        return next((number for number, line in lines if _ending(line) not in (ending, b"")), None)


def opened(file: Path) -> IO[bytes]:
    """The bytes of a CSV or CSV.GZ file."""
    return gzip.open(file) if _zipped(file) else file.open("rb")  # type: ignore[return-value]


def _ending(line: bytes) -> bytes:
    """What ends a line; a lone carriage return within it counts as an ending of its own."""
    body = line.rstrip(b"\r\n")
    return line[len(body) :] if b"\r" not in body else b"\r"


def _beginning(file: Path, where: str) -> str:
    try:
        with opened(file) as content:
            return content.read(HEADER_BYTES_MOST).decode("utf-8-sig", errors="replace")
    except (OSError, EOFError, zlib.error) as error:
        raise BadInputError(f"{where} cannot be read: {error}") from error


def _first_row(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=QUOTE), [])
    except csv.Error:
        return []


def _read(connection: Backend, header: Header, paths: list[str]) -> ir.Table:
    # Names of ours first: theirs may be anything, also a word of SQL.
    ours = [f"{UNNAMED}{place}" for place in range(len(header.columns))]
    table = connection.read_csv(
        paths,
        columns=dict.fromkeys(ours, "VARCHAR"),
        header=True,
        delim=header.delimiter,
        quote=QUOTE,
        escape=QUOTE,
        compression="gzip" if _zipped(Path(paths[0])) else "none",
    )
    return table.select(**{theirs: table[name] for theirs, name in zip(header.columns, ours, strict=True)})


def _zipped(file: Path) -> bool:
    return file.suffix.lower() == ".gz"


def _with(table: ir.Table, columns: Sequence[str]) -> ir.Table:
    missing = {column: ibis.null("string") for column in columns if column not in table.columns}
    return table.mutate(**missing).select(*columns) if missing else table.select(*columns)
