"""What was reckoned over all time is caught and named; traits, and what was known before, are not."""

import re
from collections.abc import Callable
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.build import build_features
from features.errors import GateError
from features.layout import Layout, partition
from features.progress import silent
from features.spec import BankSpec, read_spec
from features.vocabulary import Model
from training.backtest.walk import prepare
from training.hindsight import hindsights, refuse_hindsight
from training.pipeline import train
from training.tune.study import Wanted, tune

SNAPSHOTS = [date(2024, month, 1) for month in (1, 4, 7)]
FIRST = SNAPSHOTS[0]
CUSTOMERS = 300
RANDOM = np.random.default_rng(0)
TRAIT = RANDOM.normal(100, 20, CUSTOMERS)
DAYS = pd.date_range("2023-07-01", periods=18, freq="MS")
AMOUNTS = TRAIT[:, None] + RANDOM.normal(0, 20, (CUSTOMERS, len(DAYS)))
EARLY = AMOUNTS[:, DAYS < "2024-01-01"]
COUNTS = RANDOM.integers(1, 40, (CUSTOMERS, 2))


def tables(column: np.ndarray) -> dict[str, pd.DataFrame]:
    customer = np.repeat(np.arange(CUSTOMERS), len(DAYS))
    moved = pd.DataFrame({"customer_id": customer, "at": np.tile(DAYS, CUSTOMERS), "amount": AMOUNTS.ravel()})
    met = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(CUSTOMERS), COUNTS.sum(axis=1)),
            "at": np.concatenate([np.repeat(["2023-09-01", "2024-09-01"], pair) for pair in COUNTS]),
            "kind": "visit",
        }
    )
    customers = pd.DataFrame({"customer_id": np.arange(CUSTOMERS), "asked": column})
    return {"customers": customers, "transactions": moved, "interactions": met}


@pytest.mark.parametrize(
    ("column", "told"),
    [
        pytest.param(AMOUNTS.mean(axis=1), "the mean of transactions.amount", id="mean over all time"),
        pytest.param(np.log(AMOUNTS.mean(axis=1)), "the mean", id="its logarithm"),
        pytest.param(AMOUNTS.mean(axis=1).round(), "the mean", id="rounded"),
        pytest.param(AMOUNTS.mean(axis=1) + RANDOM.normal(0, 1, CUSTOMERS), "the mean", id="with noise"),
        pytest.param(AMOUNTS[:, -1], "the last of transactions.amount", id="the newest value"),
        pytest.param(COUNTS.sum(axis=1), "the count of interactions", id="visits over all time"),
    ],
)
def test_what_later_rows_give_again_is_named(
    make_bank: Callable[..., Any], column: np.ndarray, told: str
) -> None:
    bank = make_bank(tables(column))
    with pytest.raises(GateError, match=rf"training\.trusted:\n  customer_asked is {told}"):
        refuse_hindsight(bank, {"customer_asked"}, [FIRST], ())
    refuse_hindsight(bank, {"customer_asked"}, [FIRST], ("customer_asked",))
    refuse_hindsight(bank, {"another"}, [FIRST], ())  # sensitive or excluded: no model reads it


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(TRAIT, id="a trait that amounts hint at"),
        pytest.param(EARLY.mean(axis=1), id="the mean of what was known"),
        pytest.param(EARLY[:, -1], id="the newest value then"),
        pytest.param(COUNTS[:, 0], id="visits before"),
        pytest.param(RANDOM.normal(size=CUSTOMERS), id="noise"),
        pytest.param(np.full(CUSTOMERS, 1.0), id="constant"),
        pytest.param(np.full(CUSTOMERS, np.nan), id="unknown"),
    ],
)
def test_honest_columns_pass(make_bank: Callable[..., Any], column: np.ndarray) -> None:
    assert hindsights(make_bank(tables(column)), [FIRST]) == []


def dated(column: np.ndarray, days: list[str]) -> dict[str, pd.DataFrame]:
    """The same bank, the column in question stated in rows of these days."""
    rows = [
        pd.DataFrame({"customer_id": np.arange(CUSTOMERS), "as_of": day, "asked": column}) for day in days
    ]
    return {**tables(np.full(CUSTOMERS, np.nan)), "attributes": pd.concat(rows, ignore_index=True)}


@pytest.mark.parametrize("days", [["2023-08-31", "2023-12-31"], ["2023-06-01"]])
def test_a_date_before_the_rows_does_not_hide_what_they_give(
    make_bank: Callable[..., Any], days: list[str]
) -> None:
    found = hindsights(make_bank(dated(AMOUNTS.mean(axis=1), days)), SNAPSHOTS)
    assert [(one.feature, one.aggregate, one.day) for one in found] == [
        ("attributes_asked", "the mean of transactions.amount", FIRST)
    ]
    assert found[0].gap < 1e-9 < found[0].gap_before


def test_what_few_have_at_first_is_judged_once_many_have_it(make_bank: Callable[..., Any]) -> None:
    bank = dated(AMOUNTS.mean(axis=1), ["2023-12-31", "2024-02-01"])
    bank["attributes"].loc[10 : CUSTOMERS - 1, "asked"] = np.nan
    found = hindsights(make_bank(bank), SNAPSHOTS)
    assert [(one.feature, one.day) for one in found] == [("attributes_asked", SNAPSHOTS[1])]


