"""A card's facts are the trained model's, and the files' as they are stored."""

import hashlib
import shlex

import numpy as np

from features.contract import FeatureColumn, ModelContract, model_digest
from features.spec import BankSpec
from features.vocabulary import Model
from training.card.card import read_card
from training.card.facts import by_concept
from training.dataset import History
from training.pipeline import train


def test_what_was_trained_is_told(bank: BankSpec, signal_store: History) -> None:
    result = train(bank, Model.CHURN, store=signal_store)
    folder = next(bank.state.glob("mlartifacts/**/contract.json")).parent
    card = read_card(folder)
    assert card is not None
    assert (card.model, card.version, card.fingerprint) == ("churn", 1, "f" * 64)
    assert card.metrics == dict(result.metrics)
    assert {part.part: part.rows for part in card.parts} == dict(result.rows)
    test = card.part("test")
    assert test is not None
    assert test.snapshots == ("2024-07-01",)
    assert card.importance["signal"] == 1.0  # the word is everybody's
    assert np.isclose(sum(card.concepts.values()), 1)
    [head] = card.heads
    assert (head.name, head.leaves) == ("churn", card.leaves)
    assert head.leaves > head.trees > 0


def test_the_files_can_be_made_again_and_checked(bank: BankSpec, signal_store: History) -> None:
    train(bank, Model.CHURN, store=signal_store)
    folder = next(bank.state.glob("mlartifacts/**/contract.json")).parent
    card = read_card(folder)
    assert card is not None
    told = card.rebuilding
    assert set(told.files) == {"contract.json", "model.lgb"}
    for name, digest in told.files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    contract = ModelContract.model_validate_json((folder / "contract.json").read_bytes())
    assert told.digest == model_digest(folder, contract)
    assert shlex.split(told.command) == [
        *("nextbest", "models", str(bank.folder)),
        *("rebuild", "churn", "--version", "1"),
    ]


def test_a_comparison_belongs_by_halves_to_what_it_compares() -> None:
    columns = (
        FeatureColumn(name="balances_now"),
        FeatureColumn(name="visits_now"),
        FeatureColumn(name="more", compares=("balances_now", "visits_now")),
    )
    contract = ModelContract(
        model="churn",
        feature_service="churn-1",
        columns=columns,
        heads=(),
        gap_days=0,
        horizon_days=90,
        train_snapshots=(),
        fingerprint="f",
    )
    found = by_concept({"balances_now": 0.5, "visits_now": 0.1, "more": 0.4}, contract)
    assert list(found) == ["balances", "visits"]
    assert np.allclose(list(found.values()), [0.7, 0.3])
