"""Which question a model answers, and which bank.toml asks."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.contract import ModelContract
from features.question import THRESHOLDS, Question, question_asked
from features.spec import BankSpec, ChurnSpec, WindowSpec
from features.vocabulary import Model

WINDOW = WindowSpec(gap_days=14, horizon_days=60)


def bank(folder: Path, **given: Any) -> BankSpec:
    return BankSpec(
        folder=folder,
        name="A Bank",
        tables={"customers": {"path": "customers.csv"}},
        snapshots={"dates": (date(2024, 1, 1),)},
        window=WINDOW,
        **given,
    )


def test_a_contract_tells_its_question() -> None:
    contract = ModelContract(
        model="churn",
        feature_service="churn-1",
        columns=(),
        heads=(),
        gap_days=14,
        horizon_days=60,
        leaving="closed_all",
        train_snapshots=(),
        fingerprint="f",
    )
    assert contract.question == Question(WINDOW, "closed_all")
    assert str(contract.question) == "60 days after a gap of 14, left by closed_all"
    assert str(Question(WINDOW)) == "60 days after a gap of 14"


@pytest.mark.parametrize(("model", "gap"), [(Model.CHURN, 14), (Model.PROPENSITY, 14), (Model.UPLIFT, 0)])
def test_an_effect_is_asked_for_from_the_contact_on(tmp_path: Path, model: Model, gap: int) -> None:
    assert question_asked(bank(tmp_path), model) == Question(WindowSpec(gap_days=gap, horizon_days=60))


@pytest.mark.parametrize(
    ("churn", "told"),
    [
        ({"rule": "closed_all", "active_days": 30}, "closed_all"),
        ({"rule": "inactive", "active_days": 30, "drop_share": 0.5}, "inactive (active_days 30)"),
        (
            {"rule": "balance_drop", "minimum_balance": 1250500.5},
            "balance_drop (drop_share 0.8, minimum_balance 1250500.5, unreported_days 27)",
        ),
        (
            {"rule": "balance_drop", "minimum_balance": 1e6},
            "balance_drop (drop_share 0.8, minimum_balance 1000000, unreported_days 27)",
        ),
    ],
)
def test_leaving_is_told_with_what_the_rule_goes_by(tmp_path: Path, churn: dict[str, Any], told: str) -> None:
    asked = bank(tmp_path, churn=churn)
    assert question_asked(asked, Model.CHURN).leaving == told
    assert question_asked(asked, Model.UPLIFT).leaving == told
    assert question_asked(asked, Model.PROPENSITY).leaving is None


def test_no_threshold_is_left_out() -> None:
    told = {name for names in THRESHOLDS.values() for name in names}
    assert told == set(ChurnSpec.model_fields) - {"rule"}


def test_another_window_or_another_rule_is_another_question() -> None:
    asked = Question(WINDOW, "closed_all")
    assert not asked.differs(asked)
    assert asked.differs(Question(WindowSpec(horizon_days=60), "closed_all"))
    assert asked.differs(Question(WINDOW, "labels"))


def test_a_rule_that_is_not_known_is_no_other() -> None:
    """Of models registered before contracts told of it."""
    assert not Question(WINDOW).differs(Question(WINDOW, "closed_all"))
    assert not Question(WINDOW, "closed_all").differs(Question(WINDOW))
