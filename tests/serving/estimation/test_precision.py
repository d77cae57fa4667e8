"""The customers announced do bring the interval to the width asked for."""

import numpy as np
import pytest

from serving.estimation.intervals import difference_of_proportions
from serving.estimation.precision import customers_needed


@pytest.mark.parametrize("precision", [0.02, 0.01, 0.003])
def test_with_so_many_more_the_interval_is_as_narrow(precision: float) -> None:
    more = customers_needed((60, 950), (2, 50), precision)
    factor = (1000 + more) / 1000
    # The rates the formula draws towards a half, in arms grown in their ratio.
    arms = [(round(rate * n * factor), round(n * factor)) for rate, n in ((62 / 954, 950), (4 / 54, 50))]
    found = difference_of_proportions(*arms)
    assert (found.high - found.low) / 2 == pytest.approx(precision, rel=0.03)


def test_none_when_it_is_narrow_enough_and_many_without_events() -> None:
    assert customers_needed((600, 9500), (30, 500), 0.5) == 0
    assert customers_needed((0, 9500), (0, 500), 0.001) > 100_000


def test_half_the_width_takes_four_times_as_many() -> None:
    first, second = (customers_needed((60, 950), (2, 50), p) + 1000 for p in (0.01, 0.005))
    np.testing.assert_allclose(second / first, 4, rtol=1e-3)
