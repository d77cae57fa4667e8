"""Non-inferiority on answers whose truth is known."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from features.promotion_spec import PromotionSpec
from training.answers import Answers
from training.intervals import interval
from training.promotion.gates.case import Case, Side
from training.promotion.gates.quality import check, drawn
from training.uplift import choose
from training.uplift.trial import Trial

ROWS = 4000
RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.beta(1, 8, ROWS)
LABELS = (RANDOM.uniform(size=ROWS) < TRUTH).astype(float)
SHUFFLED = np.clip(TRUTH[RANDOM.permutation(ROWS)], 1e-3, 1)

Answering = Callable[..., Answers]


@pytest.fixture
def good(side: Side, answered: Answering) -> Side:
    """It says the truth."""
    return replace(side, answers=answered(LABELS, TRUTH))


@pytest.fixture
def flat(side: Side, answered: Answering) -> Side:
    """It says the base rate."""
    return replace(side, answers=answered(LABELS, np.full(ROWS, LABELS.mean())))


@pytest.fixture
def noise(side: Side, answered: Answering) -> Side:
    """It says the truth of somebody else."""
    return replace(side, answers=answered(LABELS, SHUFFLED))


def passed(challenger: Side, champion: Side | None, *, same: bool = True, margin: float = 0.05) -> list[bool]:
    case = Case(PromotionSpec(quality_margin=margin), challenger, champion, same_rows=same)
    return [finding.passed for finding in check(case)]


def test_the_truth_beats_the_base_rates_and_shuffled_truth_does_not(
    good: Side, flat: Side, noise: Side
) -> None:
    assert passed(good, None) == [True]
    assert passed(flat, None) == [True]  # no worse than base rates: it is them
    assert passed(noise, None) == [False]


def test_one_proven_worse_than_its_base_rates_is_refused_within_the_margin(
    side: Side, answered: Answering
) -> None:
    """It tells everybody another chance where all have the same; of fewer rows that is not proven."""
    random, rows = np.random.default_rng(5), 40_000
    labels = (random.uniform(size=rows) < 0.1).astype(float)
    told = np.clip(0.1 * np.exp(random.normal(0, 0.2, rows)), 0, 1)
    for number, proven in ((rows, True), (1000, False)):
        noisy = replace(side, answers=answered(labels[:number], told[:number]))
        [skill] = check(Case(PromotionSpec(), noisy))
        value, ends = skill.measured.split(" ", 1)
        low, high = (float(one) for one in ends.strip("[]").split(", "))
        assert -0.05 < low < float(value) < 0
        assert (high < 0, skill.passed) == (proven, not proven)
        assert skill.limit == "low >= -0.05, high >= 0"


def test_a_model_is_not_inferior_to_itself_even_without_margin(good: Side) -> None:
    assert passed(good, good, margin=0.0) == [True, True, True]


def test_a_clearly_worse_one_is_refused_and_a_better_one_passes(good: Side, flat: Side) -> None:
    assert passed(flat, good) == [True, False, False]
    assert passed(good, flat) == [True, True, True]


def test_one_proven_worse_is_refused_within_any_margin(good: Side) -> None:
    """All chances said too high in the same order: skill is lost for sure, ranking not at all."""
    assert good.answers is not None
    high = replace(good, answers=replace(good.answers, probabilities=good.answers.probabilities**0.8))
    limits = PromotionSpec(quality_margin=1.0, quality_lost_most=1.0)
    _, skill, ranking = check(Case(limits, high, good, same_rows=True))
    assert skill.measured.startswith("-0.03")
    assert (skill.passed, ranking.passed) == (False, True)


def test_of_a_champion_that_explains_little_little_may_be_lost(good: Side) -> None:
    """An eighth of the log loss is explained: a margin of 0.2 is more than all of it."""
    assert good.answers is not None
    few = good.answers.take(np.arange(ROWS) < 300)
    shrunk = replace(few, probabilities=(few.probabilities + few.base_rates) / 2)
    for share, passes in ((0.2, False), (1.0, True)):
        limits = PromotionSpec(quality_margin=0.2, quality_lost_most=share)
        case = Case(limits, replace(good, answers=shrunk), replace(good, answers=few), same_rows=True)
        _, skill, _ = check(case)
        assert skill.passed is passes


def test_on_other_rows_each_draws_its_own_so_that_little_is_proven(good: Side) -> None:
    assert passed(good, good, same=False, margin=0.0) == [True, False, False]
    [*_, ranking] = check(Case(PromotionSpec(), good, good))
    assert "own rows each" in ranking.gate


def contacts(seed: int, told: str, rows: int = 2000) -> choose.Tested:
    """A trial in which the sign of a feature says whom contacting brings or costs 30 of 100."""
    random = np.random.default_rng(seed)
    feature, treated = random.uniform(-1, 1, rows), random.random(rows) < 0.5
    outcome = (random.random(rows) < 0.5 + 0.3 * treated * np.sign(feature)).astype(float)
    trial = Trial(feature[:, None], treated, outcome, np.full(rows, 0.5), np.arange(rows))
    noise = random.normal(size=rows)
    uplift = {"truth": feature, "half": np.where(noise > 0, feature, noise), "nothing": noise}[told]
    return choose.Tested(trial, uplift, trial.folds(5, 0))


def uplift_of(side: Side, **told: str) -> Side:
    return replace(side, tested={action: contacts(1, one) for action, one in told.items()})


def test_every_action_has_to_be_shown_to_rank_effects(side: Side) -> None:
    """The point of the second is above 0, as half of all that rank nothing are."""
    assert contacts(1, "nothing").qini() > 0
    for told, passes in (("truth", True), ("nothing", False)):
        [found] = check(Case(PromotionSpec(), uplift_of(side, retain="truth", call=told)))
        assert found.passed is passes
        assert found.limit == "low > 0: shown to rank effects"
    assert found.measured.endswith("] call")
    [found] = check(Case(PromotionSpec(), side))
    assert (found.measured, found.passed) == ("not tested", False)


def test_an_uplift_is_compared_with_the_champions_on_the_same_contacts(side: Side) -> None:
    best, half = uplift_of(side, retain="truth"), uplift_of(side, retain="half")
    for challenger, champion, passes in ((best, best, True), (best, half, True), (half, best, False)):
        own, ahead = check(Case(PromotionSpec(), challenger, champion))
        assert own.passed
        assert (ahead.gate, ahead.passed) == ("quality: Qini over the champion's, same rows", passes)
    other = replace(side, tested={"retain": contacts(2, "truth")})
    _, ahead = check(Case(PromotionSpec(), best, other))
    assert (ahead.measured, ahead.passed) == ("not compared: other contacts", True)
    forged = replace(side, tested={}, evidence={"tested.parquet": "f" * 64})
    *_, ahead = check(Case(PromotionSpec(), best, forged))
    assert not ahead.passed
    assert "tested.parquet of the champion's version 1 differ" in ahead.measured


def test_actions_that_the_champion_has_and_the_challenger_lost_are_named(side: Side) -> None:
    """Those both have are compared; nothing in common is nothing to put in the champion's place."""

    def telling(*actions: str) -> Side:
        heads = tuple(replace(side.heads[0], name=action) for action in actions)
        return replace(uplift_of(side, **dict.fromkeys(actions, "truth")), heads=heads)

    both = telling("retain", "call")
    own, lost, ahead = check(Case(PromotionSpec(), telling("retain", "card"), both))
    assert (lost.measured, lost.passed) == ("1 of 2, without call", True)
    assert own.passed and ahead.gate == "quality: Qini over the champion's, same rows"
    _, lost, _ = check(Case(PromotionSpec(), telling("card"), both))
    assert (lost.measured, lost.passed) == ("0 of 2, without retain, call", False)
    assert len(list(check(Case(PromotionSpec(), both, telling("retain"))))) == 2


