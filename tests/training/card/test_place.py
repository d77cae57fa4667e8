"""A card's page is found beside the bank, and none is told where there is none."""

from collections.abc import Callable
from dataclasses import replace

from features.contract import Calibration
from features.spec import BankSpec
from features.vocabulary import Model
from training import registry
from training.artifact import TrainedModel
from training.card.place import page_of
from training.heads import FittedHead

RARE = FittedHead("card", None, Calibration(kind="identity"), 0.01, 3)


def test_the_page_is_the_registered_versions(spec: BankSpec, trained_of: Callable[..., TrainedModel]) -> None:
    model = trained_of(RARE)
    registry.register(spec, model)
    number = registry.register(spec, replace(model, split="trained on Tuesday"))
    page = page_of(spec, Model.PROPENSITY, number)
    assert page is not None
    assert page.is_relative_to(spec.state)
    assert "trained on Tuesday" in page.read_text(encoding="utf-8")


def test_a_page_that_is_not_on_this_machine_is_none(
    spec: BankSpec, trained_of: Callable[..., TrainedModel]
) -> None:
    number = registry.register(spec, trained_of(RARE))
    page = page_of(spec, Model.PROPENSITY, number)
    assert page is not None
    page.unlink()
    assert page_of(spec, Model.PROPENSITY, number) is None
