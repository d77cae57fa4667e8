"""A card's facts are the trained model's, and the files' as they are stored."""

import hashlib
import shlex
from dataclasses import replace

import numpy as np

from features.contract import ModelContract, model_digest
from features.fingerprint import fingerprint_bank, fingerprint_data
from features.spec import BankSpec
from features.vocabulary import Model
from training import registry
from training.answers import Answers
from training.card.card import read_card
from training.card.facts import reliability_facts, selection_facts
from training.dataset import History
from training.pipeline import train
from training.selection import selected


def test_what_was_trained_is_told(bank: BankSpec, signal_store: History) -> None:
    result = train(bank, Model.CHURN, store=signal_store)
    folder = next(bank.state.glob("mlartifacts/**/contract.json")).parent
    card = read_card(folder)
    assert card is not None
    as_it_is = fingerprint_bank(bank, fingerprint_data(bank))
    assert (card.model, card.version, card.fingerprint) == ("churn", 1, as_it_is)
    assert card.metrics == dict(result.metrics)
    assert {part.part: part.rows for part in card.parts} == dict(result.rows)
    test = card.part("test")
    assert test is not None
    assert test.snapshots == ("2024-07-01",)
    assert card.importance["signal"] == 1.0  # the word is everybody's
    assert [one.features for one in card.concepts] == [{"signal": 1.0}]
    assert [one.group for one in card.reliability] == ["all"]
    [head] = card.heads
    assert (head.name, head.leaves) == ("churn", card.leaves)
    assert head.leaves > head.trees > 0
    assert head.trees * head.num_leaves >= head.leaves
    assert (head.num_leaves, head.extra_trees) == (5, True)  # 250 to 299 customers left in training
    logged = registry.show_model(bank, Model.CHURN).version.parameters
    assert (logged["churn/num_leaves"], logged["churn/extra_trees"]) == ("5", "True")
    assert "num_leaves" not in logged


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


def test_reliability_is_everyones_and_each_tiers() -> None:
    random = np.random.default_rng(0)
    said = random.uniform(size=(2000, 2))
    labels = (random.uniform(size=said.shape) < said).astype(float)
    labels[:100, 1] = np.nan
    tier = np.array(["valuable", "dormant"] * 990 + ["unknown"] * 20, dtype=object)
    snapshot = np.full(2000, "2024-01-01", dtype=object)
    found = Answers(
        ("card", "loan"), np.arange(2000), snapshot, labels, said, np.full(2, 0.5), {"tier": tier}
    )
    whole, *tiers = reliability_facts(found)
    assert [(one.by, one.group) for one in tiers] == [("tier", "dormant"), ("tier", "valuable")]
    assert sum(one.rows for one in whole.bins) == 3900
    assert sum(one.rows for part in tiers for one in part.bins) == 3900 - 40
    held = [one.low <= one.predicted <= one.high for part in (whole, *tiers) for one in part.bins]
    assert np.mean(held) > 0.8  # the truth itself was said
    ungraded = reliability_facts(replace(found, groups={}))
    assert [one.group for one in ungraded] == ["all"]


def test_selection_is_told_of_every_head_and_sensitive_group() -> None:
    """The card is offered to women only: of the others none, which JSON has no number for."""
    random = np.random.default_rng(0)
    sex = np.array(["f", "m"] * 500, dtype=object)
    said = random.uniform(0.1, 0.4, (1000, 2))
    said[:, 0] += 0.5 * (sex == "f")
    day = np.full(1000, "2024-01-01", dtype=object)
    groups = {"sex": sex, "tier": sex}
    found = Answers(
        ("card", "loan"), np.arange(1000), day, np.zeros((1000, 2)), said, np.full(2, 0.5), groups
    )
    women, men, *loan = selection_facts(selected(found), ("sex",))
    assert (women.head, women.by, women.group, women.rows) == ("card", "sex", "f", 500)
    assert (women.value, women.high, men.value) == (None, None, 0.0)
    assert women.low is not None and women.low > 8
    assert [one.head for one in loan] == ["loan", "loan"]
