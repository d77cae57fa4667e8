"""[promotion] says what a challenger has to hold; a misspelt threshold is refused with the one meant."""

from typing import Any

import pytest

from features.errors import BadInputError
from features.fingerprint import fingerprint_bank
from features.spec import read_spec

CUSTOMERS = {"customers": [{"customer_id": 1}]}


def test_thresholds_have_defaults_and_may_be_set(write_bank: Any) -> None:
    spec = read_spec(write_bank(CUSTOMERS, promotion={"approval": True}, owner={"name": "Risk"}))
    assert (spec.promotion.approval, spec.promotion.quality_margin) == (True, 0.05)
    assert spec.owner is not None
    assert spec.owner.name == "Risk"
    assert read_spec(write_bank(CUSTOMERS)).owner is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"promotion": {"aproval": True}}, r"promotion\.aproval: unknown key; did you mean 'approval'\?"),
        ({"promotion": {"quality_margin": 2.0}}, r"promotion\.quality_margin: .* less than or equal to 1"),
        ({"promotion": {"tested_most": 20}}, r"promotion\.tested_most: .* did you mean 'tested_least'\?"),
        ({"promotion": {"tested_least": 0}}, r"promotion\.tested_least: .* greater than or equal to 1"),
        ({"promotion": {"calibration_times": 1.0}}, r"promotion\.calibration_times: .* greater than 1"),
        ({"promotion": {"calibration_head_time": 2.0}}, r"did you mean 'calibration_head_times'\?"),
        ({"promotion": {"calibration_error_shares_most": 1.0}}, r"mean 'calibration_error_share_most'\?"),
        ({"owner": {"name": ""}}, r"owner\.name: String should have at least 1 character"),
        ({"owner": {"nmae": "Risk"}}, r"owner\.nmae: unknown key; did you mean 'name'\?"),
    ],
)
def test_what_is_no_threshold_is_refused(write_bank: Any, given: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        read_spec(write_bank(CUSTOMERS, **given))


def test_they_change_nothing_that_a_model_learns(write_bank: Any) -> None:
    plain, given = (
        read_spec(write_bank(CUSTOMERS, **one))
        for one in ({}, {"promotion": {"approval": True}, "owner": {"name": "Risk"}})
    )
    assert fingerprint_bank(plain, "data") == fingerprint_bank(given, "data")
