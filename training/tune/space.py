"""What tuning searches: LightGBM's parameters, and where to start from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import optuna


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


def suggest(trial: optuna.Trial, fixed: Mapping[str, float]) -> dict[str, float]:
    """A value for every parameter; the fixed ones keep theirs."""
    found: dict[str, float] = dict(fixed)
    for name, one in SPACE.items():
        if name in fixed:
            continue
        if one.whole:
            found[name] = trial.suggest_int(name, int(one.low), int(one.high), log=one.log)
        else:
            found[name] = trial.suggest_float(name, one.low, one.high, log=one.log)
    return found


def start_from(settings: Mapping[str, Any], fixed: Mapping[str, float]) -> dict[str, float]:
    """The searched parameters of a model's settings, as numbers or as a registry's texts, put in range."""
    return {
        name: one.clip(float(settings[name]))
        for name, one in SPACE.items()
        if name in settings and name not in fixed
    }
