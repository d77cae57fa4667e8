"""What tuning searches: LightGBM's parameters, and where to start from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, both included; by ratio where `log`."""

    low: float
    high: float
    log: bool = True
    whole: bool = False

    def clip(self, value: float) -> float:
        """The nearest value within."""
        near = min(max(value, self.low), self.high)
        return round(near) if self.whole else near


SPACE: Mapping[str, Range] = {
    "learning_rate": Range(0.02, 0.2),
    "num_leaves": Range(4, 63, whole=True),
    "min_data_in_leaf": Range(10, 500, whole=True),
    "feature_fraction": Range(0.1, 1.0),
    "bagging_fraction": Range(0.5, 1.0, log=False),
    "lambda_l2": Range(0.1, 100.0),
    "path_smooth": Range(0.1, 100.0),
}
"""How many trees there are is not searched: early stopping finds it."""

OWN_LEAVES = "num_leaves_of_each_head"
"""The user attribute of a trial in which each head's trees are as large as without tuning (`growth_for`)."""
EACH_HEADS_OWN = "each head's own"
"""What is told of its num_leaves."""


@dataclass(frozen=True)
class Start:
    """Where a search begins: parameters in range, and whether num_leaves only stands for each head's own."""

    parameters: dict[str, float]
    own_leaves: bool

    @property
    def marks(self) -> dict[str, bool]:
        """The user attributes of its trial."""
        return {OWN_LEAVES: True} if self.own_leaves else {}


def suggest(trial: optuna.Trial, fixed: Mapping[str, float]) -> dict[str, float]:
    """A value for every parameter that is not each head's own; the fixed ones keep theirs."""
    for name, one in SPACE.items():
        if name in fixed:
            continue
        if one.whole:
            trial.suggest_int(name, int(one.low), int(one.high), log=one.log)
        else:
            trial.suggest_float(name, one.low, one.high, log=one.log)
    return {**fixed, **fitted_with(trial)}


def fitted_with(trial: optuna.Trial | FrozenTrial) -> dict[str, float]:
    """A trial's parameters as its models are fitted with: without num_leaves where it is each head's own."""
    own = OWN_LEAVES in trial.user_attrs
    return {name: value for name, value in trial.params.items() if not (own and name == "num_leaves")}


def start_from(settings: Mapping[str, Any], fixed: Mapping[str, float], leaves: int) -> Start:
    """The searched parameters of a model's settings, as numbers or as a registry's texts, put in range.

    Where these leave num_leaves to each head, `leaves` stands for it: Optuna wants a value.
    """
    filled = {"num_leaves": leaves, **settings}
    found = {
        name: one.clip(float(filled[name]))
        for name, one in SPACE.items()
        if name in filled and name not in fixed
    }
    return Start(found, own_leaves="num_leaves" in found and "num_leaves" not in settings)
