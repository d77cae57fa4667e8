"""`bank.toml`: what a bank says of itself, read into a frozen, strict model."""

import difflib
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, Field, ValidationError, model_validator

from features.errors import BadInputError
from features.monitoring_spec import MonitoringSpec
from features.promotion_spec import OwnerSpec, PromotionSpec
from features.slug import slug
from features.strict import Days, Fraction, Identifier, Strict
from features.training_spec import TrainingSpec
from features.vocabulary import Table

TableName = Annotated[Table, Field(strict=False)]


class TableSpec(Strict):
    """Where one table lies and how its columns are called there.

    `columns` maps our name to theirs; `exclude` names columns of theirs to leave unread. Holdings in the
    `wide` layout have a row per customer and month (`as_of`) and a 0/1 flag per product in place of a row per
    holding; `products` maps our product id to their flag's column (default: equal). `channels` and
    `categories` are the transaction values that get features of their own (default: the most frequent).
    """

    path: str
    columns: dict[str, str] = Field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    layout: Literal["long", "wide"] = "long"
    products: dict[str, str] = Field(default_factory=dict)
    channels: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None


class Product(Strict):
    """One line of the product catalogue; `annual_value` is money a year, in the bank's currency.

    `attributes` tell which products are alike: one that hardly anybody opened yet then borrows from those
    most like it, to the `expected_share` of customers who open it in a label window, if that is given.
    """

    name_en: str = ""
    name_zh: str = ""
    annual_value: float = 0.0
    category: str = "other"
    kinds: tuple[Literal["individual", "company", "institution"], ...] = (
        "individual",
        "company",
        "institution",
    )
    attributes: dict[Identifier, str] = Field(default_factory=dict)
    expected_share: Annotated[float | None, Field(gt=0, lt=1)] = None


class ChurnSpec(Strict):
    """When a customer counts as having left within the label window.

    `labels`: the bank's own labels table says so. `closed_all`: every holding open at the snapshot is closed
    and none opened by the window's end. `inactive`: no transaction in the window, of those with one in the
    `active_days` before the snapshot. `balance_drop`: the total balance falls by at least `drop_share`, of
    those with at least `minimum_balance` at the snapshot; a balance counts nothing whose rows stop more than
    `unreported_days` before the newest of its product.
    """

    rule: Literal["labels", "closed_all", "inactive", "balance_drop"]
    active_days: Days = 90
    drop_share: Fraction = 0.8
    minimum_balance: float = 0.0
    unreported_days: Days = 27


class WindowSpec(Strict):
    """The label window is [snapshot + gap_days, snapshot + gap_days + horizon_days)."""

    gap_days: Annotated[int, Field(ge=0, le=365)] = 0
    horizon_days: Days = 90


