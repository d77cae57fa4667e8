"""The words of a policy, and their bounds."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from serving.decision.vocabulary import Count, Hour, LanguageCode, Money, Multiplier


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [(Money, 0.0, 1e12), (Multiplier, 0.0, 100.0), (Count, 0, 10**9), (Hour, 0, 23)],
)
def test_bounds_belong_to_what_is_allowed(kind: Any, least: float, most: float) -> None:
    adapter = TypeAdapter(kind)
    assert (adapter.validate_python(least), adapter.validate_python(most)) == (least, most)
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        adapter.validate_python(-1)


@pytest.mark.parametrize(("kind", "given"), [(Multiplier, 100.5), (Hour, 24), (Money, float("inf"))])
def test_what_lies_above_is_refused(kind: Any, given: float) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(given)


@pytest.mark.parametrize(
    ("code", "fits"), [("en", True), ("zho", True), ("EN", False), ("english", False), ("", False)]
)
def test_languages_are_told_by_their_codes(code: str, fits: bool) -> None:
    if fits:
        assert TypeAdapter(LanguageCode).validate_python(code) == code
    else:
        with pytest.raises(ValidationError, match="pattern"):
            TypeAdapter(LanguageCode).validate_python(code)
