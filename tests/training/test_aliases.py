"""The challenger's alias is moved and taken by who holds it now, one process at a time."""

from threading import Thread
from types import SimpleNamespace

from features.spec import BankSpec
from features.vocabulary import CHALLENGER, Model
from training.aliases import aliases_locked, challenge, challenge_no_more


class Registry:
    """A registry of models, as far as their aliases go."""

    def __init__(self, **aliases: str) -> None:
        self.aliases = {"churn": aliases}

    def get_registered_model(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(aliases=dict(self.aliases[name]))

    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        self.aliases[name][alias] = version

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        del self.aliases[name][alias]


def test_the_challenger_is_the_latest_version_whichever_training_ended_first() -> None:
    registry, held = Registry(), []
    for number in (9, 10, 9):
        challenge(registry, "churn", number)
        held.append(registry.aliases["churn"][CHALLENGER])
    assert held == ["9", "10", "10"]


def test_the_alias_is_taken_from_its_holder_alone() -> None:
    registry = Registry(challenger="3", champion="2")
    challenge_no_more(registry, "churn", 2)
    assert registry.aliases["churn"] == {"challenger": "3", "champion": "2"}
    challenge_no_more(registry, "churn", 3)
    challenge_no_more(registry, "churn", 3)
    assert registry.aliases["churn"] == {"champion": "2"}


def test_one_at_a_time_changes_the_aliases_of_a_model(spec: BankSpec) -> None:
    done: list[str] = []

    def change(model: Model) -> None:
        with aliases_locked(spec, model):
            done.append(model)

    with aliases_locked(spec, Model.CHURN):
        waiting = Thread(target=change, args=(Model.CHURN,))
        waiting.start()
        change(Model.PROPENSITY)
        waiting.join(0.2)
        assert done == ["propensity"]
    waiting.join()
    assert done == ["propensity", "churn"]
