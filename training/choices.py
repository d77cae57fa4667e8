"""What is chosen before a model is fitted, by training rows alone: training and backtest choose alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.spec import BankSpec
from features.vocabulary import Model
from training.comparisons import with_comparisons
from training.dataset import Dataset
from training.growth import Growth, with_growth
from training.split import Kind
from training.tuned import given_parameters, settings_for


@dataclass(frozen=True)
class Choice:
    """A data set with the columns to learn from, and LightGBM's settings.

    `remarks` say where parameters come from, `tried` what became of comparisons of features and of other ways
    to grow, if any were tried.
    """

    data: Dataset
    settings: Mapping[str, Any]
    remarks: tuple[str, ...]
    tried: tuple[str, ...]


def choose(
    spec: BankSpec, model: Model, data: Dataset, kind: Kind, settings: Mapping[str, Any] | None = None
) -> Choice:
    """Columns and settings, the bank's or these; where customers are split, other ways to grow are tried.

    Raises BadInputError when the tuned parameters cannot be read, or `monotone` names no feature.
    """
    monotone, seed = spec.training.monotone, spec.training.seed
    compared = with_comparisons(data, monotone, seed)
    usual, remarks = settings_for(spec, model, compared.data.columns)
    growth = Growth(settings or usual, "")
    if settings is None and kind == "customers":
        growth = with_growth(compared.data, usual, seed, given_parameters(spec, model))
    tried = tuple(note for note in (compared.note, growth.note) if note)
    return Choice(compared.data, growth.settings, remarks, tried)
