"""Every fault is put in words in both languages; below its threshold nothing is said."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from features.spec import BankSpec
from training.intervals import Interval
from training.monitor import findings as found
from training.monitor.drift import Moved
from training.monitor.estimate import Expected
from training.monitor.outcomes import Outcome
from training.monitor.retest import Retest
from training.monitor.tables import Watched
from training.monitor.two_sample import ToldApart

SPEC = BankSpec(
    folder=Path(),
    name="A Bank",
    tables={"customers": {"path": "c.csv"}},
    snapshots={"dates": (date(2024, 1, 1),)},
)
ONE, GOOD = Interval(1.0, 0.9, 1.1), Interval(0.8, 0.75, 0.85)


def table(**changed: object) -> Watched:
    given = {
        "name": "balances",
        "missing": False,
        "newest": date(2024, 1, 1),
        "silent_days": 1,
        "silent_most": 3.0,
        "span_days": 30,
        "rows": 100,
        "rows_least": 50.0,
        "rows_most": 200.0,
    }
    return Watched(**{**given, **changed})  # type: ignore[arg-type] # named one by one


def outcome(times: Interval = ONE, auc: Interval = GOOD) -> Outcome:
    return Outcome(date(2024, 1, 1), 1000, 50, 0.05, 0.05 * times.value, times, auc, ONE, ONE, ONE)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, ""),
        ({"missing": True}, "table balances: missing"),
        ({"silent_days": 40}, "stale: newest row 2024-01-01, 40 days ago; at most 3 usually"),
        ({"rows": 10}, "10 rows in 30 days; 50–200 expected"),
        ({"rows": 500}, "500 rows in 30 days"),
    ],
)
def test_tables(changed: dict[str, object], told: str) -> None:
    lines = found.of_tables([table(**changed)])
    assert [one.subject for one in lines] == (["balances"] if told else [])
    assert all(told in one.en and one.zh.startswith("balances 表") for one in lines)


def test_columns_scores_and_nulls() -> None:
    moved = [Moved("income", 0.5, 0.0, 0.25, 0.0, 0.9), Moved("visits", 0.1, 0.0, 0.25, 0.0, 0.9)]
    assert found.of_columns("churn", moved)[0].en == "churn: features have drifted: income (PSI 0.50 > 0.25)"
    assert found.of_scores("churn", moved)[0].subject == "income"
    assert found.of_nulls("churn", moved, 0.2)[0].en == "churn: values are missing: income (0% → 90%)"
    still = moved[1:]
    assert not [*found.of_columns("m", still), *found.of_scores("m", still), *found.of_nulls("m", still, 0.2)]


def test_features_that_are_built_no_more() -> None:
    [one] = found.of_features("churn", [f"f{n}" for n in range(9)])
    assert (one.matter, one.subject) == ("data", "f0")
    assert "churn: 9 of its features are not built any more: f0, f1, f2, f3, f4, +4; nobody can be" in one.en
    assert ("9 个特征" in one.zh, "f0" in one.zh) == (True, True)
    assert not found.of_features("churn", [])


def test_products_that_left_the_catalogue_and_that_are_new() -> None:
    gone, unknown = found.of_products("propensity", ["fund"], ["loan"])
    assert gone.en == "propensity: products that are no longer in the catalogue are scored: fund"
    assert unknown.en == "propensity: products of the catalogue are not scored: loan"
    assert ("fund" in gone.zh, "loan" in unknown.zh) == (True, True)
    assert not found.of_products("propensity", [], [])


def test_many_names_are_counted() -> None:
    moved = [Moved(f"f{n}", 0.5, 0.0, 0.25, 0.0, 0.0) for n in range(9)]
    assert found.of_columns("churn", moved)[0].en.endswith(", +4")


def test_a_classifier_that_tells_more_than_usual() -> None:
    test = ToldApart(Interval(0.9, 0.88, 0.92), 0.6, (("income", 0.7), ("visits", 0.3)))
    assert "by income, visits" in found.of_test("churn", test, 0.8)[0].en
    assert not found.of_test("churn", ToldApart(test.auc, 0.95, test.columns), 0.8)
    assert not found.of_test("churn", None, 0.8)


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
    lines = found.of_outcomes(SPEC, "churn", [outcome(), outcome(times, auc)], 0.82, 1.0)
    assert [one.subject for one in lines] == subjects
    assert not found.of_outcomes(SPEC, "churn", [], 0.82, 3.0)


@pytest.mark.parametrize(
    ("lift", "told"),
    [
        (Interval(2.5, 2.2, 2.8), ""),
        (Interval(2.0, 1.5, 2.5), ""),  # chance may do that
        (Interval(2.0, 1.7, 2.3), "lift at 10 % at 2024-01-01 is 2.00 [1.70, 2.30], 3.00 when tested"),
    ],
)
def test_a_lift_that_fell(lift: Interval, told: str) -> None:
    lines = found.of_outcomes(SPEC, "churn", [replace(outcome(), lift_at_10pct=lift)], 0.8, 3.0)
    assert [one.en for one in lines] == ([f"churn: {told}"] if told else [])
    assert not found.of_outcomes(SPEC, "churn", [replace(outcome(), lift_at_10pct=lift)], 0.8, None)


def test_scores_that_promise_less() -> None:
    then, now = (Expected(1000, ONE, Interval(auc, auc - 0.02, auc + 0.02), ONE) for auc in (0.8, 0.6))
    assert (
        "promise a ROC-AUC of 0.600, 0.800 when tested" in found.of_estimate(SPEC, "churn", then, now)[0].en
    )
    assert not found.of_estimate(SPEC, "churn", then, then)
    assert not found.of_estimate(SPEC, "churn", None, now)


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
    lines = found.of_promises(SPEC, "churn", promising(), now, again=AGAIN, outcomes=[])
    assert [told in one.en and one.matter == "quality" for one in lines] == ([True] if told else [])


def test_whom_a_label_is_known_of_promise_otherwise_than_all() -> None:
    half = replace(AGAIN, rate_times=0.5, lift_times=0.5)
    now = promising(rate=Interval(0.05, 0.045, 0.055), lift=Interval(1.5, 1.3, 1.7))
    assert not found.of_promises(SPEC, "churn", promising(), now, again=half, outcomes=[])
    assert len(found.of_promises(SPEC, "churn", promising(), now, again=AGAIN, outcomes=[])) == 2
    assert not found.of_promises(SPEC, "churn", promising(), now, again=None, outcomes=[])


def test_a_rate_that_was_borne_out_since_is_no_fault() -> None:
    now = promising(rate=Interval(0.2, 0.18, 0.22))
    seen = replace(outcome(), promised=0.19)
    wrong = replace(seen, times=Interval(0.5, 0.4, 0.6))
    assert not found.of_promises(SPEC, "churn", promising(), now, again=AGAIN, outcomes=[seen])
    assert found.of_promises(SPEC, "churn", promising(), now, again=AGAIN, outcomes=[wrong])


def test_a_test_snapshot_that_was_restated() -> None:
    [one] = found.of_retest("churn", replace(AGAIN, psi=0.9))
    assert (one.matter, one.subject) == ("data", "restated")
    assert "test snapshot 2024-01-01 scores otherwise than it did when the model was tested" in one.en
    assert "PSI 0.90 > 0.25" in one.en
    assert not [*found.of_retest("churn", AGAIN), *found.of_retest("churn", replace(AGAIN, psi=None))]
    assert not found.of_retest("churn", None)
