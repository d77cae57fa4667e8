"""What is built: views, their features and the snapshots, saved beside the partitions.

Reading it needs no platform: it is how serving and training know names before they open any store.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from features.errors import BadInputError
from features.spec import BankSpec
from features.strict import Strict
from features.vocabulary import CUSTOMER_KIND, TIER

LAYOUT_FILE: Final = "layout.json"

DECISION: Final = "decision"
"""The purpose that every feature serves, sensitive ones too."""

AUDIT: Final = "audit"
"""The purpose of telling customers apart, by features that models may not see among others; further purposes
are models."""

Kind = Literal["number", "text"]


class Feature(Strict):
    """One feature: float64 for a number, string for a text; null where nothing is known.

    Letters (of any script), digits and underscores are what names in SQL and in Feast have in common.
    """

    name: Annotated[str, Field(pattern=r"^\w+$")]
    kind: Kind


class ViewLayout(Strict):
    """One view's features, in the order of its partitions' columns."""

    name: str
    description: str
    for_models: bool
    features: tuple[Feature, ...]


class Layout(Strict):
    """What every partition holds.

    `sensitive` are the features that bank.toml keeps out of models. `fingerprint` is the SHA-256 of the data
    files and of bank.toml that the features were built from; `sources` leaves out what bank.toml says for
    others than features, and is empty where they were built before it was kept.
    """

    customer_id_type: Literal["int64", "string"]
    views: tuple[ViewLayout, ...]
    sensitive: tuple[str, ...]
    snapshots: tuple[date, ...]
    fingerprint: str
    sources: str = ""

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [name for name, _ in self.features()]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"features of more than one view: {', '.join(repeated)}")
        return self

    def features(self) -> list[tuple[str, Kind]]:
        """Every feature and its kind, view by view."""
        return [(feature.name, feature.kind) for view in self.views for feature in view.features]

    def model_features(self) -> list[tuple[str, Kind]]:
        """The features that models may learn from, in the same order."""
        usable = {feature.name for view in self.views if view.for_models for feature in view.features}
        return [one for one in self.features() if one[0] in usable and one[0] not in self.sensitive]

    def audit_features(self) -> list[tuple[str, Kind]]:
        """Tier, kind and the sensitive features, as far as the bank has them."""
        kinds = dict(self.features())
        return [
            (name, kinds[name])
            for name in dict.fromkeys((TIER, CUSTOMER_KIND, *self.sensitive))
            if name in kinds
        ]

    def service_features(self, purpose: str) -> list[tuple[str, Kind]]:
        """What the feature service of a purpose offers: a model's name, `DECISION` or `AUDIT`."""
        if purpose == AUDIT:
            return self.audit_features()
        return self.features() if purpose == DECISION else self.model_features()

    def service_name(self, purpose: str) -> str:
        """A name that changes with its features: what was trained on it never meets others unawares."""
        content = json.dumps([purpose, self.service_features(purpose)])
        return f"{purpose}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def require_built(self, snapshots: Iterable[date]) -> None:
        """Refuse snapshots without partitions.

        Raises BadInputError naming them.
        """
        missing = sorted(set(snapshots) - set(self.snapshots))
        if missing:
            days = ", ".join(str(day) for day in missing)
            raise BadInputError(
                f"no features are built at {days}: add the date to bank.toml's [snapshots] and run "
                "`nextbest features`"
            )

    def require_features(self, names: Iterable[str], version: str) -> None:
        """Refuse a model's version ("churn/3") trained on features of which some are not built any more.

        Raises BadInputError naming them.
        """
        built = {name for name, _ in self.features()}
        gone = [name for name in names if name not in built]
        if gone:
            raise BadInputError(
                f"{version} was trained on features that are not built: {', '.join(gone)}; give bank.toml "
                "back what they come from and run `nextbest features`, or train again"
            )

    def signature(self) -> str:
        """A hash of what the store's definitions depend on: not of data and snapshots."""
        content = self.model_dump_json(include={"customer_id_type", "views", "sensitive"})
        return hashlib.sha256(content.encode()).hexdigest()


def features_folder(state: Path) -> Path:
    """Where a bank's partitions and their layout lie."""
    return state / "features"


def partition(state: Path, view: str, snapshot: date) -> Path:
    """The Parquet file of one view at one snapshot: a row per customer, sorted by customer_id."""
    return features_folder(state) / view / f"{snapshot.isoformat()}.parquet"


def load_layout(spec: BankSpec) -> Layout:
    """The layout of a bank whose features are built.

    Raises BadInputError when they are not, or not by this version.
    """
    path = features_folder(spec.state) / LAYOUT_FILE
    advice = f"run `nextbest features {spec.folder}` first"
    try:
        return Layout.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise BadInputError(f"no features are built in {path.parent}; {advice}") from error
    except ValidationError as error:
        raise BadInputError(f"{path} is not of this version; {advice}") from error


def save_layout(state: Path, layout: Layout) -> None:
    """Write the layout aside, then rename: it is whole or not there."""
    path = features_folder(state) / LAYOUT_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{LAYOUT_FILE}.partial")
    aside.write_text(layout.model_dump_json(indent=1), encoding="utf-8")
    aside.replace(path)


def forget_layout(state: Path) -> None:
    """Let nobody read partitions that are about to change."""
    (features_folder(state) / LAYOUT_FILE).unlink(missing_ok=True)
