"""What cannot be asked is refused by name, with what can be."""

import pytest

from features.errors import BadInputError
from features.vocabulary import Model
from training.asked import LABELLED, model_named, require_least


def test_a_model_is_found_by_its_name_among_those_that_may_be_asked_for() -> None:
    assert model_named("uplift") is Model.UPLIFT
    assert model_named(Model.CHURN, LABELLED) is Model.CHURN


@pytest.mark.parametrize(
    ("name", "among", "told"),
    [
        ("chrun", tuple(Model), r"model 'chrun': expected churn, propensity, uplift; did you mean 'churn'\?"),
        ("uplift", LABELLED, "model 'uplift': expected churn, propensity$"),
        ("", tuple(Model), "model '': expected churn, propensity, uplift"),
    ],
)
def test_another_name_is_refused(name: str, among: tuple[Model, ...], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        model_named(name, among)


def test_the_first_number_too_small_is_named() -> None:
    require_least(1, trials=1, folds=None, workers=7)
    with pytest.raises(BadInputError, match="folds: expected 1 or more, got 0"):
        require_least(1, trials=1, folds=0, workers=-1)
    with pytest.raises(BadInputError, match="minutes: expected 1 or more, got nan"):
        require_least(1, minutes=float("nan"))
