"""Every parameter searched is one that bank.toml may fix, and starts are put in range."""

import optuna

from features.training_spec import ParameterSpec
from training.fit import options
from training.tune.space import OWN_LEAVES, SPACE, Range, Start, fitted_with, start_from, suggest


def test_the_space_is_what_a_bank_may_fix_and_holds_the_defaults() -> None:
    assert {*SPACE, "extra_trees"} == set(ParameterSpec.model_fields)
    defaults = {**options((), {}, 0), "num_leaves": 15}
    assert start_from(defaults, {}, 4) == Start({name: defaults[name] for name in SPACE}, own_leaves=False)


def test_settings_that_leave_leaves_to_heads_start_so_unless_the_bank_fixes_them() -> None:
    defaults = options((), {}, 0)
    start = start_from(defaults, {}, 2)
    assert start == Start({name: {**defaults, "num_leaves": 4}[name] for name in SPACE}, own_leaves=True)
    assert not start_from(defaults, {"num_leaves": 31}, 2).own_leaves
    study = optuna.create_study()
    study.enqueue_trial(start.parameters, user_attrs=start.marks)
    found = suggest(study.ask(), {"extra_trees": True})
    assert found == {**{name: defaults[name] for name in SPACE if name != "num_leaves"}, "extra_trees": True}
    [trial] = study.trials
    assert (trial.params["num_leaves"], trial.user_attrs) == (4, {OWN_LEAVES: True})
    assert fitted_with(trial).items() < found.items()


def test_what_is_suggested_is_in_range_and_fits_the_strict_model() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(20):
        found = suggest(study.ask(), {"lambda_l2": 7.0, "extra_trees": False})
        assert ParameterSpec.model_validate(found).given() == found
        assert (found["lambda_l2"], found["extra_trees"]) == (7.0, False)
        assert all(one.low <= found[name] <= one.high for name, one in SPACE.items())
    assert study.trials[0].params.keys() == SPACE.keys() - {"lambda_l2"}


def test_a_registrys_texts_are_numbers_again_and_clipped() -> None:
    texts = {"num_leaves": "500", "learning_rate": "0.07", "objective": "binary", "path_smooth": "3"}
    found = start_from(texts, {"path_smooth": 1.0}, 15)
    assert found == Start({"num_leaves": 63, "learning_rate": 0.07}, own_leaves=False)
    assert Range(1, 9, whole=True).clip(3.6) == 4
