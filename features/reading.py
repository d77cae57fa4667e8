"""Files on disk as lazy tables: Parquet, CSV and CSV.GZ, globs allowed, read by DuckDB."""

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.csv_files import line_with_other_ending, read_csv_files
from features.errors import BadInputError
from features.files import files_named
from features.spill import spill_folder

PARQUET = ".parquet"
SUFFIXES = (PARQUET, ".csv", ".csv.gz")

CSV_FAULTS = (
    (r"Expected Number of Columns: ([0-9]+) Found: ([0-9]+)", "expected {0} values, found {1}"),
    (r"not utf-8 encoded", "not UTF-8"),
    (r"unterminated quote", "a quote is not closed, or closed before the value ends"),
    (r"Maximum line size of ([0-9]+) bytes", "longer than {0} bytes; is a quote not closed?"),
)
"""What DuckDB says of a CSV file, and how we say it."""


def connect(state: Path) -> Backend:
    """A DuckDB of its own, in UTC, that writes what does not fit into memory below `state`.

    Raises BadInputError when that folder cannot be made.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"{state}: cannot be made: {error.strerror}") from error
    connection = ibis.duckdb.connect(temp_directory=str(spill_folder(state)))
    connection.raw_sql("SET TimeZone = 'UTC'; SET enable_progress_bar = false")  # the bars are ours to draw
    return connection


def read(connection: Backend, folder: Path, path: str, name: str) -> ir.Table:
    """The files that `path` (relative to `folder`) names, as one lazy table; CSV columns are all text.

    Files of one glob are matched by column name. No more than headers is read yet.

    Raises BadInputError when no file matches, kinds are mixed, or a file cannot be read.
    """
    files = _matching(folder, path, name)
    formats = {_suffix(file, name) == PARQUET for file in files}
    if len(formats) > 1:
        raise BadInputError(f"tables.{name}.path {path!r}: expected only Parquet or only CSV, found both")
    with readable(name, path):
        if formats == {True}:
            names = [str(file) for file in files]
            return _known_types(connection.read_parquet(names, union_by_name=True))
        return read_csv_files(connection, files, name)


def _known_types(table: ir.Table) -> ir.Table:
    """Ibis cannot compute with every type of DuckDB, such as that of a column with nothing but nulls."""
    unknown = [column for column, dtype in table.schema().items() if dtype.is_unknown()]
    return table.mutate(**{column: table[column].cast("string") for column in unknown}) if unknown else table


@contextmanager
def readable(name: str, path: str) -> Iterator[None]:
    """Turn a failure to read a file within the block into a BadInputError that names it, and the line."""
    try:
        yield
    except duckdb.Error as error:
        said = str(error)
        if "CSV" in said:
            raise BadInputError(f"table {name}: {_of_csv(said, path)}") from error
        no_parquet = re.search(r"No magic bytes|too small to be a Parquet", said)
        reason = "not a Parquet file, or one that breaks off" if no_parquet else _reason(said)
        raise BadInputError(f"table {name}: {path} cannot be read: {reason}") from error


def _of_csv(said: str, path: str) -> str:
    """Which file and line of a CSV table DuckDB stumbled over, and why, in words for who wrote the file.

    Never the line itself, a customer's data.
    """
    found = re.search(r"^\s*file = (.+)$", said, re.MULTILINE)
    file = Path(found[1]) if found else None
    line = re.search(r"on Line: ([0-9]+)", said)
    where = (file.name if file else path) + (f", line {line[1]}" if line else "")
    for pattern, words in CSV_FAULTS:
        fault = re.search(pattern, said)
        if fault:
            return f"{where}: {words.format(*fault.groups())}"
    other = line_with_other_ending(file) if file and not line else None
    if file and other:
        return f"{file.name}, line {other}: ends otherwise than line 1; let all lines end alike"
    return f"{where} cannot be read: {_reason(said)}"


def _reason(said: str) -> str:
    """What DuckDB says, without the offending line, a customer's data, and advice that is not for users."""
    lines = takewhile(lambda line: line and not line.startswith("Possible"), said.splitlines())
    return " ".join(line for line in lines if not line.startswith("Original Line"))


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the known word nearest to `word`, whatever its case, or nothing."""
    lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.5)
    return f"; did you mean {lower[near[0]]!r}?" if near else ""


def _matching(folder: Path, path: str, name: str) -> list[Path]:
    try:
        files = files_named(folder, path)
    except ValueError as error:
        raise BadInputError(f"tables.{name}.path {path!r}: {error}") from error
    if not files and (folder / path).is_dir():
        inside = f"{path.rstrip('/')}/*{PARQUET}"
        raise BadInputError(f"tables.{name}.path {path!r}: a folder; name the files in it, as {inside!r}")
    if not files:
        near = nearest(Path(path).name, [file.name for file in (folder / path).parent.glob("*")])
        raise BadInputError(f"tables.{name}.path: no file matches {path!r} in {folder}{near}")
    return files


def _suffix(file: Path, name: str) -> str:
    suffix = next((known for known in SUFFIXES if file.name.lower().endswith(known)), None)
    if suffix is None:
        raise BadInputError(f"tables.{name}.path: expected {', '.join(SUFFIXES)}, found {file.name}")
    return suffix
