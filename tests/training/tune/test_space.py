"""Every parameter searched is one that bank.toml may fix, and starts are put in range."""

import optuna

from features.training_spec import ParameterSpec
from training.fit import LEAVES_MOST, options
from training.tune.space import SPACE, Range, start_from, suggest


def test_the_space_is_what_a_bank_may_fix_and_holds_the_defaults() -> None:
    assert {*SPACE, "extra_trees"} == set(ParameterSpec.model_fields)
    defaults = {**options((), {}, 0), "num_leaves": LEAVES_MOST}
    assert start_from(defaults, {}) == {name: defaults[name] for name in SPACE}


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
    assert start_from(texts, {"path_smooth": 1.0}) == {"num_leaves": 63, "learning_rate": 0.07}
    assert Range(1, 9, whole=True).clip(3.6) == 4
