"""The two errors a user can mend are apart, and say what they were told to."""

import pytest

from features.errors import BadInputError, GateError


@pytest.mark.parametrize(("raised", "other"), [(BadInputError, GateError), (GateError, BadInputError)])
def test_each_error_says_what_is_wrong_and_is_not_the_other(
    raised: type[Exception], other: type[Exception]
) -> None:
    assert str(raised("bank.toml: no such file")) == "bank.toml: no such file"
    assert not issubclass(raised, other)
    assert not issubclass(raised, ValueError | OSError)  # never caught as something else by the way
