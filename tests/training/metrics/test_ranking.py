"""MAP and recall against a plain reading of their definitions."""

import math

import numpy as np
import pytest

from training.metrics.ranking import map_at, recall_at

NAN = np.nan


def average_precision_by_hand(ranked: list[str], opened: set[str], k: int) -> float:
    hits, total = 0, 0.0
    for rank, product in enumerate(ranked[:k], start=1):
        if product in opened:
            hits += 1
            total += hits / rank
    return total / min(len(opened), k)


def test_hand_counted_customers() -> None:
    opened = np.array([[1, 0, 0, 1], [0, 0, 1, NAN], [0, 0, 0, 0]], dtype=float)
    scores = np.array([[0.9, 0.8, 0.1, 0.3], [0.5, 0.4, 0.3, 0.99], [0.1, 0.2, 0.3, 0.4]])
    # Hits at ranks 1 and 3; at rank 3, since the product held is not offered; nobody to count.
    assert map_at(opened, scores, 4) == pytest.approx(((1 + 2 / 3) / 2 + 1 / 3) / 2)
    assert map_at(opened, scores, 1) == pytest.approx((1 + 0) / 2)
    assert recall_at(opened, scores, 1) == pytest.approx((0.5 + 0) / 2)
    assert recall_at(opened, scores, 3) == pytest.approx(1.0)


def test_agrees_with_the_definition_on_random_customers() -> None:
    random = np.random.default_rng(3)
    products = [f"p{number}" for number in range(9)]
    opened = random.choice([0.0, 1.0, NAN], (200, 9), p=[0.7, 0.15, 0.15])
    scores = random.uniform(size=(200, 9))
    precisions, recalls = [], []
    for row, score in zip(opened, scores, strict=True):
        offered = [place for place in range(9) if not math.isnan(row[place])]
        ranked = [products[place] for place in sorted(offered, key=lambda place: -score[place])]
        taken = {products[place] for place in offered if row[place] == 1}
        if taken:
            precisions.append(average_precision_by_hand(ranked, taken, 7))
            recalls.append(len(taken & set(ranked[:3])) / len(taken))
    assert map_at(opened, scores, 7) == pytest.approx(np.mean(precisions))
    assert recall_at(opened, scores, 3) == pytest.approx(np.mean(recalls))


def test_nobody_opened_anything() -> None:
    nothing, scores = np.zeros((2, 3)), np.ones((2, 3))
    assert math.isnan(map_at(nothing, scores, 7))
    assert math.isnan(recall_at(nothing, scores, 7))
