"""Who is selected more or less than others, and told otherwise than it comes true: built in, and found."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from features.promotion_spec import PromotionSpec
from training.answers import Answers
from training.promotion.gates.case import Case, Finding, Side
from training.promotion.gates.fairness import check
from training.slices import slices
from training.uplift import choose
from training.uplift.slices import effect_slices
from training.uplift.trial import Trial

ROWS = 6000
SEX = np.where(np.arange(ROWS) % 2 == 0, "f", "m").astype(object)


def scored(women_over_men: float, seed: int = 0) -> np.ndarray:
    """Probabilities of which the highest tenth holds this many times as many women as men."""
    random = np.random.default_rng(seed)
    found = random.uniform(0.02, 0.2, ROWS)
    of_women = 0.2 * women_over_men / (1 + women_over_men)
    chosen = random.uniform(size=ROWS) < np.where(SEX == "f", of_women, 0.2 - of_women)
    found[chosen] = random.uniform(0.3, 0.6, chosen.sum())
    return found


def came_true(probabilities: np.ndarray, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(size=len(probabilities)) < probabilities


@pytest.fixture
def found(answered: Callable[..., Answers], case_of: Callable[..., Case]) -> Callable[..., list[Finding]]:
    def check_answers(probabilities: np.ndarray, labels: np.ndarray, sex: np.ndarray = SEX) -> list[Finding]:
        return list(check(case_of(answers=answered(labels, probabilities, {"sex": sex}))))

    return check_answers


def failed(findings: list[Finding]) -> list[str]:
    return [one.gate for one in findings if not one.passed]


def test_a_flag_that_none_selected_have_is_refused(found: Callable[..., list[Finding]]) -> None:
    said = np.random.default_rng(0).uniform(0.02, 0.2, ROWS)
    flag = np.where(SEX == "f", "disabled", "unknown").astype(object)
    said[SEX == "f"] /= 10
    assert failed(found(said, came_true(said), flag)) == [
        "fairness: selected at 10% over the others, sex disabled"
    ]


def test_a_column_that_became_no_feature_is_told(
    side: Side, case_of: Callable[..., Case], answered: Callable[..., Answers]
) -> None:
    assert side.card is not None
    said = scored(1.0)
    blind = replace(side, card=side.card.model_copy(update={"unaudited": ("postcode",)}))
    first, *_ = check(case_of(blind, answers=answered(came_true(said), said, {"sex": SEX})))
    assert first == Finding("fairness: postcode", "not known: it became no feature", "told", passed=True)


def test_alike_groups_pass_and_each_is_told_twice(found: Callable[..., list[Finding]]) -> None:
    said = scored(1.0)
    findings = found(said, came_true(said))
    assert [one.gate for one in findings] == [
        "fairness: selected at 10% over the others, sex f",
        "calibration: observed / expected, sex f",
        "fairness: selected at 10% over the others, sex m",
        "calibration: observed / expected, sex m",
    ]
    assert failed(findings) == []


@pytest.mark.parametrize(("ratio", "fair"), [(1.0, True), (1.2, True), (2.0, False), (0.5, False)])
def test_a_group_selected_twice_as_often_fails_and_so_does_the_other(
    found: Callable[..., list[Finding]], ratio: float, fair: bool
) -> None:
    said = scored(ratio)
    selections = [one for one in found(said, came_true(said)) if one.gate.startswith("fairness")]
    assert [one.passed for one in selections] == [fair, fair]
    measured = float(selections[0].measured.split()[0])
    assert measured == pytest.approx(ratio, rel=0.2)


def test_a_group_that_leaves_twice_as_often_as_was_said_fails(found: Callable[..., list[Finding]]) -> None:
    said = scored(1.0)
    labels = came_true(np.where(SEX == "f", np.minimum(2 * said, 1.0), said))
    assert failed(found(said, labels)) == ["calibration: observed / expected, sex f"]


def test_the_unknown_are_no_group_and_the_few_are_said_to_be_few(
    found: Callable[..., list[Finding]],
) -> None:
    said, sex = scored(1.0), SEX.copy()
    sex[:1000] = "unknown"
    sex[1000:1040] = "x"
    said[1000:1040] = 0.9  # all selected: forty people all the same
    findings = found(said, came_true(said), sex)
    assert not [one for one in findings if one.gate.endswith("unknown")]
    few = [one for one in findings if one.gate.endswith("sex x")]
    assert {(one.measured, one.passed) for one in few} == {("too small to be judged: 40 rows", True)}


@pytest.fixture
def offered(answered: Callable[..., Answers], case_of: Callable[..., Case]) -> Callable[..., list[Finding]]:
    """What is found of a product a column of scores, all of them coming true as was said."""

    def check_heads(said: np.ndarray, sex: np.ndarray = SEX) -> list[Finding]:
        one = answered(came_true(said[:, 0]), said[:, 0], {"sex": sex})
        heads = tuple(f"product{place}" for place in range(said.shape[1]))
        labels = np.column_stack([came_true(said[:, place], place) for place in range(len(heads))])
        rates = said.mean(axis=0)
        answers = replace(one, heads=heads, labels=labels.astype(float), probabilities=said, base_rates=rates)
        case = case_of(answers=answers, sliced=slices(answers, seed=0, draws=20))
        return [found for found in check(case) if found.gate.startswith("fairness")]

    return check_heads


def test_heads_that_favour_opposite_groups_do_not_make_up_for_each_other(
    offered: Callable[..., list[Finding]],
) -> None:
    """Pooled, both sexes are selected alike; of the others none is, by one head each."""
    random = np.random.default_rng(0)
    women = np.where(SEX == "f", 0.02, 0.0)
    said = 0.04 + 0.001 * random.uniform(size=(ROWS, 2)) + np.column_stack([women, 0.02 - women])
    female, male = offered(said)
    assert not female.passed
    assert not male.passed
    assert female.measured.startswith("inf [")
    assert "product0; 0.00 [0.00, 0.0" in female.measured
    assert female.measured.endswith("product1, 2 of 2 outside")


def test_heads_that_say_the_opposite_of_groups_than_comes_true_do_not_make_up_for_each_other(
    side: Side, answered: Callable[..., Answers], case_of: Callable[..., Case]
) -> None:
    """Of women three times as many of one product come true as is said, a third of the other."""
    random = np.random.default_rng(0)
    women, chance = (SEX == "f")[:, None], random.uniform(0.05, 0.15, (ROWS, 1))
    true = np.column_stack([np.where(women, chance * 3, chance), np.where(women, chance, chance * 3)])
    said = np.repeat(2 * chance, 2, axis=1)
    one = answered(came_true(true[:, 0]), said[:, 0], {"sex": SEX})
    names = ("card", "loan")
    labels = np.column_stack([came_true(true[:, place], place) for place in range(2)]).astype(float)
    told = {"heads": names, "labels": labels, "base_rates": labels.mean(axis=0)}
    for probabilities, passes in (
        (said, True),
        (said * [[1.0, 1.0]], True),
        (true, True),
        (true[:, ::-1], False),
    ):
        answers = replace(one, probabilities=probabilities, **told)
        challenger = replace(side, heads=tuple(replace(side.heads[0], name=name) for name in names))
        case = case_of(challenger, answers=answers, sliced=slices(answers, seed=0, draws=20))
        findings = {found.gate: found for found in check(case)}
        assert findings["calibration: observed / expected, sex f"].passed
        found = findings["calibration: observed / expected, by head, sex f"]
        assert found.passed is passes, found.measured


def test_one_head_of_twelve_is_named(offered: Callable[..., list[Finding]]) -> None:
    said = np.column_stack([scored(1.0, seed) for seed in range(11)] + [scored(0.5, 11)])
    female, male = offered(said)
    assert (female.passed, male.passed) == (False, False)
    assert female.measured.endswith("product11, 1 of 12 outside")
    assert "too small" not in female.measured


def test_fair_models_of_twelve_heads_and_many_groups_are_hardly_ever_refused(
    offered: Callable[..., list[Finding]],
) -> None:
    """Of forty-eight comparisons a model some lie outside the limits by chance; none is proven to."""
    far = refused = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        said, region = random.uniform(0.02, 0.3, (1500, 12)), random.choice(list("abcd"), 1500).astype(object)
        found = offered(said, region)
        far += any(not 0.8 <= float(one.measured.split()[0]) <= 1.25 for one in found)
        refused += any(not one.passed for one in found)
    assert far > 10
    assert refused == 0


def test_without_a_sensitive_column_that_is_told(
    side: Side, answered: Callable[..., Answers], case_of: Callable[..., Case]
) -> None:
    assert side.card is not None
    silent = replace(side, card=side.card.model_copy(update={"sensitive": ()}))
    for challenger in (silent, replace(side, card=None)):
        said = scored(9.0)
        case = case_of(challenger, answers=answered(came_true(said), said, {"sex": SEX}))
        assert [one.measured for one in check(case)] == ["no sensitive column to look at"]


def contacted(said: np.ndarray, effect: np.ndarray) -> choose.Tested:
    """Contacts of which half are treated: `effect` is what it adds to 0.3, `said` what was predicted."""
    random = np.random.default_rng(2)
    treated = random.random(ROWS) < 0.5
    outcome = (random.random(ROWS) < 0.3 + effect * treated).astype(float)
    half, customer = np.full(ROWS, 0.5), np.arange(ROWS)
    trial = Trial(np.empty((ROWS, 0)), treated, outcome, half, customer, groups={"sex": SEX})
    return choose.Tested(trial, said, trial.folds(5, 0))


@pytest.fixture
def acted(side: Side) -> Callable[..., list[Finding]]:
    """What is found of effects, by action."""

    def check_effects(**tested: choose.Tested) -> list[Finding]:
        challenger = replace(side, tested=tested)
        return list(check(Case(PromotionSpec(), challenger, sliced=effect_slices(tested, seed=0, draws=50))))

    return check_effects


def test_whom_an_action_would_reach_is_judged_action_by_action(acted: Callable[..., list[Finding]]) -> None:
    even = scored(1.0) - 0.05
    women = scored(4.0) - 0.05
    fair = acted(retain=contacted(even, even))
    assert [one.gate for one in fair] == [
        "fairness: selected at 10% over the others, sex f",
        "calibration: effect observed less predicted, sex f",
        "fairness: selected at 10% over the others, sex m",
        "calibration: effect observed less predicted, sex m",
    ]
    assert failed(fair) == []
    female, _, male, _ = acted(retain=contacted(even, even), call=contacted(women, women))
    assert not female.passed
    assert not male.passed
    assert female.measured.endswith("call, 1 of 2 outside")


def test_a_group_told_of_effects_that_do_not_come_fails(acted: Callable[..., list[Finding]]) -> None:
    said = np.random.default_rng(0).uniform(0.15, 0.25, ROWS)
    found = acted(retain=contacted(said, np.where(SEX == "f", said, 0.0)))
    assert failed(found) == ["calibration: effect observed less predicted, sex m"]


def test_without_anything_answered_there_is_nothing_to_look_at(
    side: Side, case_of: Callable[..., Case]
) -> None:
    assert list(check(case_of(side))) == []


def test_fair_models_of_few_customers_are_hardly_ever_refused(
    answered: Callable[..., Answers], case_of: Callable[..., Case]
) -> None:
    """Of 40 fair models tested on 600 customers, whose ratios are off by half for chance."""
    refused, far = 0, 0
    for seed in range(40):
        said = scored(1.0, seed)[:600]
        answers = answered(came_true(said, seed + 100), said, {"sex": SEX[:600]})
        sliced = slices(answers, seed=0, draws=100)
        findings = [one for one in check(case_of(answers=answers, sliced=sliced)) if "fairness" in one.gate]
        refused += any(not one.passed for one in findings)
        far += any(not 0.8 <= float(one.measured.split()[0]) <= 1.25 for one in findings)
    assert far > 10
    assert refused <= 2
