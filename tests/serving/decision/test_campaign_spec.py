"""What ties a campaign's customers together is closed and does not contradict itself."""

from typing import Any

import pytest
from pydantic import ValidationError

from serving.decision.campaign_spec import CampaignSpec, ManagersSpec, ProductLimit


def test_a_campaign_without_limits_has_none() -> None:
    spec = CampaignSpec()
    assert (spec.budget, spec.days, spec.products, spec.managers) == (None, 1, {}, None)


def test_a_minimum_above_its_maximum_is_refused() -> None:
    assert ProductLimit(minimum=3, maximum=3).minimum == 3
    assert ProductLimit(minimum=3).maximum is None
    with pytest.raises(ValidationError, match="minimum 4 is above maximum 3"):
        ProductLimit(minimum=4, maximum=3)


@pytest.mark.parametrize(
    "given",
    [{"days": 0}, {"days": 367}, {"budget": -1.0}, {"exposure_warning_ratio": 1.0}, {"capacity": 3}],
)
def test_figures_out_of_bounds_and_unknown_keys_are_refused(given: dict[str, Any]) -> None:
    (key,) = given
    with pytest.raises(ValidationError, match=key):
        CampaignSpec(**given)


def test_managers_need_a_column_to_be_found_by() -> None:
    given = {"channel": "relationship_manager", "capacity": 4}
    assert ManagersSpec(column="manager", **given).capacities == {}
    with pytest.raises(ValidationError, match="column"):
        ManagersSpec(column="", **given)
