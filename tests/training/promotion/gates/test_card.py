"""What a card lacks is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from training.answers import Answers
from training.promotion.gates.card import check
from training.promotion.gates.case import Case, Side


@pytest.fixture
def measured(
    side: Side, answered: Callable[..., Answers], case_of: Callable[..., Case]
) -> Callable[..., tuple[str, bool]]:
    """Of the whole card, changed; `spec` is what [promotion] says."""

    def check_card(spec: Any = None, *, tested: bool = True, **changes: Any) -> tuple[str, bool]:
        assert side.card is not None
        changed = replace(side, card=side.card.model_copy(update=changes))
        groups = {name: np.full(10, "x", dtype=object) for name in ("tier", "kind", "sex")}
        answers = answered(np.zeros(10), np.full(10, 0.1), groups) if tested else None
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


def test_contacts_are_not_parted_and_effects_not_grouped(measured: Callable[..., tuple[str, bool]]) -> None:
    without: dict[str, Any] = {"parts": (), "slices": (), "reliability": ()}
    assert measured(tested=False, **without) == ("complete", True)
    assert measured(tested=False, concepts=()) == ("missing: reasons", False)


def test_a_column_without_its_groups_is_named(side: Side, measured: Callable[..., tuple[str, bool]]) -> None:
    """A sensitive column that the bank keeps is asked for even if its test rows do not tell it."""
    assert side.card is not None
    sliced = tuple(one for one in side.card.slices if one.by != "kind")
    assert measured(slices=sliced) == ("missing: metrics by kind", False)
    assert measured(sensitive=("sex", "birthplace")) == ("missing: fairness by birthplace", False)


def test_base_rates_have_no_reasons(side: Side, case_of: Callable[..., Case]) -> None:
    assert side.card is not None
    alike = replace(side, heads=(replace(side.heads[0], booster=None),))
    [finding] = check(case_of(replace(alike, card=side.card.model_copy(update={"concepts": ()}))))
    assert (finding.measured, finding.passed) == ("complete", True)


def test_an_owner_is_asked_for_where_the_bank_asks(measured: Callable[..., tuple[str, bool]]) -> None:
    assert measured(owner=None) == ("complete", True)
    said, passed = measured({"owner_required": True}, owner=None)
    assert (passed, said) == (False, "missing: owner: name one in bank.toml's [owner] and train again")
    assert measured({"owner_required": True}) == ("complete", True)


def test_no_card_at_all(side: Side, case_of: Callable[..., Case]) -> None:
    [finding] = check(case_of(replace(side, card=None)))
    assert (finding.measured, finding.passed) == ("missing: the card itself", False)
