"""Which days a model answers for, and which bank.toml asks for."""

from datetime import date
from pathlib import Path

import pytest

from features.contract import ModelContract
from features.label_window import in_words, window_asked
from features.spec import BankSpec, WindowSpec
from features.vocabulary import Model

WINDOW = WindowSpec(gap_days=14, horizon_days=60)


def test_a_contract_tells_its_window() -> None:
    contract = ModelContract(
        model="churn",
        feature_service="churn-1",
        columns=(),
        heads=(),
        gap_days=14,
        horizon_days=60,
        train_snapshots=(),
        fingerprint="f",
    )
    assert contract.window == WINDOW
    assert in_words(WINDOW) == "60 days after a gap of 14"


@pytest.mark.parametrize(("model", "gap"), [(Model.CHURN, 14), (Model.PROPENSITY, 14), (Model.UPLIFT, 0)])
def test_an_effect_is_asked_for_from_the_contact_on(tmp_path: Path, model: Model, gap: int) -> None:
    spec = BankSpec(
        folder=tmp_path,
        name="A Bank",
        tables={"customers": {"path": "customers.csv"}},
        snapshots={"dates": (date(2024, 1, 1),)},
        window=WINDOW,
    )
    assert window_asked(spec, model) == WindowSpec(gap_days=gap, horizon_days=60)
