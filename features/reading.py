"""Files on disk as lazy tables: Parquet, CSV and CSV.GZ, globs allowed, read by DuckDB."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from features.errors import BadInputError
from features.files import files_named
from features.spill import spill_folder

PARQUET = ".parquet"
SUFFIXES = (PARQUET, ".csv", ".csv.gz")


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
    names = [str(file) for file in files]
    with readable(name, path):
        if formats == {True}:
            return _known_types(connection.read_parquet(names, union_by_name=True))
        return connection.read_csv(names, all_varchar=True, header=True, union_by_name=True)


def _known_types(table: ir.Table) -> ir.Table:
    """Ibis cannot compute with every type of DuckDB, such as that of a column with nothing but nulls."""
    unknown = [column for column, dtype in table.schema().items() if dtype.is_unknown()]
    return table.mutate(**{column: table[column].cast("string") for column in unknown}) if unknown else table


@contextmanager
def readable(name: str, path: str) -> Iterator[None]:
    """Turn a failure to read a file within the block into a BadInputError that names it."""
    try:
        yield
    except duckdb.Error as error:
        raise BadInputError(f"table {name}: {path} cannot be read: {_reason(error)}") from error


def _reason(error: duckdb.Error) -> str:
    """What DuckDB says, without the offending line, a customer's data, and advice that is not for users."""
    said = takewhile(lambda line: line and not line.startswith("Possible"), str(error).splitlines())
    return " ".join(line for line in said if not line.startswith("Original Line"))


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the known word nearest to `word`, or nothing."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _matching(folder: Path, path: str, name: str) -> list[Path]:
    try:
        files = files_named(folder, path)
    except ValueError as error:
        raise BadInputError(f"tables.{name}.path {path!r}: {error}") from error
    if not files:
        near = nearest(Path(path).name, [file.name for file in (folder / path).parent.glob("*")])
        raise BadInputError(f"tables.{name}.path: no file matches {path!r} in {folder}{near}")
    return files


def _suffix(file: Path, name: str) -> str:
    suffix = next((known for known in SUFFIXES if file.name.lower().endswith(known)), None)
    if suffix is None:
        raise BadInputError(f"tables.{name}.path: expected {', '.join(SUFFIXES)}, found {file.name}")
    return suffix
