"""Promotions by real processes: at once, killed in the middle, approved by a second person."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from features.errors import BadInputError
from features.layout import load_layout, save_layout
from features.spec import BankSpec, ChurnSpec, WindowSpec
from features.vocabulary import CHALLENGER, CHAMPION, Model
from training import registry
from training.dataset import History
from training.pipeline import train
from training.promotion.promote import RefusedError, history, promote, rollback
from training.versions import with_alias

PROGRAM = '''
"""Promote a version in a process of its own, by the features of tests/training/conftest.py."""
import os, signal, sys, time
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.spec import read_spec
from features.vocabulary import Model
from training import registry
from training.promotion.promote import promote

bank, number, dies = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
SIGNAL = np.random.default_rng(0).normal(size=400)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Store:
    """Answers when told to: by then the champion to be compared with is known."""

    def historical(self, service_name, entities):
        (bank / f"{number}.compares").touch()
        while not (bank / "go").exists():
            time.sleep(0.01)
        values = SIGNAL[entities["customer_id"].to_numpy()]
        return pa.table({"signal": values, "word": ["a"] * len(values)})


class Client:
    """The registry's, killed before or after the champion changes."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def set_registered_model_alias(self, *given):
        if dies == "before":
            die()
        self.inner.set_registered_model_alias(*given)
        if dies == "after":
            die()


