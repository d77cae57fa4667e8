"""Parameters come from the defaults, then from tuning, then from bank.toml; whatever is read is checked."""

import pytest

from features.contract import FeatureColumn
from features.errors import BadInputError
from features.spec import BankSpec
from features.training_spec import ParameterSpec, TrainingSpec
from features.vocabulary import Model
from training.fit import options
from training.tuned import (
    Tuned,
    given_parameters,
    read_tuned,
    settings_for,
    tuned_file,
    write_tuned,
)

COLUMNS = (FeatureColumn(name="balance"),)


def chosen(**parameters: float) -> Tuned:
    return Tuned(
        model="churn",
        study="churn-1",
        trial=7,
        folds=("2024-05-01", "2024-06-01"),
        metric="skill",
        quality=0.2,
        microseconds_a_row=1.5,
        parameters=ParameterSpec.model_validate(parameters),
    )


def test_without_tuning_the_defaults_hold_and_nothing_is_noted(spec: BankSpec) -> None:
    assert settings_for(spec, Model.CHURN, COLUMNS) == (options(COLUMNS, {}, 0), ())


def test_tuned_parameters_replace_defaults_and_fixed_ones_replace_both(spec: BankSpec) -> None:
    write_tuned(spec, Model.CHURN, chosen(learning_rate=0.1, num_leaves=7))
    fixed = TrainingSpec(parameters=ParameterSpec(num_leaves=31))
    settings, notes = settings_for(spec.model_copy(update={"training": fixed}), Model.CHURN, COLUMNS)
    assert (settings["learning_rate"], settings["num_leaves"]) == (0.1, 31)
    assert settings["lambda_l2"] == options(COLUMNS, {}, 0)["lambda_l2"]
    assert notes == (
        "parameters chosen by tuning: trial 7 of churn-1, tested on 2024-05-01, 2024-06-01 "
        "(learning_rate 0.1, num_leaves 7)",
        "parameters fixed by bank.toml: num_leaves 31",
    )
    assert settings_for(spec, Model.PROPENSITY, COLUMNS)[1] == ()


@pytest.mark.parametrize(("drawn", "worded"), [(True, "on"), (False, "off")])
def test_a_bank_may_fix_whether_cuts_are_drawn(spec: BankSpec, drawn: bool, worded: str) -> None:
    fixed = TrainingSpec(parameters=ParameterSpec(extra_trees=drawn))
    bank = spec.model_copy(update={"training": fixed})
    settings, notes = settings_for(bank, Model.CHURN, COLUMNS)
    assert settings["extra_trees"] is drawn
    assert notes == (f"parameters fixed by bank.toml: extra_trees {worded}",)
    assert given_parameters(bank, Model.CHURN) == {"extra_trees"}


def test_what_is_given_is_what_tuning_chose_and_the_bank_fixed(spec: BankSpec) -> None:
    write_tuned(spec, Model.CHURN, chosen(learning_rate=0.1))
    fixed = TrainingSpec(parameters=ParameterSpec(num_leaves=31))
    bank = spec.model_copy(update={"training": fixed})
    assert given_parameters(bank, Model.CHURN) == {"learning_rate", "num_leaves"}
    assert given_parameters(bank, Model.PROPENSITY) == {"num_leaves"}
    assert given_parameters(spec, Model.PROPENSITY) == frozenset()


def test_what_is_written_is_read_back_and_nothing_is_left_aside(spec: BankSpec) -> None:
    path = write_tuned(spec, Model.CHURN, chosen(lambda_l2=3.25))
    assert read_tuned(spec, Model.CHURN) == chosen(lambda_l2=3.25)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", ["", "{}", '{"model": "churn", "parameters": {"leaves": 3}}'])
def test_a_file_that_is_not_ours_is_refused(spec: BankSpec, content: str) -> None:
    path = tuned_file(spec, Model.CHURN)
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(BadInputError, match="delete it or tune again"):
        read_tuned(spec, Model.CHURN)
