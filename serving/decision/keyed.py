"""Keyed hashes of customers: the only source of chance in a decision, and the same for one and for all."""

import hashlib

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


def customer_hashes(ids: pa.Array, *key: str) -> Hashes:
    """One 64-bit hash per customer, shape (customers,): BLAKE2b of the id as text, keyed by `key`.

    Without the key nobody can tell who comes where; 1 and "1" are the same customer.
    """
    # Length before each part, so that ("ab", "c") and ("a", "bc") are different keys.
    secret = hashlib.sha256("".join(f"{len(part)}:{part}" for part in key).encode()).digest()
    keyed = hashlib.blake2b(key=secret, digest_size=8)
    digests = [_digest(keyed, str(name)) for name in ids.to_pylist()]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _digest(keyed: "hashlib.blake2b", name: str) -> bytes:
    copy = keyed.copy()
    copy.update(name.encode())
    return copy.digest()


def name_hashes(names: tuple[str, ...]) -> Hashes:
    """One 64-bit hash per name, shape (names,), whatever the order the names come in."""
    digests = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def mix(one: Hashes, other: Hashes) -> Hashes:
    """A hash of both, elementwise with broadcasting.

    The finaliser of SplitMix64 (Steele, Lea & Flood 2014, figure 17).
    """
    mixed = one ^ other
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def uniform(hashes: Hashes) -> NDArray[np.float64]:
    """Hashes as numbers in [0, 1), from their upper 53 bits: as many as a float64 holds exactly."""
    return np.asarray((hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53)
