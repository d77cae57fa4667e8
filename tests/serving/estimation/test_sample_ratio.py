"""The split of the arms: exact p-values, and no alarm by chance."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from serving.decision.holdout import draw_holdout
from serving.decision.trial_spec import HoldoutSpec
from serving.estimation.sample_ratio import SUSPICIOUS, held_out_split, sample_ratio


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


@pytest.mark.parametrize("per_group", [False, True])
def test_the_draw_of_the_policy_is_credible_and_another_share_is_not(per_group: bool) -> None:
    spec = HoldoutSpec(share=0.1, per_group=per_group)
    held_out = draw_holdout(spec, pa.array(range(20_000)), date(2024, 1, 1)).held_out
    assert held_out_split(held_out, spec).warning is None
    assert held_out_split(held_out, spec.model_copy(update={"share": 0.12})).warning is not None
