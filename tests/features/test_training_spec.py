"""What `[training]` fixes, and what it refuses."""

import pytest
from pydantic import ValidationError

from features.training_spec import ParameterSpec, TrainingSpec


def test_only_given_parameters_are_told() -> None:
    assert ParameterSpec(num_leaves=31, lambda_l2=0.0).given() == {"num_leaves": 31, "lambda_l2": 0.0}
    assert ParameterSpec(extra_trees=False).given() == {"extra_trees": False}


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"monotone": {"age": 2}}, "monotone"),
        ({"minimum_positives": 1}, "minimum_positives"),
        ({"parameters": {"learning_rate": 0.0}}, "learning_rate"),
        ({"parameters": {"extra_trees": 1}}, "extra_trees"),
        ({"rounds": 5}, "rounds"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object], names: str) -> None:
    with pytest.raises(ValidationError, match=names):
        TrainingSpec.model_validate(wrong)
