"""What comes true otherwise than promised is told, head by head too; what chance may do is not."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from features.spec import BankSpec
from training.intervals import Interval
from training.monitor import quality
from training.monitor.by_head import ByHead
from training.monitor.estimate import Expected
from training.monitor.outcomes import Outcome
from training.monitor.retest import Retest

SPEC = BankSpec(
    folder=Path(),
    name="A Bank",
    tables={"customers": {"path": "c.csv"}},
    snapshots={"dates": (date(2024, 1, 1),)},
)
ONE, GOOD = Interval(1.0, 0.9, 1.1), Interval(0.8, 0.75, 0.85)


def outcome(times: Interval = ONE, auc: Interval = GOOD) -> Outcome:
    return Outcome(date(2024, 1, 1), 1000, 50, 0.05, 0.05 * times.value, times, auc, ONE, ONE, ONE)


@pytest.mark.parametrize(
    ("times", "auc", "subjects"),
    [
        (ONE, Interval(0.8, 0.75, 0.85), []),
        (Interval(1.5, 1.1, 1.9), Interval(0.7, 0.6, 0.8), []),  # chance may do that
        (Interval(2.0, 1.6, 2.4), Interval(0.8, 0.75, 0.85), ["calibration"]),
        (Interval(0.5, 0.4, 0.6), Interval(0.6, 0.55, 0.65), ["calibration", "roc_auc"]),
    ],
)
def test_what_came_true_otherwise(times: Interval, auc: Interval, subjects: list[str]) -> None:
    lines = quality.of_outcomes(SPEC, "churn", [outcome(), outcome(times, auc)], 0.82, 1.0)
    assert [one.subject for one in lines] == subjects
    assert not quality.of_outcomes(SPEC, "churn", [], 0.82, 3.0)


@pytest.mark.parametrize(
    ("lift", "told"),
    [
        (Interval(2.5, 2.2, 2.8), ""),
        (Interval(2.0, 1.5, 2.5), ""),  # chance may do that
        (Interval(2.0, 1.7, 2.3), "lift at 10 % at 2024-01-01 is 2.00 [1.70, 2.30], 3.00 when tested"),
    ],
)
def test_a_lift_that_fell(lift: Interval, told: str) -> None:
    lines = quality.of_outcomes(SPEC, "churn", [replace(outcome(), lift_at_10pct=lift)], 0.8, 3.0)
    assert [one.en for one in lines] == ([f"churn: {told}"] if told else [])
    assert not quality.of_outcomes(SPEC, "churn", [replace(outcome(), lift_at_10pct=lift)], 0.8, None)


def test_heads_apart_from_the_whole() -> None:
    times = {"card": ONE, "loan": Interval(2.6, 2.1, 3.2), "fund": Interval(0.2, 0.1, 0.3)}
    fall = {"card": Interval(0.2, 0.04, 0.36), "loan": Interval(0.2, 0.1, 0.3)}
    newest = replace(outcome(), by_head=ByHead(times, fall))
    off, worse = quality.of_heads(SPEC, "propensity", [outcome(), newest])
    assert (off.matter, off.subject) == ("quality", "fund")  # the furthest
    assert off.en == (
        "propensity: at 2024-01-01 2 of 3 heads came true otherwise than promised, times: "
        "fund 0.20 [0.10, 0.30], loan 2.60 [2.10, 3.20]"
    )
    assert worse.en.endswith("1 of 2 heads is lower than when tested, by: loan 0.200 [0.100, 0.300]")
    assert ("2/3" in off.zh, "1/2" in worse.zh) == (True, True)
    assert not quality.of_heads(SPEC, "propensity", [newest, outcome()])
    assert not quality.of_heads(SPEC, "propensity", [])


def test_scores_that_promise_less() -> None:
    then, now = (Expected(1000, ONE, Interval(auc, auc - 0.02, auc + 0.02), ONE) for auc in (0.8, 0.6))
    assert (
        "promise a ROC-AUC of 0.600, 0.800 when tested" in quality.of_estimate(SPEC, "churn", then, now)[0].en
    )
    assert not quality.of_estimate(SPEC, "churn", then, then)
    assert not quality.of_estimate(SPEC, "churn", None, now)


RATE, LIFT = Interval(0.1, 0.09, 0.11), Interval(3.0, 2.6, 3.4)
AGAIN = Retest(date(2024, 1, 1), 1000, "churn", 0.1, 0.25, 1.0, 1.0)


def promising(rate: Interval = RATE, lift: Interval = LIFT) -> Expected:
    return Expected(1000, rate, GOOD, lift)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (promising(), ""),
        (promising(rate=Interval(0.14, 0.124, 0.156)), ""),  # chance may do that
        (
            promising(rate=Interval(0.15, 0.13, 0.17)),
            "15.00% come true, 1.50 [1.30, 1.70] times what they did",
        ),
        (
            promising(rate=Interval(0.06, 0.05, 0.07)),
            "6.00% come true, 0.60 [0.50, 0.70] times what they did",
        ),
        (promising(lift=Interval(2.0, 1.5, 2.5)), ""),
        (promising(lift=Interval(2.0, 1.7, 2.3)), "promise a lift at 10 % of 2.00, 3.00 when tested"),
    ],
)
def test_scores_that_promise_another_rate_or_less_lift(now: Expected, told: str) -> None:
    lines = quality.of_promises(SPEC, "churn", promising(), now, again=AGAIN, outcomes=[])
    assert [told in one.en and one.matter == "quality" for one in lines] == ([True] if told else [])


def test_whom_a_label_is_known_of_promise_otherwise_than_all() -> None:
    half = replace(AGAIN, rate_times=0.5, lift_times=0.5)
    now = promising(rate=Interval(0.05, 0.045, 0.055), lift=Interval(1.5, 1.3, 1.7))
    assert not quality.of_promises(SPEC, "churn", promising(), now, again=half, outcomes=[])
    assert len(quality.of_promises(SPEC, "churn", promising(), now, again=AGAIN, outcomes=[])) == 2
    assert not quality.of_promises(SPEC, "churn", promising(), now, again=None, outcomes=[])


def test_a_rate_that_was_borne_out_since_is_no_fault() -> None:
    now = promising(rate=Interval(0.2, 0.18, 0.22))
    seen = replace(outcome(), promised=0.19)
    wrong = replace(seen, times=Interval(0.5, 0.4, 0.6))
    assert not quality.of_promises(SPEC, "churn", promising(), now, again=AGAIN, outcomes=[seen])
    assert quality.of_promises(SPEC, "churn", promising(), now, again=AGAIN, outcomes=[wrong])
