"""Simple rules answer the rates of what they look at, and only what the training rows told them."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from training.baselines import base_rates, learn_rules, rule_names, rules_wanted
from training.dataset import Rows
from training.metrics.discrimination import roc_auc


def rows(labels: np.ndarray, days: list[float], tiers: list[str | None]) -> Rows:
    matrix = np.column_stack([days, np.full(len(days), np.nan)]).astype(float)
    features = (("transactions_days_since_last", "number"), ("tier", "text"))
    heads = tuple(f"head{place}" for place in range(labels.shape[1]))
    return Rows(
        features, heads, pa.table({}), matrix, pa.table({"tier": pa.array(tiers, pa.string())}), labels
    )


def test_tier_answers_each_tiers_own_rate() -> None:
    labels = np.array([[1.0]] * 3 + [[0.0]] * 7)
    train = rows(labels, [0.0] * 10, ["dormant"] * 4 + ["valuable"] * 5 + [None])
    found = learn_rules(train)["tier"](rows(labels[:3], [0.0] * 3, ["dormant", "valuable", "unheard of"]))
    assert found[:, 0] == pytest.approx([(3 + 0.3) / 5, (0 + 0.3) / 6, 0.3])


def test_recency_ranks_by_days_unseen_and_is_calibrated() -> None:
    random = np.random.default_rng(0)
    days = random.exponential(50, size=4000)
    labels = (random.uniform(size=4000) < days / (days + 150)).astype(float)[:, None]
    train = rows(labels, days.tolist(), ["valuable"] * 4000)
    answered = learn_rules(train)["recency"](train)[:, 0]
    assert roc_auc(labels[:, 0], answered) == pytest.approx(roc_auc(labels[:, 0], days))
    assert answered.mean() == pytest.approx(labels.mean(), abs=0.01)
    never = learn_rules(train)["recency"](rows(labels[:2], [np.nan, 1e9], ["valuable"] * 2))
    assert never[0, 0] >= answered.max()


def test_popularity_ranks_products_by_their_rate() -> None:
    labels = np.array([[1.0, 0.0], [0.0, 0.0], [np.nan, 1.0], [1.0, 0.0]])
    found = learn_rules(rows(labels, [1.0] * 4, ["dormant", "valuable"] * 2))
    assert list(found) == ["popularity", "popularity_by_tier"]
    assert found["popularity"](rows(labels[:1], [9.0], [None])).tolist() == [[2 / 3, 0.25]]
    assert base_rates(np.full((2, 1), np.nan)).tolist() == [0.0]


def test_what_is_unknown_or_the_same_of_all_makes_no_rule() -> None:
    labels = np.array([[1.0], [0.0], [0.0], [1.0]])
    nothing = rows(labels, [np.nan] * 4, [None] * 4)
    alike = rows(labels, [7.0, 7.0, np.nan, 7.0], ["dormant", None, "dormant", "dormant"])
    assert learn_rules(nothing) == learn_rules(alike) == {}
    twice = np.repeat(labels, 2, axis=1)
    assert list(learn_rules(rows(twice, [7.0] * 4, ["dormant"] * 4))) == ["popularity"]
    assert [rules_wanted(heads) for heads in (1, 2)] == [
        ("recency", "tier"),
        ("popularity", "popularity_by_tier"),
    ]


def test_recency_goes_by_the_first_column_that_differs() -> None:
    labels = np.array([[1.0], [0.0], [0.0], [1.0]])
    train = rows(labels, [np.nan] * 4, ["dormant"] * 4)
    seen = replace(
        train,
        features=(("transactions_days_since_last", "number"), ("balances_days_since_last", "number")),
        matrix=np.column_stack([np.full(4, np.nan), [90.0, 3.0, 5.0, 80.0]]),
    )
    assert not learn_rules(train)
    assert np.diff(learn_rules(seen)["recency"](seen)[[1, 2, 3, 0], 0]).min() >= 0


def test_rules_are_compared_wherever_a_fold_has_them() -> None:
    assert rule_names([{"tier": 0}, {}, {"recency": 0, "tier": 0}]) == ["tier", "recency"]
