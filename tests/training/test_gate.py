"""The gate lets through what is no worse than the champion, and says what is not."""

import pytest

from training.gate import failures

GOOD = {
    "log_loss": 0.30,
    "log_loss_of_base_rates": 0.40,
    "average_precision": 0.50,
    "calibration_error": 0.01,
}


def test_a_first_model_has_to_beat_its_base_rates() -> None:
    assert failures(GOOD, None, same_rows=False) == []
    [found] = failures({**GOOD, "log_loss": 0.45}, None, same_rows=False)
    assert "log loss 0.4500 is worse than 0.4000" in found


def test_answering_base_rates_alone_is_no_worse_than_them() -> None:
    assert failures({**GOOD, "log_loss": 0.40}, None, same_rows=False) == []


def test_probabilities_that_do_not_hold_are_refused() -> None:
    [found] = failures({**GOOD, "calibration_error": 0.08}, GOOD, same_rows=True)
    assert "calibration error 0.0800 exceeds 0.05" in found


def test_a_model_that_was_never_tested_is_refused() -> None:
    assert failures({}, None, same_rows=False) == ["it was never tested: no test rows"]


@pytest.mark.parametrize(
    ("metric", "value", "passes"),
    [
        ("log_loss", 0.305, True),
        ("log_loss", 0.31, False),
        ("average_precision", 0.495, True),
        ("average_precision", 0.48, False),
        ("average_precision", 0.9, True),
    ],
)
def test_on_the_same_rows_metrics_are_compared(metric: str, value: float, passes: bool) -> None:
    assert (failures({**GOOD, metric: value}, GOOD, same_rows=True) == []) is passes


def test_on_other_rows_only_the_gain_over_base_rates_is_compared() -> None:
    harder = {**GOOD, "log_loss": 0.60, "log_loss_of_base_rates": 0.80, "average_precision": 0.2}
    assert failures(harder, GOOD, same_rows=False) == []
    [found] = failures({**harder, "log_loss": 0.70}, GOOD, same_rows=False)
    assert "explains 12.5% of its base rates' log loss, the champion 25.0%" in found


def test_uplift_has_to_rank_better_than_chance_and_than_the_champion() -> None:
    assert failures({"qini": 0.02}, None, same_rows=False) == []
    assert failures({"qini": 0.02}, {"qini": 0.03}, same_rows=False) == []
    assert "no better than contacting at random" in failures({"qini": -0.001}, None, same_rows=False)[0]
    assert "the champion's 0.03000" in failures({"qini": 0.02}, {"qini": 0.03}, same_rows=True)[0]
