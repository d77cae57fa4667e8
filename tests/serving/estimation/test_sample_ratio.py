"""The split of the arms: exact p-values, and no alarm by chance."""

import numpy as np
import pytest
from scipy import stats

from serving.estimation.sample_ratio import SUSPICIOUS, sample_ratio


def test_the_p_value_is_exact() -> None:
    # P(X <= 1) + P(X >= 9) of 10 fair coins: (1 + 10) * 2 / 1024.
    assert sample_ratio("x", 9, 1, 0.5).p_value == pytest.approx(22 / 1024)


def test_a_broken_split_is_told_with_its_counts() -> None:
    warning = sample_ratio("cross_sell", 9_700, 300, 0.05).warning
    assert warning is not None
    assert warning.startswith("cross_sell: 300 of 10000 customers are held out where 5.00% (500) should be")


def test_chance_alone_seldom_warns() -> None:
    held_out = np.random.default_rng(1).binomial(2_000, 0.05, 1_000)
    alarms = sum(sample_ratio("x", 2_000 - int(n), int(n), 0.05).warning is not None for n in held_out)
    assert alarms <= stats.binom.ppf(0.999, 1_000, SUSPICIOUS)


@pytest.mark.parametrize(("held_out", "warns"), [(0, False), (3, True)])
def test_a_policy_without_holdout_holds_nobody_out(held_out: int, warns: bool) -> None:
    assert (sample_ratio("x", 10, held_out, 0.0).warning is not None) == warns


def test_nobody_is_no_evidence() -> None:
    assert sample_ratio("x", 0, 0, 0.05).p_value == 1.0
