"""Promotion of a model by evidence."""

from features.errors import GateError
from features.spec import BankSpec
from features.vocabulary import Model
from training import registry
from training.dataset import History


def promote_first(spec: BankSpec, model: Model, version: int, store: History) -> list[str]:  # noqa: ARG001
    """Promote a bank's first model of its kind; says what came of it."""
    champion = registry.champion_version(spec, model)
    if champion is not None:
        return [f"version {version} is the challenger of champion {champion}"]
    try:
        return [registry.promote(spec, model, version)]
    except GateError as error:
        return [str(error)]