class SnapshotSpec(Strict):
    """Which dates features are built for: a list, or the first of each month from `first` to `last`."""

    dates: tuple[date, ...] = ()
    first: date | None = None
    last: date | None = None

    @model_validator(mode="after")
    def _one_way_of_saying(self) -> Self:
        if bool(self.dates) == bool(self.first and self.last):
            raise ValueError("give either dates = [...] or both first and last")
        if self.first and self.last and self.first > self.last:
            raise ValueError(f"first ({self.first}) is after last ({self.last})")
        if not self.all():
            raise ValueError(f"no first of a month lies between {self.first} and {self.last}")
        return self

    def all(self) -> tuple[date, ...]:
        """Every snapshot date, ascending."""
        if self.dates:
            return tuple(sorted(set(self.dates)))
        assert self.first and self.last
        months = range(self.first.year * 12 + self.first.month - 1, self.last.year * 12 + self.last.month)
        every = [date(month // 12, month % 12 + 1, 1) for month in months]
        return tuple(day for day in every if self.first <= day <= self.last)


class TierSpec(Strict):
    """How customers are graded: dormant without activity for `dormant_days`, the others by rank of value."""

    dormant_days: Days = 180
    valuable_from: Fraction = 0.5
    high_value_from: Fraction = 0.9


class BankSpec(Strict):
    """The whole of `bank.toml`, with the folder it was found in."""

    folder: Path = Field(strict=False)
    name: str = Field(min_length=1)
    currency: str = "EUR"
    tables: dict[TableName, TableSpec]
    products: dict[Identifier, Product] = Field(default_factory=dict)
    churn: ChurnSpec | None = None
    window: WindowSpec = WindowSpec()
    snapshots: SnapshotSpec
    tiers: TierSpec = TierSpec()
    training: TrainingSpec = TrainingSpec()
    monitoring: MonitoringSpec = MonitoringSpec()
    promotion: PromotionSpec = PromotionSpec()
    owner: OwnerSpec | None = None
    sensitive: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if Table.CUSTOMERS not in self.tables:
            raise ValueError("[tables.customers] is required")
        for name, table in self.tables.items():
            if name is not Table.HOLDINGS and (table.layout == "wide" or table.products):
                raise ValueError(f"[tables.{name}]: layout and products are for holdings")
            if name is not Table.TRANSACTIONS and (table.channels or table.categories):
                raise ValueError(f"[tables.{name}]: channels and categories are for transactions")
        if self.churn and self.churn.rule == "labels" and Table.LABELS not in self.tables:
            raise ValueError('churn.rule = "labels" needs [tables.labels]')
        return self

    @property
    def slug(self) -> str:
        """The bank's name as a registry's name allows it."""
        return slug(self.name)

    @property
    def state(self) -> Path:
        """Where features, models, campaigns and the ledger live, beside the data."""
        return self.folder / ".nextbest"


StrictModel = TypeVar("StrictModel", bound=Strict)


def read_spec(bank: Path) -> BankSpec:
    """Read a bank's folder, or its bank.toml.

    Raises BadInputError naming the file, the key and the nearest known key.
    """
    path = bank / "bank.toml" if bank.is_dir() else bank
    if not path.is_file():
        raise BadInputError(f"{path}: no such file; expected a bank folder with a bank.toml, or a bank.toml")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: not valid TOML: {error}") from error
    return parse(BankSpec, {**raw, "folder": path.parent.resolve()}, path)


def parse(model: type[StrictModel], raw: Mapping[str, Any], path: Path) -> StrictModel:
    """Validate `raw`, as read from a TOML file, into a strict model.

    Lists are accepted where the model has tuples: TOML knows no tuples.

    Raises BadInputError with one line per fault.
    """
    try:
        return model.model_validate(as_tuples(raw))
    except ValidationError as error:
        faults = "\n".join(
            f"  {'.'.join(map(str, fault['loc'])) or '(file)'}: {explained(model, fault)}"
            for fault in error.errors()
        )
        raise BadInputError(f"{path}:\n{faults}") from error


def as_tuples(value: Any) -> Any:
    """The content of a TOML file with its lists as tuples, throughout."""
    if isinstance(value, Mapping):
        return {key: as_tuples(item) for key, item in value.items()}
    return tuple(as_tuples(item) for item in value) if isinstance(value, list | tuple) else value


def explained(model: type[BaseModel], fault: Any) -> str:
    """What is wrong in one of pydantic's faults of `model`: what was expected, and what came."""
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(fault["loc"][-1]), _known_keys(model), n=1, cutoff=0.5)
        return "unknown key" + (f"; did you mean {near[0]!r}?" if near else "")
    whole = isinstance(fault["input"], Mapping)
    return fault["msg"] if whole or not fault["loc"] else f"{fault['msg']} (got {fault['input']!r:.60})"


def _known_keys(model: type[BaseModel]) -> list[str]:
    """Every key the file may hold, whatever its section: a key is as often misplaced as misspelt."""
    return sorted({name for one in _models(model) for name in one.model_fields} - {"folder"})


def _models(annotation: Any) -> set[type[BaseModel]]:
    """The models that an annotation is made of, and those that they are made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = (_models(field.annotation) for field in annotation.model_fields.values())
        return {annotation}.union(*inner)
    return set[type[BaseModel]]().union(*map(_models, get_args(annotation)))
