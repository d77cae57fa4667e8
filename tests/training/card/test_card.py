"""A card survives its file; what is none is refused."""

from pathlib import Path

import pytest

from features.errors import BadInputError
from training.card.card import (
    BinFacts,
    Card,
    ConceptFacts,
    HeadFacts,
    Range,
    ReliabilityFacts,
    SliceFacts,
    finite,
    read_card,
)

WOMEN = SliceFacts(
    by="customer_sex",
    group="<b>women</b>",
    rows=12,
    positives=1,
    small=True,
    figures={"selection_ratio": Range(value=0.9, low=None, high=None)},
)


@pytest.fixture
def filled(card: Card) -> Card:
    """A card with something in each of its lists, a bound that is not known, and no owner."""
    bins = (BinFacts(rows=1000, predicted=0.08, observed=0.09, low=0.07, high=0.11),)
    told = {
        "owner": None,
        "heads": (
            HeadFacts(
                **{"name": "churn", "positives": 80, "base_rate": 0.09, "calibration": "platt"},
                **{"trees": 4, "leaves": 60, "num_leaves": 15, "extra_trees": False},
            ),
        ),
        "slices": (WOMEN,),
        "concepts": (ConceptFacts(name="balances", share=1.0, features={"balance": 0.7, "visits": 0.3}),),
        "reliability": (ReliabilityFacts(by="all", group="all", bins=bins),),
    }
    return card.model_copy(update=told)


def test_a_card_is_read_as_it_was_written(filled: Card, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(filled.model_dump_json())
    assert read_card(tmp_path) == filled
    assert filled.leaves == 60
    assert filled.of("customer_sex") == [WOMEN]
    assert filled.part("test") == filled.parts[0]
    assert filled.part("train") is None


def test_without_a_card_there_is_none(tmp_path: Path) -> None:
    assert read_card(tmp_path) is None


@pytest.mark.parametrize("text", ["{}", "not JSON", '{"model": "churn", "surprise": 1}'])
def test_what_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(BadInputError, match=r"card\.json: not a model card of this version; train again"):
        read_card(tmp_path)


def test_json_has_no_infinity() -> None:
    assert (finite(0.5), finite(float("nan")), finite(float("inf"))) == (0.5, None, None)
