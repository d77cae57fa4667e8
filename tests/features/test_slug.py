"""Names of banks as names of a registry: legal, stable, and apart."""

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from features.slug import slug


def test_names_in_ascii_are_spelt_plainly() -> None:
    assert slug("Bank of Tests & Sons, Ltd.") == "bank-of-tests-sons-ltd"
    assert slug("&") == "bank"


def test_names_that_lose_letters_end_in_a_digest_that_never_changes() -> None:
    assert slug("招商银行") == "bank-4e721fae"
    assert slug("Zürich 1") == "z-rich-1-0b0065d8"


def test_names_that_differ_only_in_lost_letters_stay_apart() -> None:
    names = ["招商银行", "工商银行", "Zürich", "Zörich", "Z-rich", "銀行", "bank"]
    assert len({slug(name) for name in names}) == len(names)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_every_slug_is_legal_and_the_same_however_the_name_is_composed(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(name))
    assert len({slug(unicodedata.normalize(form, name)) for form in ("NFC", "NFD")}) == 1
