"""What is asked is checked where it is kept: a command and a notebook are refused alike."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any, Final

from features.errors import BadInputError
from features.reading import nearest
from features.vocabulary import Model

LABELLED: Final = (Model.CHURN, Model.PROPENSITY)
"""What comes true, or not, of each customer: it has labels, and can be tuned."""


def model_named(name: str, among: Collection[Model] = tuple(Model)) -> Model:
    """The model of a name.

    Raises BadInputError telling those there are, and the nearest.
    """
    if name not in among:
        known = [str(one) for one in among]
        raise BadInputError(f"model {name!r}: expected {', '.join(known)}{nearest(str(name), known)}")
    return Model(name)


def require_least(least: int, **asked: float | None) -> None:
    """Refuse numbers below `least`; None asks for none.

    Raises BadInputError naming the first.
    """
    for name, value in asked.items():
        if value is not None and not value >= least:
            raise BadInputError(f"{name}: expected {least} or more, got {value}")


def fields_known(what: str, asked: Collection[str], kind: type[Any]) -> None:
    """Refuse names that are no fields of `kind`, a dataclass.

    Raises BadInputError naming the first, and the nearest that there is.
    """
    known = [one.name for one in fields(kind)]
    for name in asked:
        if name not in known:
            raise BadInputError(f"{what}: no {name!r}{nearest(name, known)}; there are {', '.join(known)}")
