"""[monitoring] says where a watched model fails; a misspelt threshold is refused with the one meant."""

from typing import Any

import pytest

from features.errors import BadInputError
from features.spec import read_spec

CUSTOMERS = {"customers": [{"customer_id": 1}]}


def test_thresholds_have_defaults_and_may_be_set(write_bank: Any) -> None:
    spec = read_spec(write_bank(CUSTOMERS, monitoring={"psi_most": 0.1}))
    assert (spec.monitoring.psi_most, spec.monitoring.stale_times) == (0.1, 2.0)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"psi_mots": 0.1}, r"monitoring\.psi_mots: unknown key; did you mean 'psi_most'\?"),
        ({"stale_times": 1.0}, r"monitoring\.stale_times: Input should be greater than 1"),
        ({"told_apart_most": 0.4}, r"monitoring\.told_apart_most: .* \(got 0\.4\)"),
    ],
)
def test_what_is_no_threshold_is_refused(write_bank: Any, given: dict[str, float], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        read_spec(write_bank(CUSTOMERS, monitoring=given))
