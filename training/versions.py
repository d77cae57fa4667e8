"""Registered model versions as MLflow's client tells of them; nothing here writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from features.errors import BadInputError
from features.spec import BankSpec
from features.vocabulary import CHALLENGER, CHAMPION, Model

TESTED_ON = "tested_on"
"""The tag that identifies the test rows a version's metrics come from."""

LISTED = ("roc_auc", "average_precision", "log_loss", "calibration_error", "map_at_7")
"""The metrics of a listing."""


@dataclass(frozen=True)
class Version:
    """One registered version of a model, with what its run recorded."""

    model: Model
    number: int
    aliases: tuple[str, ...]
    created: datetime
    description: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Its line in a listing; a metric that it does not have is None."""
        return {
            "model": str(self.model),
            "version": self.number,
            "aliases": " ".join(self.aliases),
            "created": self.created.isoformat(timespec="seconds"),
            **{name: self.metrics.get(name) for name in LISTED},
        }


@dataclass(frozen=True)
class Details:
    """A version with all that is known of it."""

    version: Version

    def as_dict(self) -> dict[str, Any]:
        """Everything, flat."""
        version = self.version
        known: dict[str, Any] = {"description": version.description}
        for values in (version.tags, version.parameters, version.metrics):
            known |= dict(sorted(values.items()))
        return {**version.as_dict(), **known}


def read_versions(client: Any, registered: str, model: Model) -> list[Version]:
    """Every version registered under a name, oldest first; none if there is no such name."""
    named = client.search_registered_models(filter_string=f"name = '{registered}'")
    if not named:
        return []
    aliases: dict[str, list[str]] = {}
    for alias, number in sorted(named[0].aliases.items()):
        aliases.setdefault(str(number), []).append(alias)
    found = client.search_model_versions(f"name = '{registered}'")
    versions = [_version(client, model, one, tuple(aliases.get(str(one.version), ()))) for one in found]
    return sorted(versions, key=lambda version: version.number)


def _version(client: Any, model: Model, found: Any, aliases: tuple[str, ...]) -> Version:
    run = client.get_run(found.run_id).data
    return Version(
        model=model,
        number=int(found.version),
        aliases=aliases,
        created=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        description=found.description or "",
        parameters=dict(run.params),
        metrics=dict(run.metrics),
        tags={name: value for name, value in run.tags.items() if not name.startswith("mlflow.")},
    )


def with_alias(versions: list[Version], alias: str) -> Version | None:
    """The version called `alias`, if any."""
    return next((version for version in versions if alias in version.aliases), None)


def shown(spec: BankSpec, model: Model, versions: list[Version], number: int | None) -> Version:
    """The version of that number, or without one the challenger, or else the champion, or else the newest.

    Raises BadInputError if there is none.
    """
    if number is not None:
        return numbered(spec, model, versions, number)
    found = with_alias(versions, CHALLENGER) or with_alias(versions, CHAMPION)
    if not versions:
        raise BadInputError(untrained(spec, model))
    return found or versions[-1]


def candidate_of(spec: BankSpec, model: Model, versions: list[Version], number: int | None) -> Version:
    """The version of that number, or without one the challenger.

    Raises BadInputError if there is none.
    """
    if number is not None:
        return numbered(spec, model, versions, number)
    found = with_alias(versions, CHALLENGER)
    if found is None:
        raise BadInputError(
            f"{spec.name}: no {model} challenger to promote; train one, or give a version"
            if versions
            else untrained(spec, model)
        )
    return found


def numbered(spec: BankSpec, model: Model, versions: list[Version], number: int) -> Version:
    """The version of that number.

    Raises BadInputError, naming those there are, if there is none.
    """
    for version in versions:
        if version.number == number:
            return version
    known = ", ".join(str(version.number) for version in versions)
    raise BadInputError(
        f"{spec.name}: no {model} version {number}; there are {known}" if known else untrained(spec, model)
    )


def untrained(spec: BankSpec, model: Model) -> str:
    """What to do where a bank has no version of a model."""
    return f"{spec.name}: no {model} model yet; run `nextbest train {spec.folder} {model}` first"


@dataclass(frozen=True)
class Comparison:
    """One row a metric: the champion's value, the challenger's and how much more that is.

    Each is of the version's own test; `same_rows` tells whether these were the same rows.
    """

    rows: list[dict[str, Any]]
    same_rows: bool

    @property
    def note(self) -> str:
        """What to be careful about, if anything."""
        if self.same_rows:
            return ""
        return "each was tested on rows of its own; `nextbest models BANK promote` compares them on the same"


def compared(champion: Version | None, challenger: Version | None) -> Comparison:
    """Champion and challenger side by side; either may be missing."""
    sides = {CHAMPION: champion, CHALLENGER: challenger}
    names = sorted({name for side in sides.values() if side for name in side.metrics})
    rows = []
    for name in names:
        values = {alias: side.metrics.get(name) if side else None for alias, side in sides.items()}
        one, two = values[CHAMPION], values[CHALLENGER]
        difference = two - one if one is not None and two is not None else None
        rows.append({"metric": name, **values, "difference": difference})
    tested = {side.tags.get(TESTED_ON) for side in sides.values() if side}
    return Comparison(rows, same_rows=len(tested) == 1)
