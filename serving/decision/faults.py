"""Faults of a policy: which key is wrong and, where the file is known, its line."""

from collections.abc import Mapping
from dataclasses import dataclass

from features.errors import BadInputError

Key = tuple[str | int, ...]
"""A key as in the file, from the outermost table inwards; places in lists are counted from 0."""


class PolicyError(BadInputError):
    """A policy is wrong at one key; `told` is what was expected and what came."""

    def __init__(self, key: Key, told: str) -> None:
        super().__init__(f"policy: {dotted(key)}: {told}")
        self.key = key
        self.told = told


@dataclass(frozen=True)
class Origin:
    """The file a policy was read from, and the line (from 1) on which each of its keys is stated."""

    file: str
    lines: Mapping[Key, int]

    def tell(self, key: Key, told: str) -> str:
        """A fault with its place: "<file>, line <n>: <key>: <what>"."""
        return f"{self.file}, line {self.line(key)}: {dotted(key)}: {told}"

    def line(self, key: Key) -> int:
        """Where a key is stated; for one that is missing, where the table is that should hold it."""
        known = (key[:length] for length in range(len(key), 0, -1))
        return next((self.lines[part] for part in known if part in self.lines), 1)


def dotted(key: Key) -> str:
    """A key as it is told."""
    return ".".join(map(str, key)) or "(whole file)"
