"""Every fault is put in words in both languages; below its threshold nothing is said."""

from dataclasses import replace
from datetime import date

import pytest

from features.question import Question
from features.spec import WindowSpec
from training.intervals import Interval
from training.monitor import findings as found
from training.monitor.drift import Moved
from training.monitor.listed import Ended
from training.monitor.retest import Retest
from training.monitor.tables import Watched
from training.monitor.two_sample import ToldApart


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


def test_a_list_of_snapshots_that_ended() -> None:
    [one] = found.of_list(Ended(date(2025, 1, 1), 697, 62.0), "my-bank")
    assert (one.matter, one.subject) == ("data", "snapshots")
    assert one.en.startswith("no snapshot is listed after 2025-01-01; 697 days ago, at most 62 usually: add")
    assert "`nextbest features my-bank`" in one.en
    assert "距今 697 天" in one.zh
    assert not found.of_list(None, "my-bank")


def test_features_that_are_built_no_more() -> None:
    [one] = found.of_features("churn", [f"f{n}" for n in range(9)])
    assert (one.matter, one.subject) == ("data", "f0")
    assert "churn: 9 of its features are not built any more: f0, f1, f2, f3, f4, +4; nobody can be" in one.en
    assert ("9 个特征" in one.zh, "f0" in one.zh) == (True, True)
    assert not found.of_features("churn", [])


def test_a_model_trained_for_another_question() -> None:
    trained = Question(WindowSpec(gap_days=7, horizon_days=90), "closed_all")
    asked = Question(WindowSpec(horizon_days=30), "inactive (active_days 90)")
    [one] = found.of_question("churn", trained, asked)
    assert (one.matter, one.model) == ("question", "churn")
    assert one.en == (
        "churn answers another question: trained for 90 days after a gap of 7, left by closed_all, "
        "bank.toml asks for 30 days after a gap of 0, left by inactive (active_days 90)"
    )
    assert "间隔 7 天后的 90 天，流失规则 closed_all" in one.zh
    assert not found.of_question("churn", None, asked)


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


AGAIN = Retest(date(2024, 1, 1), 1000, "churn", 0.1, 0.25, 1.0, 1.0)


def test_a_test_snapshot_that_was_restated() -> None:
    [one] = found.of_retest("churn", replace(AGAIN, psi=0.9))
    assert (one.matter, one.subject) == ("data", "restated")
    assert "test snapshot 2024-01-01 scores otherwise than it did when the model was tested" in one.en
    assert "PSI 0.90 > 0.25" in one.en
    assert not [*found.of_retest("churn", AGAIN), *found.of_retest("churn", replace(AGAIN, psi=None))]
    assert not found.of_retest("churn", None)
