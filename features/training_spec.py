"""`[training]` of bank.toml: what is fixed for every training, whatever tuning finds."""

from typing import Annotated, Literal

from pydantic import Field

from features.strict import Strict


class ParameterSpec(Strict):
    """LightGBM's parameters, called as there; what is not given is left to tuning, or to the default.

    Not given, `num_leaves` and `extra_trees` are each head's own; whether cuts are drawn is never tuned.
    """

    learning_rate: Annotated[float | None, Field(gt=0, le=1)] = None
    num_leaves: Annotated[int | None, Field(ge=2, le=4096)] = None
    min_data_in_leaf: Annotated[int | None, Field(ge=1)] = None
    feature_fraction: Annotated[float | None, Field(gt=0, le=1)] = None
    bagging_fraction: Annotated[float | None, Field(gt=0, le=1)] = None
    lambda_l2: Annotated[float | None, Field(ge=0)] = None
    path_smooth: Annotated[float | None, Field(ge=0)] = None
    extra_trees: bool | None = None

    def given(self) -> dict[str, float]:
        """Those that are given, by name."""
        return self.model_dump(exclude_none=True)


class TrainingSpec(Strict):
    """`monotone` maps a feature to +1 (score rises with it) or -1.

    A product with fewer than `minimum_positives` openings borrows from products like it where `attributes`
    tell which are, and is scored by its base rate else. `trusted` features may
    tell an outcome however well: others that do so almost perfectly are taken for leaks.
    `parameters` are fixed, whatever tuning chose.
    """

    monotone: dict[str, Literal[-1, 1]] = Field(default_factory=dict)
    trusted: tuple[str, ...] = ()
    parameters: ParameterSpec = ParameterSpec()
    minimum_positives: Annotated[int, Field(ge=2)] = 30
    seed: int = 0
