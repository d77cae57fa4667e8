"""The chain: each entry's hash rests on the one before, so that no entry can change or go unnoticed.

The chain covers digests, not personal data: erasing a person leaves every hash as it was.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

GENESIS: Final = "0" * 64
"""What the first entry names as the hash before it."""


@dataclass(frozen=True)
class Link:
    """One entry's place in the chain; `created_at` is ISO 8601 in UTC, the others hexadecimal SHA-256."""

    sequence: int
    kind: str
    created_at: str
    digest: str
    previous: str
    hash: str

    @classmethod
    def after(cls, head: "Head", kind: str, created_at: str, digest: str) -> Self:
        """The entry that follows `head`."""
        sequence = head.sequence + 1
        own = hash_of(head.hash, sequence, kind, created_at, digest)
        return cls(sequence, kind, created_at, digest, head.hash, own)

    def holds(self) -> bool:
        """Whether the hash is that of what it covers."""
        return self.hash == hash_of(self.previous, self.sequence, self.kind, self.created_at, self.digest)


@dataclass(frozen=True)
class Head:
    """The newest entry's number and hash; 0 and GENESIS before the first."""

    sequence: int = 0
    hash: str = GENESIS


def hash_of(previous: str, sequence: int, kind: str, created_at: str, digest: str) -> str:
    """SHA-256 of one entry and, through `previous`, of all before it."""
    return sha256(canonical([previous, sequence, kind, created_at, digest]).encode())


def digest_of(payload: Mapping[str, str]) -> str:
    """SHA-256 of named texts, whatever their order."""
    return sha256(canonical(dict(payload)).encode())


def sha256(content: bytes) -> str:
    """SHA-256 as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def canonical(value: Any) -> str:
    """JSON with one form for one value; a float64 in its shortest form that reads back to the last bit.

    Raises ValueError for NaN and infinities, which JSON has no form for.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
