"""Intervals cover the known truth as often as they say, but for one chance in a thousand."""

import pytest
from scipy import stats

from experiments.coverage.bank import Known
from experiments.coverage.repeats import impact_coverage, whatif_coverage

REPEATS = 40


def within(counts: dict[str, int], least: float, repeats: int = REPEATS) -> None:
    low = stats.binom.ppf(0.001, repeats, least)
    for name, count in counts.items():
        assert low <= count, (name, count)


def test_impact_covers_the_true_effect(known: Known) -> None:
    covered = impact_coverage(known, REPEATS)
    assert set(covered) == {
        f"{name}, {what}" for name in ("cross_sell", "retain", "overall") for what in ("effect", "money")
    }
    within({name: count for name, count in covered.items() if "effect" in name}, 0.95)
    # Few events among the 200 held out leave a t-interval of skewed money a little short.
    within(covered, 0.93)


@pytest.mark.parametrize(("method", "repeats"), [("epsilon", REPEATS), ("thompson", 12)])
def test_whatif_covers_the_true_value(known: Known, method: str, repeats: int) -> None:
    covered = whatif_coverage(known, repeats, method)
    assert set(covered) == {f"{method}, {name}" for name in ("IPS", "SNIPS", "DR")}
    within(covered, 0.95, repeats)