def test_never_tested_is_said(good: Side) -> None:
    assert good.answers is not None
    empty = replace(good, answers=good.answers.take(np.zeros(ROWS, dtype=bool)))
    [finding] = check(Case(PromotionSpec(), empty))
    assert (finding.measured, finding.passed) == ("no test rows", False)


def test_what_cannot_be_compared_is_said(good: Side) -> None:
    assert good.answers is not None
    for came, lacking in ((0.0, "positives"), (1.0, "negatives")):
        none = replace(good, answers=replace(good.answers, labels=np.full((ROWS, 1), came)))
        _, skill, ranking = check(Case(PromotionSpec(), none, none, same_rows=True))
        assert skill.measured.startswith("+0.0000")
        assert ranking.gate == "quality: roc_auc over the champion's, same rows"
        assert (ranking.measured, ranking.passed) == (f"not compared: no {lacking} in the test", True)


def test_the_interval_of_a_paired_difference_has_its_known_width(good: Side, flat: Side) -> None:
    """Of Brier scores: a mean of independent differences, whose standard error is known."""
    assert good.answers is not None
    assert flat.answers is not None
    found = interval(drawn(good.answers, 0)["brier"] - drawn(flat.answers, 0)["brier"])
    gaps = (TRUTH - LABELS) ** 2 - (LABELS.mean() - LABELS) ** 2
    assert found.value == pytest.approx(gaps.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * gaps.std() / np.sqrt(ROWS), rel=0.15)


def test_an_older_models_base_rate_does_not_count_for_it(good: Side) -> None:
    """The same answers are no worse beside those whose own base rate lies further off."""
    assert good.answers is not None
    stale = replace(good, answers=replace(good.answers, base_rates=good.answers.base_rates / 3))
    assert passed(good, stale, margin=0.0) == [True, True, True]


def test_only_common_heads_are_compared(good: Side, noise: Side) -> None:
    """A further product that nobody foretells takes nothing from the ones that both foretell."""
    assert good.answers is not None
    assert noise.answers is not None
    one, other = good.answers, noise.answers
    both = replace(
        one,
        heads=(*one.heads, "new"),
        labels=np.hstack([one.labels, other.labels]),
        probabilities=np.hstack([one.probabilities, other.probabilities]),
        base_rates=np.repeat(one.base_rates, 2),
    )
    case = Case(PromotionSpec(quality_margin=0.0), replace(good, answers=both), good, same_rows=True)
    assert [finding.passed for finding in check(case)][1:] == [True, True]
    apart = replace(good, answers=replace(one, heads=("another",)))
    *_, found = check(Case(PromotionSpec(), apart, good, same_rows=True))
    assert found.measured == "not compared: no head in common"