def test_rows_that_all_came_later_are_hindsight_too(make_bank: Callable[..., Any]) -> None:
    found = hindsights(make_bank(dated(AMOUNTS.mean(axis=1), ["2023-01-01"])), [date(2023, 6, 1)])
    assert [(one.feature, one.gap_before) for one in found] == [("attributes_asked", 1.0)]


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(TRAIT, id="a trait that amounts hint at"),
        pytest.param(EARLY.mean(axis=1), id="the mean of what was known"),
        pytest.param(EARLY[:, :3].sum(axis=1), id="a sum of some months"),
        pytest.param(COUNTS[:, 0], id="visits before"),
    ],
)
def test_honest_rows_pass(make_bank: Callable[..., Any], column: np.ndarray) -> None:
    assert hindsights(make_bank(dated(column, ["2023-09-30", "2023-12-31"])), SNAPSHOTS) == []


def test_means_told_month_by_month_pass(make_bank: Callable[..., Any]) -> None:
    bank = tables(TRAIT)
    known = [np.arange(len(DAYS)) < months for months in range(1, len(DAYS))]
    rows = [
        pd.DataFrame(
            {"customer_id": np.arange(CUSTOMERS), "as_of": day, "asked": AMOUNTS[:, some].mean(axis=1)}
        )
        for day, some in zip(DAYS[1:], known, strict=True)
    ]
    bank["attributes"] = pd.concat(rows, ignore_index=True)
    assert hindsights(make_bank(bank), SNAPSHOTS) == []


def test_a_bank_without_such_columns(make_bank: Callable[..., Any]) -> None:
    assert hindsights(make_bank({"customers": [{"customer_id": 1}]}), [FIRST]) == []


class Partitions:
    """Features as they were built, without a feature store between."""

    def __init__(self, spec: BankSpec, layout: Layout) -> None:
        self.spec, self.layout = spec, layout

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith("churn-")
        wanted = entities.to_pandas()
        found = []
        for day in self.layout.snapshots:
            views = [
                pd.read_parquet(partition(self.spec.state, view.name, day)).drop(columns="event_timestamp")
                for view in self.layout.views
            ]
            whole = reduce(lambda one, two: one.merge(two, on="customer_id"), views)
            found.append(whole.assign(snapshot_date=day))
        rows = wanted.merge(pd.concat(found), on=["customer_id", "snapshot_date"], how="left")
        return pa.Table.from_pandas(rows, preserve_index=False)


LEFT = RANDOM.uniform(size=(len(SNAPSHOTS), CUSTOMERS)) < 0.3


def planted(leak: str) -> dict[str, pd.DataFrame]:
    """A bank whose labels chance decides, and one column that should not be there."""
    known = {"mean": AMOUNTS.mean(axis=1), "closed": LEFT.any(axis=0)}
    bank = tables(known.get(leak, TRAIT))
    bank["labels"] = pd.DataFrame(
        {
            "customer_id": np.tile(np.arange(CUSTOMERS), len(SNAPSHOTS)),
            "snapshot_date": np.repeat(SNAPSHOTS, CUSTOMERS),
            "churned": LEFT.ravel(),
        }
    )
    dated = bank["labels"].rename(columns={"snapshot_date": "as_of"})
    dated["as_of"] = dated["as_of"] - pd.Timedelta(days=1)  # filled in later, under an earlier date
    if leak == "copy":
        bank["attributes"] = dated.assign(status=dated.pop("churned").astype(float))
    if leak == "early mean":
        bank["attributes"] = dated.assign(mean=np.tile(AMOUNTS.mean(axis=1), len(SNAPSHOTS))).drop(
            columns="churned"
        )
    if leak == "later":
        when = [date(2024, 12, 1) if left else None for left in dated.pop("churned")]
        bank["attributes"] = dated.assign(closing_on=pd.Series(when).astype("datetime64[s]"))
    return bank


LEAKS = {
    "copy": "attributes_status tells churn with ROC-AUC 1.0000",
    "later": "attributes_closing_on tells churn with ROC-AUC 1.0000",
    "closed": "customer_asked tells churn in this or a later label window with ROC-AUC 1.0000",
    "mean": "customer_asked is the mean of transactions.amount over all time",
    "early mean": "attributes_mean is the mean of transactions.amount over all time",
}


@pytest.fixture
def built(
    write_bank: Callable[..., Any], with_database: Callable[[BankSpec], BankSpec]
) -> Callable[[str], tuple[BankSpec, Partitions]]:
    """A planted bank and its features."""

    def build(leak: str) -> tuple[BankSpec, Partitions]:
        days, window = {"dates": SNAPSHOTS}, {"horizon_days": 30}
        folder = write_bank(planted(leak), snapshots=days, churn={"rule": "labels"}, window=window)
        spec = with_database(read_spec(folder))
        return spec, Partitions(spec, build_features(spec, silent, today=date(2025, 1, 1)))

    return build


@pytest.mark.parametrize("leak", LEAKS)
def test_every_leak_is_caught_and_named_wherever_models_are_learned(
    built: Callable[[str], tuple[BankSpec, Partitions]], leak: str
) -> None:
    spec, store = built(leak)
    named = re.escape(LEAKS[leak])
    with pytest.raises(GateError, match=named):
        train(spec, Model.CHURN, store=store)
    with pytest.raises(GateError, match=named):
        prepare(spec, Model.CHURN, silent, store=store)
    with pytest.raises(GateError, match=named):
        tune(spec, Model.CHURN, Wanted(trials=1), store=store)


def test_a_bank_without_leaks_passes(built: Callable[[str], tuple[BankSpec, Partitions]]) -> None:
    spec, store = built("none")
    assert prepare(spec, Model.CHURN, silent, store=store).folds
