"""How versions are told apart and set side by side."""

from dataclasses import replace
from datetime import UTC, datetime

from features.vocabulary import CHALLENGER, CHAMPION, Model
from training.versions import TESTED_ON, Details, Version, compared, with_alias


def version(number: int, *aliases: str, **metrics: float) -> Version:
    moment = datetime(2024, 5, 1, 12, tzinfo=UTC)
    return Version(Model.CHURN, number, aliases, moment, "said", {"seed": "0"}, metrics, {"refitted": "true"})


def test_an_alias_finds_its_version() -> None:
    versions = [version(1), version(2, CHAMPION), version(3, CHALLENGER)]
    assert with_alias(versions, CHAMPION) is versions[1]
    assert with_alias(versions[:1], CHAMPION) is None


def test_sides_may_lack_a_metric_or_be_absent() -> None:
    found = compared(version(1, roc_auc=0.5), version(2, roc_auc=0.75, brier=0.1))
    assert found.rows == [
        {"metric": "brier", CHAMPION: None, CHALLENGER: 0.1, "difference": None},
        {"metric": "roc_auc", CHAMPION: 0.5, CHALLENGER: 0.75, "difference": 0.25},
    ]
    alone = compared(None, version(2, brier=0.1))
    assert alone.rows[0]["difference"] is None
    assert alone.same_rows


def test_rows_of_their_own_are_noted() -> None:
    one, two = version(1), replace(version(2), tags={TESTED_ON: "other rows"})
    assert not compared(one, two).same_rows
    assert "compares them on the same" in compared(one, two).note
    assert compared(two, two).note == ""


def test_a_listing_is_short_and_details_are_whole() -> None:
    one = version(1, CHAMPION, roc_auc=0.5, brier=0.1)
    listed = one.as_dict()
    assert listed["created"] == "2024-05-01T12:00:00+00:00"
    assert listed["roc_auc"] == 0.5
    assert "brier" not in listed
    assert Details(one).as_dict() == {
        **listed,
        "description": "said",
        "refitted": "true",
        "seed": "0",
        "brier": 0.1,
    }
