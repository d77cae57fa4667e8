"""Pseudonyms need the key, seals open only with theirs, and the key file is for its owner alone."""

import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import BadInputError
from features.spec import read_spec
from serving.ledger.keys import KEY_FILE, LEDGER_KEY, LEDGER_KEY_FILE, PSEUDONYM_KEY, Keys, load_keys

ONE, OTHER = Keys(b"a" * 32, b"c" * 32), Keys(b"b" * 32, b"d" * 32)


@pytest.fixture
def spec(write_bank: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in (PSEUDONYM_KEY, LEDGER_KEY, LEDGER_KEY_FILE):
        monkeypatch.delenv(name, raising=False)
    return read_spec(write_bank({"customers": [{"customer_id": 1}]}))


@given(st.lists(st.one_of(st.integers(), st.text(max_size=20)), max_size=5))
def test_hidden_ids_come_back_with_their_type(ids: list[int | str]) -> None:
    assert ONE.reveal(ONE.hide(ids)) == ids


@given(st.binary(max_size=50))
def test_sealed_content_comes_back_and_shows_nothing(content: bytes) -> None:
    sealed = ONE.seal(content)
    assert ONE.unseal(sealed) == content
    assert len(content) < 8 or content not in sealed
    assert Keys(b"a" * 32).unseal(Keys(b"a" * 32).seal(content)) == content


def test_other_keys_open_nothing_and_name_others() -> None:
    assert ONE.pseudonym(1) == ONE.pseudonym("1") != OTHER.pseudonym(1)
    assert ONE.check() != OTHER.check()
    with pytest.raises(BadInputError, match=PSEUDONYM_KEY):
        OTHER.reveal(ONE.hide([1]))
    with pytest.raises(BadInputError, match="another"):
        OTHER.unseal(ONE.seal(b"x"))
    with pytest.raises(BadInputError, match="set NEXTBEST_LEDGER_KEY"):
        Keys(b"a" * 32).unseal(ONE.seal(b"x"))


def test_a_changed_seal_does_not_open() -> None:
    sealed = ONE.seal(b"content")
    for place in range(1, len(sealed)):
        with pytest.raises(BadInputError):
            ONE.unseal(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :])


def test_the_banks_own_key_is_made_once_and_private(spec: Any) -> None:
    keys = load_keys(spec)
    assert load_keys(spec) == keys
    assert keys.seal_key is None
    path = spec.state / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in spec.state.iterdir()] == [KEY_FILE]


def test_keys_of_the_environment(spec: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY, "p" * 16)
    monkeypatch.setenv(LEDGER_KEY, "l" * 16)
    keys = load_keys(spec)
    assert (keys.secret, len(keys.seal_key or b"")) == (b"p" * 16, 32)
    assert not (spec.state / KEY_FILE).exists()
    monkeypatch.delenv(LEDGER_KEY)
    (tmp_path / "key").write_text("l" * 16 + "\n")
    monkeypatch.setenv(LEDGER_KEY_FILE, str(tmp_path / "key"))
    assert load_keys(spec) == keys
    monkeypatch.setenv(LEDGER_KEY_FILE, str(tmp_path / "absent"))
    with pytest.raises(BadInputError, match="cannot be read"):
        load_keys(spec)
    monkeypatch.setenv(PSEUDONYM_KEY, "short")
    with pytest.raises(BadInputError, match="at least 16 bytes, got 5"):
        load_keys(spec)
