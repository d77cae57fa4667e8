"""What a person at a terminal sees: a bar for each stage, a table for rows; plain lines elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table as Grid

from features.progress import Progress

PLAIN_WIDTH = 200


@contextmanager
def progress_bar(stream: IO[str]) -> Iterator[Progress]:
    """Yield a `Progress`: bars where `stream` is a terminal, one line as each stage ends elsewhere."""
    if not stream.isatty():
        yield _lines(stream)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(file=stream)) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


def _lines(stream: IO[str]) -> Progress:
    def report(stage: str, done: int, total: int) -> None:
        if done >= total:
            print(f"{stage}: {done}/{total}", file=stream, flush=True)

    return report


def print_table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows under their columns; wide tables keep their width when piped to a file."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    grid = Grid(title=title, title_justify="left")
    for column in columns:
        numeric = bool(rows) and isinstance(rows[0].get(column), int | float)
        grid.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(_cell(row.get(column)) for column in columns))
    console.print(grid, markup=False)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1 else _amount(value)


def _amount(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
