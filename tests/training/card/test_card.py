"""A card survives its file; what is none is refused."""

from pathlib import Path

import pytest

from features.errors import BadInputError
from training.card.card import (
    BinFacts,
    Card,
    ConceptFacts,
    HeadFacts,
    PartFacts,
    Range,
    Rebuilding,
    ReliabilityFacts,
    SliceFacts,
    finite,
    read_card,
)

WHOLE = SliceFacts(
    by="all",
    group="all",
    rows=1000,
    positives=90,
    small=False,
    figures={"roc_auc": Range(value=0.8123, low=0.75, high=0.85)},
)
WOMEN = SliceFacts(
    by="customer_sex",
    group="<b>women</b>",
    rows=12,
    positives=1,
    small=True,
    figures={"selection_ratio": Range(value=0.9, low=None, high=None)},
)
CARD = Card(
    model="churn",
    version=3,
    bank="A & B",
    purpose="To keep customers.",
    owner=None,
    trained_by="ada",
    trained_at="2024-05-01T00:00:00+00:00",
    fingerprint="f" * 64,
    feature_service="churn-1",
    features=2,
    gap_days=0,
    horizon_days=90,
    split="trained on Monday",
    refitted=False,
    tested_on="rows",
    parts=(PartFacts(part="test", rows=1000, positives=90, snapshots=("2024-01-01", "2024-02-01")),),
    heads=(HeadFacts(name="churn", positives=80, base_rate=0.09, calibration="platt", trees=4, leaves=60),),
    metrics={"roc_auc": 0.8123},
    slices=(WHOLE, WOMEN),
    sensitive=("customer_sex",),
    fairness_share=0.1,
    importance={"balance": 0.7, "visits": 0.3},
    concepts=(ConceptFacts(name="balances", share=1.0, features={"balance": 0.7, "visits": 0.3}),),
    reliability=(
        ReliabilityFacts(
            by="all",
            group="all",
            bins=(BinFacts(rows=1000, predicted=0.08, observed=0.09, low=0.07, high=0.11),),
        ),
    ),
    microseconds_a_row=4.5,
    limits=("It is young.",),
    notes=(),
    rebuilding=Rebuilding(
        command="nextbest models BANK rebuild churn --version 3",
        seed=0,
        settings={"learning_rate": 0.1, "monotone_constraints": [0, 1]},
        files={"contract.json": "a" * 64},
        digest="d" * 64,
        revision=None,
        versions={"lightgbm": "4.7.0"},
    ),
)


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(CARD.model_dump_json())
    assert read_card(tmp_path) == CARD
    assert CARD.leaves == 60
    assert CARD.of("customer_sex") == [WOMEN]
    assert CARD.part("test") == CARD.parts[0]
    assert CARD.part("train") is None


def test_without_a_card_there_is_none(tmp_path: Path) -> None:
    assert read_card(tmp_path) is None


@pytest.mark.parametrize("text", ["{}", "not JSON", '{"model": "churn", "surprise": 1}'])
def test_what_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(BadInputError, match=r"card\.json: not a model card of this version; train again"):
        read_card(tmp_path)


def test_json_has_no_infinity() -> None:
    assert (finite(0.5), finite(float("nan")), finite(float("inf"))) == (0.5, None, None)
