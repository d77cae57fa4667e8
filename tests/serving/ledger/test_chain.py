"""The chain's hashes rest on everything an entry says and on all before it."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.ledger.chain import GENESIS, Head, Link, canonical, digest_of

FIRST = Link.after(Head(), "decision", "2024-01-15T00:00:00+00:00", "d" * 64)


def test_the_hash_is_sha256_of_what_it_covers_in_json() -> None:
    said = f'["{GENESIS}",1,"decision","2024-01-15T00:00:00+00:00","{"d" * 64}"]'
    assert FIRST.hash == hashlib.sha256(said.encode()).hexdigest()
    second = Link.after(Head(FIRST.sequence, FIRST.hash), "outcome", FIRST.created_at, "e" * 64)
    assert (second.sequence, second.previous) == (2, FIRST.hash)


@pytest.mark.parametrize("name", ["sequence", "kind", "created_at", "digest", "previous", "hash"])
def test_no_part_can_change(name: str) -> None:
    assert FIRST.holds()
    assert not replace(FIRST, **{name: 7 if name == "sequence" else "other"}).holds()


@given(st.dictionaries(st.text(), st.text()), st.dictionaries(st.text(), st.text()))
def test_digests_are_equal_only_for_the_same_texts(one: dict[str, str], other: dict[str, str]) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other)
    assert digest_of(one) == digest_of(dict(reversed(one.items())))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_to_the_last_bit(number: float) -> None:
    assert float(canonical(number)).hex() == number.hex()


def test_what_json_has_no_form_for_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))
