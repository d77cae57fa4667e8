"""A tier fails only where chance does not explain it."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from features.contract import Calibration
from features.promotion_spec import PromotionSpec
from training.answers import Answers
from training.card.card import HeadFacts
from training.heads import FittedHead
from training.intervals import Interval
from training.promotion.gates.calibration import check, observed, observed_by_head
from training.promotion.gates.case import Case, Finding, Side
from training.slices import Slice, slices


def tier(value: float, low: float, high: float, *, small: bool = False, expected: float = 0.08) -> Slice:
    """A tier in which this share of the rows was expected to be positive."""
    gap = Interval(*((one - 1) * expected for one in (value, low, high)))
    figures = {"observed_to_expected": Interval(value, low, high), "calibration_gap": gap}
    return Slice("tier", "valuable", 500, 40, small, figures)


@pytest.mark.parametrize(
    ("found", "passes"),
    [
        (tier(1.1, 0.9, 1.3), True),
        (tier(2.0, 1.4, 2.6), True),
        (tier(2.0, 1.6, 2.4), False),
        (tier(0.4, 0.2, 0.6), False),
        (tier(9.0, 8.0, 10.0, small=True), True),
        (tier(0.0, 0.0, 0.0, expected=0.0015), True),  # 1.5 in a thousand were expected: a trifle
        (tier(0.0, 0.0, 0.0, expected=0.015), False),
        (tier(4.0, 3.0, 5.0, expected=0.002), True),
        (tier(9.0, 8.0, 10.0, expected=0.002), False),
    ],
)
def test_a_tier_is_held_against_its_interval(found: Slice, passes: bool) -> None:
    assert observed(found, PromotionSpec()).passed is passes


def said_and_come(side: Side, said: np.ndarray, true: np.ndarray, seed: int = 0) -> Case:
    """A model that says `said` of customers of whom `true` is true, of shape (rows, heads)."""
    rows, names = len(said), tuple(f"product{place}" for place in range(said.shape[1]))
    labels = (np.random.default_rng(seed).uniform(size=said.shape) < true).astype(float)
    snapshot = np.full(rows, "2024-01-01", dtype=object)
    answers = Answers(names, np.arange(rows), snapshot, labels, said, labels.mean(axis=0))
    heads = tuple(replace(side.heads[0], name=name) for name in names)
    challenger = replace(side, heads=heads, answers=answers)
    return Case(PromotionSpec(), challenger, sliced=slices(answers, seed=0, draws=50))


def found(case: Case) -> Mapping[str, Finding]:
    return {one.gate.removeprefix("calibration: observed / expected, "): one for one in check(case)}


def told(rows: int, mean: float, seed: int = 0) -> np.ndarray:
    """Chances of about `mean`, a few of them far higher, (rows, 1)."""
    odds = np.log(mean) - 0.7 + np.random.default_rng(seed).normal(0, 1.2, (rows, 1))
    return np.asarray(1 / (1 + np.exp(-odds)))


def test_a_rare_outcome_told_twice_too_often_fails(side: Side) -> None:
    """An error of three in a hundred is small beside 0.05, and all of what comes true."""
    true = told(6000, 0.025)
    failing = found(said_and_come(side, np.minimum(2.2 * true, 1), true))
    assert failing["calibration error"].measured < "0.05"
    assert [one.passed for one in failing.values()] == [False, False]
    assert 0.4 < float(failing["everyone"].measured.split()[0]) < 0.55
    assert all(one.passed for one in found(said_and_come(side, true, true)).values())


def test_errors_that_make_up_for_each_other_in_the_whole_fail_by_their_size(side: Side) -> None:
    """The mean is told to everybody in turn too high and too low: as many come true as was said, in all."""
    true = told(20000, 0.01)
    said = np.quantile(true, 1 - true.argsort(axis=0).argsort(axis=0) / len(true))
    error, everyone = found(said_and_come(side, said, true)).values()
    assert float(error.measured.split()[0]) < 0.05
    assert (error.passed, everyone.passed) == (False, True)


def test_of_few_positives_the_error_of_a_sound_model_is_chance(side: Side) -> None:
    """Often more than half of what comes true, and no reason to refuse."""
    refused = far = judged = 0
    for seed in range(40):
        true = told(700, 0.02, seed)
        case = said_and_come(side, true, true, seed)
        assert case.challenger.answers is not None
        if case.challenger.answers.labels.sum() >= 10:
            error, everyone = found(case).values()
            came = case.challenger.answers.labels.mean()
            far += float(error.measured.split()[0]) > 0.5 * came
            refused += not (error.passed and everyone.passed)
            judged += 1
    assert judged > 25
    assert far > 5
    assert refused == 0


def test_of_few_rows_no_more_is_asked_than_chance_gives(side: Side) -> None:
    """A hundred test rows err by more than 0.05 however sound the model is."""
    for seed in range(20):
        true = told(100, 0.3, seed)
        assert found(said_and_come(side, true, true, seed))["calibration error"].passed


def test_heads_that_make_up_for_each_other_are_named(side: Side) -> None:
    """One says three times too much, one less than half: together as many come true as was said."""
    one, other = told(20000, 0.045), told(20000, 0.02, 1)
    true = np.hstack([one / 3, other + one * 2 / 3])
    lines = found(said_and_come(side, np.hstack([one, other]), true))
    assert lines["everyone"].passed
    assert not lines["by head"].passed
    assert lines["by head"].limit == "0.50 to 2.00"
    assert "product0" in lines["by head"].measured
    assert lines["by head"].measured.endswith("product1, 2 of 2 outside")


def test_sound_models_of_many_heads_are_hardly_ever_refused(side: Side) -> None:
    """Twelve products, of some of which five are expected: each drifts by a fifth, none is proven wrong."""
    for seed in range(20):
        random = np.random.default_rng(seed)
        true = np.hstack([told(1500, mean, seed) for mean in np.geomspace(0.002, 0.05, 12)])
        said = np.clip(true * np.exp(random.normal(0, 0.2, 12)), 0, 1)
        assert found(said_and_come(side, said, true, seed))["by head"].passed


def test_only_what_was_learned_and_can_be_told_is_held(side: Side, answered: Callable[..., Answers]) -> None:
    """A base rate, what products like it do, and a head of few positives are the card's to tell."""
    assert side.card is not None
    true = np.repeat(told(4000, 0.02), 4, axis=1)
    case = said_and_come(side, true * [10, 10, 0.01, 1], true * [1, 1, 0.01, 1])
    flat = FittedHead("product0", None, Calibration(kind="identity"), 0.2, 3)
    lent = HeadFacts(
        name="product1", positives=3, base_rate=0.2, calibration="", trees=1, leaves=2, lenders=("product3",)
    )
    card = side.card.model_copy(update={"heads": (lent,)})
    heads = (flat, *case.challenger.heads[1:])
    line = found(replace(case, challenger=replace(case.challenger, heads=heads, card=card)))["by head"]
    assert line.passed
    assert line.measured.endswith("] product3")
    nothing = replace(case.challenger, heads=(flat,), card=card)
    assert found(replace(case, challenger=nothing))["by head"].measured.startswith("no head has enough")


