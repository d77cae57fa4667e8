"""Keyed hashes: the same for one and for all, even, and secret without the key."""

import hashlib

import numpy as np
import pyarrow as pa

from serving.decision.keyed import customer_hashes, mix, name_hashes, uniform

IDS = pa.array(range(20_000))


def test_is_keyed_blake2b() -> None:
    key = hashlib.sha256(b"1:a2:bc").digest()
    expected = int.from_bytes(hashlib.blake2b(b"17", key=key, digest_size=8).digest(), "little")
    assert customer_hashes(pa.array([17]), "a", "bc").tolist() == [expected]


def test_the_same_for_one_and_for_all_and_for_either_type() -> None:
    together = customer_hashes(IDS, "salt")
    assert customer_hashes(IDS[123:124], "salt")[0] == together[123]
    assert customer_hashes(pa.array(["123"]), "salt")[0] == together[123]


def test_keys_do_not_run_into_each_other() -> None:
    one, two = customer_hashes(IDS[:50], "ab", "c"), customer_hashes(IDS[:50], "a", "bc")
    assert not np.any(one == two)


def test_numbers_are_uniform() -> None:
    drawn = uniform(customer_hashes(IDS, "salt"))
    assert drawn.min() >= 0
    assert drawn.max() < 1
    # Kolmogorov-Smirnov at 0.1 %: a sound hash fails once in a thousand keys, this key never.
    ranks = np.arange(1, len(drawn) + 1) / len(drawn)
    assert np.abs(np.sort(drawn) - ranks).max() < 1.95 / np.sqrt(len(drawn))
    assert uniform(np.array([2**64 - 1, 0], dtype=np.uint64)).tolist() == [1 - 2.0**-53, 0.0]


def test_names_do_not_depend_on_their_place() -> None:
    assert name_hashes(("a", "b")).tolist() == name_hashes(("b", "a")).tolist()[::-1]


def test_mixing_spreads() -> None:
    mixed = mix(np.arange(1000, dtype=np.uint64), name_hashes(("a",)))
    assert len(np.unique(mixed)) == 1000
    assert abs(uniform(mixed).mean() - 0.5) < 0.05
