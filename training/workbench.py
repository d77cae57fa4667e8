"""The commands about models from a notebook: data frames in, data frames out."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from features.build import build_features
from features.check import check_bank
from features.days import as_day
from features.errors import BadInputError
from features.layout import load_layout
from features.point_in_time import population
from features.progress import Progress, silent
from features.spec import BankSpec, read_spec
from features.tables import open_bank
from features.tracking import registered_name
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training import registry
from training.asked import LABELLED, fields_known, model_named
from training.card.card import read_card
from training.frames import Frame, write_bank
from training.pipeline import TrainResult, train
from training.reading import open_history, read_labels
from training.tune.report import keep
from training.tune.report import record as record_tuning
from training.tune.study import TuneResult, Wanted, tune

if TYPE_CHECKING:
    from training.backtest.walk import Backtest
    from training.monitor.watch import Watch


@dataclass(frozen=True)
class Backtested:
    """A backtest's figures as frames, a row a figure with `value`, `low` and `high`; see `Backtest`."""

    snapshots: pd.DataFrame
    rules: pd.DataFrame
    ages: pd.DataFrame
    curve: pd.DataFrame
    notes: tuple[str, ...]
    run: str


@dataclass(frozen=True)
class Workbench:
    """A bank to learn from. Everything it computes stands beside the data, where the commands find it too.

    `model` is "churn", "propensity" or, where contacts were randomised, "uplift", which has no labels of its
    own and is not tuned. All raise BadInputError for what the commands exit with 2, GateError for what they
    refuse.
    """

    spec: BankSpec
    progress: Progress = silent

    @classmethod
    def open(cls, bank: str | Path, progress: Progress = silent) -> "Workbench":
        """A bank's folder, or its bank.toml."""
        return cls(read_spec(Path(bank)), progress)

    @classmethod
    def of(
        cls,
        folder: str | Path,
        tables: Mapping[str, Frame],
        settings: Mapping[str, Any],
        progress: Progress = silent,
    ) -> "Workbench":
        """Frames by the names of the bank's tables, kept in `folder`; `settings` as in bank.toml."""
        return cls(write_bank(Path(folder), tables, settings), progress)

    def check(self, today: date | None = None) -> pd.DataFrame:
        """Every broken rule: table, column, rule, rows, examples; none is what is wanted."""
        report = check_bank(open_bank(self.spec), today or datetime.now(UTC).date())
        columns = ["table", "column", "rule", "rows", "examples"]
        return pd.DataFrame([one.model_dump() for one in report.violations], columns=columns)

    def build(self, today: date | None = None) -> "Workbench":
        """Compute the features that are not current; returns the same bank."""
        build_features(self.spec, self.progress, today=today or datetime.now(UTC).date())
        return self

    def features(self, snapshot: date | str, model: str = "churn") -> pd.DataFrame:
        """What a model may know of every customer at a snapshot, a row a customer, read through the store."""
        asked, layout, snapshot = model_named(model), load_layout(self.spec), as_day(snapshot)
        layout.require_built([snapshot])
        customers = population(open_bank(self.spec), snapshot).select(CUSTOMER_ID).order_by(CUSTOMER_ID)
        entities = customers.to_pyarrow()
        days = pa.array([snapshot] * entities.num_rows, pa.date32())
        entities = entities.append_column(SNAPSHOT_DATE, days)
        found = open_history(self.spec, layout).historical(layout.service_name(asked), entities)
        frame: pd.DataFrame = found.to_pandas()
        return frame

    def labels(self, model: str = "churn") -> pd.DataFrame:
        """customer_id, snapshot_date and one column a head: 1, 0, or NaN for nothing to predict."""
        table = read_labels(self.spec, model_named(model, LABELLED), load_layout(self.spec).snapshots)
        frame: pd.DataFrame = table.to_pandas()
        return frame

    def train(self, model: str = "churn") -> TrainResult:
        """As `nextbest train`: fit, calibrate, test and register; a first model may become the champion."""
        asked = model_named(model)
        if asked is Model.UPLIFT:
            from training.uplift.train import train_uplift

            return train_uplift(self.spec, self.progress)
        return train(self.spec, asked, self.progress)

    def backtest(
        self, model: str = "churn", *, folds: int | None = None, draws: int = 200, curve: bool = False
    ) -> Backtested:
        """As `nextbest backtest`: walk forward in time beside simple rules; uplift has no `curve`."""
        from training.backtest.run import run_backtest

        return _framed(
            *run_backtest(self.spec, model_named(model), self.progress, folds=folds, draws=draws, curve=curve)
        )

    def tune(self, model: str = "churn", **wanted: Any) -> TuneResult:
        """As `nextbest tune`, with the fields of `Wanted`; the next training uses what it chose."""
        asked = model_named(model, LABELLED)
        fields_known("tune", wanted, Wanted)
        found = tune(self.spec, asked, Wanted(**wanted), self.progress)
        keep(self.spec, asked, found)
        record_tuning(self.spec, asked, found)
        return found

    def models(self) -> pd.DataFrame:
        """Every registered version, a row each, oldest first."""
        return pd.DataFrame([version.as_dict() for version in registry.list_models(self.spec)])

    def show(self, model: str = "churn", version: int | None = None) -> pd.Series:
        """As `nextbest models BANK show`: all that the registry knows of a version, by name.

        Without a number it is the challenger, or else the champion, or else the newest.
        """
        found = registry.show_model(self.spec, model_named(model), version)
        return pd.Series(found.as_dict(), name=str(model))

    def card(self, model: str = "churn", version: int | None = None) -> dict[str, Any]:
        """The model card of a version, as its card.json; without a number that of the one `show` tells of.

        Raises BadInputError for a version without a card.
        """
        asked = model_named(model)
        number = registry.show_model(self.spec, asked, version).version.number
        client, name = registry.open_client(self.spec), registered_name(self.spec, asked)
        with registry.version_folder(client, self.spec, name, number) as folder:
            found = read_card(folder)
        if found is None:
            raise BadInputError(f"{model} version {number} has no card; train again")
        return found.model_dump(mode="json")

    def compare(self, model: str = "churn") -> pd.DataFrame:
        """Champion beside challenger, a row a metric; `attrs["same_rows"]`: both were tested on the same."""
        found = registry.compare_models(self.spec, model_named(model))
        frame = pd.DataFrame(found.rows)
        frame.attrs["same_rows"] = found.same_rows
        return frame

    def promote(
        self, model: str = "churn", version: int | None = None, *, approve: str | None = None
    ) -> pd.DataFrame:
        """As `nextbest models BANK promote`: the gates that the new champion passed, a row each.

        Raises RefusedError, a GateError, where one failed: the same table is `error.promotion.rows()`.
        """
        from training.promotion.promote import promote

        found = promote(self.spec, model_named(model), version, approve=approve)
        return pd.DataFrame(found.rows(), columns=["gate", "measured", "limit", "passed"])

    def rollback(self, model: str = "churn") -> pd.DataFrame:
        """As `nextbest models BANK rollback`: the champion before is champion again; gives the history."""
        from training.promotion.promote import rollback

        rollback(self.spec, model_named(model))
        return self.history(model)

    def history(self, model: str = "churn") -> pd.DataFrame:
        """Every promotion, refusal, approval and rollback, a row each, oldest first."""
        from training.promotion.promote import history
        from training.promotion.record import Entry

        columns = [one.name for one in fields(Entry)]
        return pd.DataFrame([one.as_row() for one in history(self.spec, model_named(model))], columns=columns)

    def rebuild(self, model: str, version: int, out: str | Path | None = None) -> pd.DataFrame:
        """As `nextbest models BANK rebuild`: the version learned again; its files, all the same, a row each.

        Raises GateError naming the files that differ.
        """
        from training.rebuild import rebuild

        folder = Path(out) if out is not None else None
        found = rebuild(self.spec, model_named(model), version, folder, progress=self.progress)
        return pd.DataFrame(found.files.items(), columns=["file", "sha256"])

    def monitor(self, snapshot: date | str | None = None) -> "Watch":
        """As `nextbest monitor`: what has drifted, is missing or came true, and whether to retrain."""
        from training.monitor.report import write
        from training.monitor.watch import watch

        found = watch(self.spec, self.progress, snapshot=snapshot)
        write(self.spec, found)
        return found


def _framed(found: "Backtest", run: str) -> Backtested:
    lines = {
        name: pd.DataFrame(list(getattr(found, name))) for name in ("snapshots", "rules", "ages", "curve")
    }
    return Backtested(**lines, notes=found.notes, run=run)
