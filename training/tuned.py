"""Which parameters a model is fitted with: the defaults, what tuning chose, what bank.toml fixes."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from features.contract import FeatureColumn
from features.errors import BadInputError
from features.spec import BankSpec
from features.strict import Strict
from features.training_spec import ParameterSpec
from features.vocabulary import Model
from training.fit import options


class Tuned(Strict):
    """What tuning chose: LightGBM's parameters, from which study and trial, and what they promise.

    `folds` are the names of those it was tested on, `quality` the study's metric over them,
    `microseconds_a_row` one thread's prediction time. `snapshots` and `seed` tell which rows the folds held:
    all snapshots that were labelled then (none told: all there are), and what parted customers (None: the
    bank's seed).
    """

    model: str
    study: str
    trial: int
    folds: tuple[str, ...]
    snapshots: tuple[date, ...] = ()
    seed: int | None = None
    metric: str
    quality: float
    microseconds_a_row: float
    parameters: ParameterSpec


def settings_for(
    spec: BankSpec, model: Model, columns: Sequence[FeatureColumn]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """LightGBM's settings for a model, and a note a source other than the defaults.

    Raises BadInputError when the tuned parameters cannot be read, or `monotone` names no feature.
    """
    settings = options(columns, spec.training.monotone, spec.training.seed)
    notes = []
    tuned = read_tuned(spec, model)
    if tuned is not None:
        settings |= tuned.parameters.given()
        notes.append(
            f"parameters chosen by tuning: trial {tuned.trial} of {tuned.study}, tested on "
            f"{', '.join(tuned.folds)} ({_listed(tuned.parameters)})"
        )
    fixed = spec.training.parameters
    if fixed.given():
        settings |= fixed.given()
        notes.append(f"parameters fixed by bank.toml: {_listed(fixed)}")
    return settings, tuple(notes)


def given_parameters(spec: BankSpec, model: Model) -> frozenset[str]:
    """The names of parameters that are not the defaults': chosen by tuning, or fixed by bank.toml."""
    tuned = read_tuned(spec, model)
    return frozenset({*(tuned.parameters.given() if tuned else ()), *spec.training.parameters.given()})


def tune_folder(spec: BankSpec) -> Path:
    """Where studies and their choices lie."""
    return spec.state / "tune"


def tuned_file(spec: BankSpec, model: Model) -> Path:
    """Where the chosen parameters of a model lie."""
    return tune_folder(spec) / f"{model}.json"


def read_tuned(spec: BankSpec, model: Model) -> Tuned | None:
    """What tuning chose, if it ever did.

    Raises BadInputError when the file is not of this version.
    """
    path = tuned_file(spec, model)
    try:
        return Tuned.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise BadInputError(f"{path} does not hold tuned parameters; delete it or tune again") from error


def write_tuned(spec: BankSpec, model: Model, tuned: Tuned) -> Path:
    """Write aside, then rename: the file is whole or as it was before."""
    path = tuned_file(spec, model)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.partial")
    aside.write_text(tuned.model_dump_json(indent=1, exclude_none=True), encoding="utf-8")
    aside.replace(path)
    return path


def _listed(parameters: ParameterSpec) -> str:
    return ", ".join(f"{name} {_worded(value)}" for name, value in parameters.given().items())


def _worded(value: float) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.4g}"
