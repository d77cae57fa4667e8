"""Nothing unknown passes, nothing changes once it is read."""

import pytest
from pydantic import TypeAdapter, ValidationError

from features.strict import Days, Fraction, Identifier, Strict


class Sample(Strict):
    share: Fraction
    days: Days = 1


def test_unknown_keys_other_types_and_changes_are_refused() -> None:
    for given in ({"share": 0.5, "shares": 1}, {"share": "0.5"}, {"share": 1.5}, {"share": 0.5, "days": 0}):
        with pytest.raises(ValidationError):
            Sample.model_validate(given)
    with pytest.raises(ValidationError):
        Sample(share=0.5).share = 0.6  # type: ignore[misc] # frozen


@pytest.mark.parametrize("name", ["1st", "a-b", "", "a" * 64])
def test_identifiers_are_words(name: str) -> None:
    assert TypeAdapter(Identifier).validate_python("card_2") == "card_2"
    with pytest.raises(ValidationError):
        TypeAdapter(Identifier).validate_python(name)
