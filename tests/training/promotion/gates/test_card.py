"""What a card lacks is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from training.answers import Answers
from training.promotion.gates.card import check
from training.promotion.gates.case import Case, Side
from training.uplift import choose
from training.uplift.trial import Trial


@pytest.fixture
def measured(
    side: Side, answered: Callable[..., Answers], case_of: Callable[..., Case]
) -> Callable[..., tuple[str, bool]]:
    """Of the whole card, changed; `spec` is what [promotion] says."""

    def check_card(spec: Any = None, **changes: Any) -> tuple[str, bool]:
        assert side.card is not None
        changed = replace(side, card=side.card.model_copy(update=changes))
        groups = {name: np.full(10, "x", dtype=object) for name in ("tier", "kind", "sex")}
        answers = answered(np.zeros(10), np.full(10, 0.1), groups)
        [finding] = check(case_of(changed, answers=answers, limits=spec))
        return finding.measured, finding.passed

    return check_card


def test_a_whole_card_is_complete(measured: Callable[..., tuple[str, bool]]) -> None:
    assert measured() == ("complete", True)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"purpose": ""}, "purpose"),
        ({"fingerprint": ""}, "fingerprint"),
        ({"metrics": {}}, "metrics"),
        ({"limits": ()}, "limits"),
        ({"parts": ()}, "parts"),
        ({"horizon_days": 0}, "windows"),
        ({"concepts": ()}, "reasons"),
        ({"reliability": ()}, "reliability"),
        ({"slices": ()}, "metrics by snapshot, metrics by tier, metrics by kind, fairness by sex"),
        ({"limits": (), "metrics": {}}, "metrics, limits"),
    ],
)
def test_what_is_missing_is_named(
    measured: Callable[..., tuple[str, bool]], changes: dict[str, Any], missing: str
) -> None:
    assert measured(**changes) == (f"missing: {missing}", False)


def test_the_command_to_rebuild_it_is_asked_for(
    side: Side, measured: Callable[..., tuple[str, bool]]
) -> None:
    assert side.card is not None
    without = side.card.rebuilding.model_copy(update={"command": ""})
    assert measured(rebuilding=without) == ("missing: the command to rebuild it", False)


@pytest.fixture
def of_effects(side: Side, case_of: Callable[..., Case]) -> Callable[..., tuple[str, bool]]:
    """Of a whole card of two actions' effects, changed."""
    heads = tuple(replace(side.heads[0], name=name) for name in ("retain", "cross_sell:card"))
    groups = {name: np.full(10, "x", dtype=object) for name in ("snapshot", "tier", "kind", "sex")}
    even = np.arange(10) % 2 == 0
    trial = Trial(np.empty((10, 0)), even, np.zeros(10), np.full(10, 0.5), np.arange(10), groups=groups)
    tested = {head.name: choose.Tested(trial, np.zeros(10), np.ones(10, int)) for head in heads}
    assert side.card is not None
    told = {
        name: tuple(
            one.model_copy(update={"head": head.name}) for head in heads for one in getattr(side.card, name)
        )
        for name in ("slices", "reliability")
    }

    def check_card(**changes: Any) -> tuple[str, bool]:
        assert side.card is not None
        changed = side.card.model_copy(update={**told, **changes})
        [finding] = check(case_of(replace(side, heads=heads, tested=tested, card=changed)))
        return finding.measured, finding.passed

    return check_card


def test_of_effects_the_same_is_asked(of_effects: Callable[..., tuple[str, bool]]) -> None:
    assert of_effects() == ("complete", True)
    assert of_effects(parts=()) == ("missing: parts", False)
    asked = "metrics by snapshot, metrics by tier, metrics by kind, fairness by sex"
    assert of_effects(slices=(), reliability=()) == (f"missing: reliability, {asked}", False)


def test_each_action_has_to_be_told(side: Side, of_effects: Callable[..., tuple[str, bool]]) -> None:
    assert side.card is not None
    one = tuple(slice.model_copy(update={"head": "retain"}) for slice in side.card.slices)
    said, passed = of_effects(slices=one)
    assert (passed, said.startswith("missing: metrics by snapshot")) == (False, True)


def test_a_column_without_its_groups_is_named(side: Side, measured: Callable[..., tuple[str, bool]]) -> None:
    """A sensitive column that the bank keeps is asked for even if its test rows do not tell it."""
    assert side.card is not None
    sliced = tuple(one for one in side.card.slices if one.by != "kind")
    assert measured(slices=sliced) == ("missing: metrics by kind", False)
    assert measured(sensitive=("sex", "birthplace")) == ("missing: fairness by birthplace", False)


def test_base_rates_have_no_reasons(
    side: Side, answered: Callable[..., Answers], case_of: Callable[..., Case]
) -> None:
    assert side.card is not None
    alike = replace(side, heads=(replace(side.heads[0], booster=None),))
    untold = replace(alike, card=side.card.model_copy(update={"concepts": ()}))
    [finding] = check(case_of(untold, answers=answered(np.zeros(10), np.full(10, 0.1))))
    assert (finding.measured, finding.passed) == ("complete", True)


def test_an_owner_is_asked_for_where_the_bank_asks(measured: Callable[..., tuple[str, bool]]) -> None:
    assert measured(owner=None) == ("complete", True)
    said, passed = measured({"owner_required": True}, owner=None)
    assert (passed, said) == (False, "missing: owner: name one in bank.toml's [owner] and train again")
    assert measured({"owner_required": True}) == ("complete", True)


def test_no_card_at_all(side: Side, case_of: Callable[..., Case]) -> None:
    [finding] = check(case_of(replace(side, card=None)))
    assert (finding.measured, finding.passed) == ("missing: the card itself", False)
