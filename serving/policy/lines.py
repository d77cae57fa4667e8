"""On which line of a TOML file each key is stated; Python's own reader does not tell."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from serving.decision.faults import Key


def line_of_keys(text: str) -> dict[Key, int]:
    """Every key of a valid TOML text with the line (from 1) that its statement begins on.

    What a statement holds inside, such as an inline table, is on the statement's line. A table that is only
    implied, as `a` by `[a.b]`, is where it is first implied.
    """
    lines: dict[Key, int] = {}
    entries: dict[Key, int] = {}
    table: Key = ()
    for line, statement in _statements(text):
        parsed = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            listed = statement.lstrip().startswith("[[")
            table = _resolved(_only_path(parsed), entries, listed)
            keys = {table}
        else:
            keys = {(*table, *key) for key in _keys(parsed)}
        for key in keys:
            for length in range(1, len(key) + 1):
                lines.setdefault(key[:length], line)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Statements with their first lines: lines are gathered until they are valid by themselves.

    A statement ends with its line, and no part of one is valid without its rest.
    """
    gathered, first = "", 1
    # Not splitlines(): TOML's line ends are fewer than Python's.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not gathered:
            first = number
        gathered += line + "\n"
        if not gathered.strip() or gathered.lstrip().startswith("#"):
            gathered = ""
        elif _is_valid(gathered):
            yield first, gathered
            gathered = ""


def _is_valid(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _only_path(parsed: Mapping[str, Any]) -> Key:
    """The path that a header names."""
    path: list[str] = []
    inner: Any = parsed
    while inner:
        inner = inner[0] if isinstance(inner, list) else inner
        path += inner
        inner = inner[path[-1]] if inner else None
    return tuple(path)


def _resolved(path: Key, entries: dict[Key, int], listed: bool) -> Key:
    """A header's path with the places of list entries: `[[rules]]` for the third time is rules.2."""
    found: Key = ()
    for place, name in enumerate(path):
        found = (*found, name)
        if listed and place == len(path) - 1:
            entries[found] = entries.get(found, -1) + 1
        if found in entries:
            found = (*found, entries[found])
    return found


def _keys(value: Any) -> Iterator[Key]:
    """Every key of a value, itself first as the empty key."""
    items = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, inner in items:
        yield (name,)
        for key in _keys(inner):
            yield (name, *key)