opened = registry.open_client
registry.open_client = lambda spec: Client(opened(spec))
print(promote(read_spec(bank), Model.CHURN, number, store=Store()).said)
'''


def start(bank: BankSpec, number: int, dies: str = "never") -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-c", PROGRAM, str(bank.folder), str(number), dies]
    pipe = subprocess.PIPE
    return subprocess.Popen(arguments, stdout=pipe, stderr=pipe, text=True, cwd=Path(__file__).parents[3])


def let_go(bank: BankSpec, *numbers: int, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Once every process compares, and `meanwhile` is done, all may go on."""
    until = time.monotonic() + 120
    while not all((bank.folder / f"{number}.compares").exists() for number in numbers):
        assert time.monotonic() < until, "no process got as far as comparing"
        time.sleep(0.02)
    meanwhile()
    (bank.folder / "go").touch()


def champions(bank: BankSpec) -> list[int]:
    versions = registry.versions_of(bank, Model.CHURN)
    return [version.number for version in versions if CHAMPION in version.aliases]


@pytest.fixture
def trained(bank: BankSpec, signal_store: History) -> BankSpec:
    """A champion and a challenger as good."""
    for _ in range(2):
        train(bank, Model.CHURN, store=signal_store)
    assert champions(bank) == [1]
    return bank


def test_of_two_at_once_one_wins(trained: BankSpec, signal_store: History) -> None:
    train(trained, Model.CHURN, store=signal_store)
    both = [start(trained, number) for number in (2, 3)]
    let_go(trained, 2, 3)
    said = [process.communicate(timeout=120) for process in both]
    codes = [process.returncode for process in both]
    assert sorted(codes) == [0, 1], said
    won = 2 + codes.index(0)
    assert champions(trained) == [won]
    lost = said[codes.index(1)][1]
    assert f"champion: version {won}, must be version 1, as compared with" in lost
    assert [entry.kind for entry in history(trained, Model.CHURN)] == ["promotion", "promotion", "refusal"]


def test_a_promotion_leaves_a_challenger_registered_meanwhile(
    trained: BankSpec, signal_store: History
) -> None:
    process = start(trained, 2)
    let_go(trained, 2, meanwhile=lambda: train(trained, Model.CHURN, store=signal_store))
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert champions(trained) == [2]
    challenger = with_alias(registry.versions_of(trained, Model.CHURN), CHALLENGER)
    assert challenger is not None and challenger.number == 3


@pytest.mark.parametrize(("dies", "champion"), [("before", 1), ("after", 2)])
def test_killed_in_the_middle_there_is_one_champion(
    trained: BankSpec, signal_store: History, dies: str, champion: int
) -> None:
    process = start(trained, 2, dies)
    let_go(trained, 2)
    _, said = process.communicate(timeout=120)
    assert process.returncode == -9, said
    assert champions(trained) == [champion]
    promote(trained, Model.CHURN, store=signal_store)  # the lock went with the process
    assert champions(trained) == [2]
    assert with_alias(registry.versions_of(trained, Model.CHURN), CHALLENGER) is None
    assert rollback(trained, Model.CHURN) == "churn version 1 is the champion again, in place of version 2"


def test_back_to_a_version_whose_features_are_gone_is_refused(
    trained: BankSpec, signal_store: History
) -> None:
    """As scoring would refuse it: customers keep a champion that can answer."""
    promote(trained, Model.CHURN, store=signal_store)
    layout = load_layout(trained)
    [view] = layout.views
    fewer = tuple(feature for feature in view.features if feature.name != "word")
    gone = layout.model_copy(update={"views": (view.model_copy(update={"features": fewer}),)})
    save_layout(trained.state, gone)
    told = history(trained, Model.CHURN)
    with pytest.raises(BadInputError, match="churn/1 was trained on features that are not built: word; give"):
        rollback(trained, Model.CHURN)
    assert (champions(trained), history(trained, Model.CHURN)) == ([2], told)
    save_layout(trained.state, layout)
    rollback(trained, Model.CHURN)
    assert champions(trained) == [1]


def asking(bank: BankSpec, horizon: int) -> BankSpec:
    """The bank once its bank.toml asks for so many days."""
    return bank.model_copy(update={"window": WindowSpec(horizon_days=horizon)})


def test_a_changed_rule_of_leaving_is_a_question_of_its_own(trained: BankSpec, signal_store: History) -> None:
    inactive = trained.model_copy(update={"churn": ChurnSpec(rule="inactive", active_days=30)})
    asked = r"left by labels, must be .*, left by inactive \(active_days 30\): trained for another question"
    with pytest.raises(RefusedError, match=asked):
        promote(inactive, Model.CHURN, store=signal_store)
    assert champions(trained) == [1]


def test_a_changed_label_window_is_a_question_of_its_own(trained: BankSpec, signal_store: History) -> None:
    """The champion answers for 30 days: one of 20 days is promoted beside it, and only while 20 are asked."""
    shorter = asking(trained, 20)
    asked_again = "question: 30 days after a gap of 0, .*, must be 20 .*: trained for another question than"
    with pytest.raises(RefusedError, match=asked_again):
        promote(shorter, Model.CHURN, store=signal_store)
    train(shorter, Model.CHURN, store=signal_store)
    with pytest.raises(RefusedError, match=r"question: 20 days after a gap of 0, .*, must be 30 days"):
        promote(trained, Model.CHURN, store=signal_store)
    found = promote(shorter, Model.CHURN, store=signal_store)
    assert champions(trained) == [3]
    told = [one for one in found.findings if "champion" in one.gate]
    assert [one.measured for one in told] == [
        "not compared: the champion answers another question: 30 days after a gap of 0, left by labels"
    ]


def test_a_second_person_approves(trained: BankSpec, signal_store: History) -> None:
    careful = trained.model_copy(
        update={"promotion": trained.promotion.model_copy(update={"approval": True})}
    )
    with pytest.raises(RefusedError, match="approval: nobody yet: --approve NAME, must be a second person's"):
        promote(careful, Model.CHURN, store=signal_store)
    card = next(trained.state.glob("mlartifacts/**/card.json")).read_text()
    trainer = card.split('"trained_by": "')[1].split('"')[0]
    with pytest.raises(BadInputError, match="a second person has to approve"):
        promote(careful, Model.CHURN, store=signal_store, approve=trainer.upper())
    assert champions(trained) == [1]
    found = promote(careful, Model.CHURN, store=signal_store, approve="Somebody Else")
    assert found.rows()[-1] == {
        "gate": "approval",
        "measured": "Somebody Else",
        "limit": "a second person's",
        "passed": True,
    }
    assert champions(trained) == [2]
    entries = history(trained, Model.CHURN)
    assert [entry.kind for entry in entries] == ["promotion", "refusal", "approval", "promotion"]
    assert (entries[2].who, entries[2].by) == ("Somebody Else", trainer)  # who typed the name trained it


def test_who_approves_the_champion_is_recorded(trained: BankSpec) -> None:
    said = promote(trained, Model.CHURN, 1, approve=" Somebody Else ").said
    assert said == "churn version 1 is the champion already; approved by Somebody Else"
    *_, entry = history(trained, Model.CHURN)
    assert (entry.kind, entry.version, entry.who) == ("approval", 1, "Somebody Else")
    with pytest.raises(BadInputError, match="a second person has to approve"):
        promote(trained, Model.CHURN, 1, approve=entry.by)
    assert len(history(trained, Model.CHURN)) == 2
