"""Whom heads select, by hand and as built in."""

from collections.abc import Mapping

import numpy as np
import pytest

from training.answers import Answers
from training.selection import Selection, highest, selected, selections


def made(
    probabilities: np.ndarray, groups: Mapping[str, np.ndarray], labels: np.ndarray | None = None
) -> Answers:
    rows, heads = probabilities.shape
    return Answers(
        tuple(f"head{place}" for place in range(heads)),
        np.arange(rows),
        np.full(rows, "2024-01-01", dtype=object),
        np.zeros(probabilities.shape) if labels is None else labels,
        probabilities,
        np.full(heads, 0.1),
        groups,
    )


def by(found: list[Selection]) -> dict[tuple[str, str], Selection]:
    return {(one.head, one.group): one for one in found}


def test_each_head_selects_among_those_it_is_known_of() -> None:
    labels = np.zeros((20, 2))
    labels[10:, 1] = np.nan
    first, second = selected(made(np.arange(40.0).reshape(20, 2), {}, labels))
    assert (first.head, first.customer[first.share > 0].tolist()) == ("head0", [18, 19])
    assert (second.head, second.customer[second.share > 0].tolist()) == ("head1", [9])
    assert second.share.shape == (10,)


def test_rows_that_tie_share_the_last_places() -> None:
    scores = np.array([0.9] + [0.5] * 4 + [0.1] * 15)
    assert highest(scores).tolist() == [1.0] + [0.25] * 4 + [0.0] * 15
    assert highest(np.full(50, 0.3)) == pytest.approx(0.1)
    assert not highest(np.full(4, 0.3)).any()


def test_a_head_that_says_the_same_of_everybody_selects_all_alike_in_any_order() -> None:
    sex = np.repeat(np.array(["f", "m"], dtype=object), (300, 700))
    for one in selections(selected(made(np.full((1000, 1), 0.02), {"sex": sex})), ("sex",)):
        assert one.ratio.value == pytest.approx(1.0)


def test_a_flag_that_only_some_have_is_held_against_whoever_has_none() -> None:
    """The ten highest of a hundred: two of the fifty with the flag, eight of the others."""
    probabilities = np.full((100, 1), 0.1)
    probabilities[[0, 1, *range(50, 58)]] = 0.9
    flag = np.array(["yes"] * 50 + ["unknown"] * 50, dtype=object)
    found = by(selections(selected(made(probabilities, {"disabled": flag})), ("disabled",)))
    assert list(found) == [("head0", "yes")]
    assert found["head0", "yes"].ratio.value == pytest.approx(0.25)


def test_ratios_by_hand_leave_the_unknown_out() -> None:
    """The ten highest of a hundred: six of forty women, two of forty men, two of twenty unknown."""
    probabilities = np.full((100, 1), 0.1)
    sex = np.array(["f"] * 40 + ["m"] * 40 + ["unknown"] * 20, dtype=object)
    probabilities[[0, 1, 2, 3, 4, 5, 40, 41, 80, 81]] = 0.9
    found = by(selections(selected(made(probabilities, {"sex": sex})), ("sex", "age")))
    assert list(found) == [("head0", "f"), ("head0", "m")]
    assert found["head0", "f"].ratio.value == pytest.approx(3.0)
    assert found["head0", "m"].ratio.value == pytest.approx(1 / 3)
    assert all(one.small for one in found.values())


def test_heads_are_told_apart_and_only_of_groups_that_they_are_known_of() -> None:
    """One head selects women only, one men only; of the third only women are known."""
    random = np.random.default_rng(0)
    sex = np.where(np.arange(4000) % 2 == 0, "f", "m").astype(object)
    women, labels = (sex == "f").astype(float), np.zeros((4000, 3))
    labels[sex == "m", 2] = np.nan
    scores = random.uniform(size=(4000, 3)) + np.column_stack([women, 1 - women, women])
    found = by(selections(selected(made(scores, {"sex": sex}, labels)), ("sex",)))
    assert list(found) == [(f"head{place}", group) for place in (0, 1) for group in "fm"]
    for head, group in (("head0", "f"), ("head1", "m")):
        assert found[head, group].ratio.value == float("inf")
        assert found[head, group].ratio.low > 20
    for head, group in (("head0", "m"), ("head1", "f")):
        assert (found[head, group].ratio.value, found[head, group].rows) == (0.0, 2000)
        assert found[head, group].ratio.high < 0.05


def test_the_more_are_looked_at_the_surer_each_has_to_be() -> None:
    random = np.random.default_rng(0)
    sex = np.where(np.arange(2000) % 2 == 0, "f", "m").astype(object)
    scores = random.uniform(size=(2000, 12))
    many = by(selections(selected(made(scores, {"sex": sex})), ("sex",)))["head0", "f"].ratio
    one = by(selections(selected(made(scores[:, :1], {"sex": sex})), ("sex",)))["head0", "f"].ratio
    assert many.value == one.value
    assert many.low < one.low < one.high < many.high
