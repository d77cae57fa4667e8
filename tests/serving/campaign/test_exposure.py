"""Who is reached, counted by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa

from serving.campaign.exposure import exposures, mixes

ROWS = 200
CUSTOMERS = pa.table(
    {
        "tier": pa.array(["valuable", None] * 100),
        "customer_age_years": pa.array([20.0] * 50 + [40.0] * 100 + [25.0] * 49 + [None]),
        "customer_sex": pa.array(["f"] * 100 + ["m"] * 80 + ["x"] * 20),
    }
)
CHOSEN = np.full((2, ROWS), -1, dtype=np.int8)
CHOSEN[0, :20] = 0
CHOSEN[1, 10:90] = 1
CHOSEN[1, 100:120] = 1


def test_rates_ratios_and_the_warning() -> None:
    found = {(one.attribute, one.group): one for one in exposures(CUSTOMERS, ("customer_sex",), CHOSEN, 1.25)}
    women, men = found["customer_sex", "f"], found["customer_sex", "m"]
    assert (women.customers, women.contacted, women.rate, women.ratio) == (100, 90, 0.9, 1.0)
    assert (men.customers, men.contacted, men.rate, men.ratio) == (80, 20, 0.25, 3.6)
    assert (women.uneven, men.uneven) == (False, True)
    # Never contacted, but too few to speak of.
    few = found["customer_sex", "x"]
    assert (few.contacted, few.ratio, few.uneven) == (0, None, False)


def test_ages_come_in_bands_and_the_unknown_in_none() -> None:
    found = {one.group: one for one in exposures(CUSTOMERS, (), CHOSEN, 1.25)}
    assert {group: one.customers for group, one in found.items()} == {"< 25": 50, "25–34": 49, "35–44": 100}
    assert found["25–34"].ratio is None
    assert found["25–34"].uneven


def test_a_wider_threshold_does_not_warn() -> None:
    warned = [one.group for one in exposures(CUSTOMERS, ("customer_sex",), CHOSEN, 4.0) if one.uneven]
    assert warned == ["25–34"]


def test_the_mix_counts_contacts() -> None:
    compiled: Any = SimpleNamespace(actions=[SimpleNamespace(id="retain"), SimpleNamespace(id="sell")])
    found = {(one.group, one.action): one.contacts for one in mixes(compiled, CUSTOMERS, CHOSEN)}
    assert found["valuable", "retain"] == found["unknown", "retain"] == 10
    assert found["valuable", "sell"] + found["unknown", "sell"] == 100