def test_what_was_said_never_to_happen_and_does_is_infinitely_more_than_expected(side: Side) -> None:
    case = said_and_come(side, np.zeros((500, 2)), np.full((500, 2), 0.1))
    assert case.challenger.answers is not None
    ratios = observed_by_head(case.challenger.answers, {"product0"})
    assert (ratios["product0"].value, ratios["product0"].low) == (float("inf"), float("inf"))
    assert not found(case)["by head"].passed


def test_the_whole_is_held_by_the_low_end_of_its_calibration_error(
    answered: Callable[..., Answers], case_of: Callable[..., Case]
) -> None:
    figures = {"calibration_error": Interval(0.06, 0.04, 0.08), "observed_to_expected": Interval(1, 0.9, 1.1)}
    given = {"sliced": [Slice("all", "all", 500, 250, small=False, figures=figures)]}
    answers = answered(np.arange(500) % 2, np.full(500, 0.5))
    for limits, passes in (
        ({"calibration_error_most": 0.03}, False),
        ({"calibration_error_most": 0.05}, True),
        ({"calibration_error_share_most": 0.02}, False),  # one bin errs by 0.018 for chance, and 0.01 more
        ({"calibration_error_share_most": 0.1}, True),
    ):
        error, everyone = check(case_of(answers=answers, limits=limits, **given))
        assert error.passed is passes
        assert everyone.passed


def test_a_small_group_is_said_to_be_small() -> None:
    assert (
        observed(tier(9.0, 8.0, 10.0, small=True), PromotionSpec()).measured
        == "too small to be judged: 500 rows"
    )
