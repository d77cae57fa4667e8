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
from training.hindsight import GAP_MOST, hindsights, refuse_hindsight
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


SALARY = RANDOM.normal(3000, 600, CUSTOMERS)
PAID = SALARY[:, None] + RANDOM.normal(0, 300, (CUSTOMERS, len(DAYS)))
SPENT = -RANDOM.gamma(2.0, 400, (CUSTOMERS, len(DAYS)))
ACTIVE = RANDOM.random((CUSTOMERS, len(DAYS))) < RANDOM.uniform(0.3, 1, (CUSTOMERS, 1))
HELD = np.cumsum(RANDOM.normal(0, 100, (CUSTOMERS, len(DAYS), 2)), axis=1) + 100 * TRAIT[:, None, None]
HELD[:, :, 1] *= RANDOM.random((CUSTOMERS, len(DAYS))) < 0.8
HELD *= RANDOM.random((CUSTOMERS, len(DAYS), 1)) < 0.9
"""There is no row of what is 0."""
MET = RANDOM.integers(1, 12, (CUSTOMERS, 2))


def lively(column: np.ndarray) -> dict[str, pd.DataFrame]:
    """Customers who are paid each month and spend in some, who hold two products, open more and are met."""
    customer, day = np.nonzero(np.ones_like(PAID))
    spender, when = np.nonzero(ACTIVE)
    paid = pd.DataFrame({"customer_id": customer, "at": DAYS[day], "amount": PAID.ravel(), "category": "pay"})
    spent = pd.DataFrame(
        {"customer_id": spender, "at": DAYS[when], "amount": SPENT[ACTIVE], "category": "fun"}
    )
    balances = [
        pd.DataFrame(
            {"customer_id": customer, "as_of": DAYS[day], "balance": HELD[:, :, one].ravel(), "product": name}
        )
        for one, name in enumerate(("account", "savings"))
    ]
    number = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(CUSTOMERS), MET.sum(axis=1)),
            "day": np.concatenate([np.repeat(["2023-09-01", "2024-09-01"], pair) for pair in MET]),
        }
    )
    met = number.assign(contact_id=[f"c{place}" for place in range(len(number))], action="retain")
    return {
        "customers": pd.DataFrame({"customer_id": np.arange(CUSTOMERS), "asked": column}),
        "transactions": pd.concat([paid, spent], ignore_index=True),
        "balances": pd.concat(balances, ignore_index=True).query("balance != 0"),
        "contacts": met.rename(columns={"day": "at"}),
        "holdings": number.rename(columns={"day": "opened_on"}).assign(product="card"),
    }


AMOUNT = np.concatenate([PAID, np.where(ACTIVE, SPENT, np.nan)], axis=1)
KNOWN = np.where(HELD == 0, np.nan, HELD)
WEALTH = np.where((HELD == 0).all(axis=2), np.nan, HELD.sum(axis=2))


@pytest.mark.parametrize(
    ("column", "told"),
    [
        pytest.param(
            np.nanmean(AMOUNT[:, len(DAYS) :], axis=1), "mean of transactions.amount below 0", id="debits"
        ),
        pytest.param(PAID.mean(axis=1), "mean of transactions.amount above 0", id="credits"),
        pytest.param(PAID.mean(axis=1).round(-1), "mean of transactions.amount above 0", id="rounded"),
        pytest.param(
            np.nanstd(AMOUNT, axis=1, ddof=1), "standard deviation of transactions.amount", id="deviation"
        ),
        pytest.param(ACTIVE.sum(axis=1), "count of transactions", id="how often"),
        pytest.param(np.nanmean(WEALTH, axis=1), "mean of daily sums of balances.balance", id="all balances"),
        pytest.param(HELD.sum(axis=2).max(axis=1), "max of daily sums of balances.balance", id="the highest"),
        pytest.param(
            np.nanmedian(KNOWN.reshape(CUSTOMERS, -1), axis=1), "median of balances.balance", id="median"
        ),
        pytest.param(
            np.nanmean(KNOWN[:, :, 1], axis=1),
            "mean of balances.balance of product savings",
            id="one product",
        ),
        pytest.param(MET.sum(axis=1), "count of holdings", id="products ever"),
    ],
)
def test_aggregates_of_parts_of_the_rows_are_named(
    make_bank: Callable[..., Any], column: np.ndarray, told: str
) -> None:
    found = hindsights(make_bank(lively(column)), [FIRST])
    assert [(one.feature, one.aggregate) for one in found] == [("customer_asked", f"the {told}")]


def test_an_aggregate_of_contacts_is_named(make_bank: Callable[..., Any]) -> None:
    bank = lively(MET.sum(axis=1))
    del bank["holdings"]
    assert [one.aggregate for one in hindsights(make_bank(bank), [FIRST])] == ["the count of contacts"]


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(SALARY, id="a salary stated at joining"),
        pytest.param(SALARY.round(-2), id="rounded"),
        pytest.param(PAID[:, DAYS < "2024-01-01"].mean(axis=1), id="the mean salary known"),
        pytest.param(HELD[:, DAYS < "2024-01-01"].sum(axis=2).max(axis=1), id="the highest wealth known"),
        pytest.param(HELD[:, 0].sum(axis=1), id="wealth at joining"),
        pytest.param(ACTIVE[:, DAYS < "2024-01-01"].sum(axis=1), id="months known"),
        pytest.param(MET[:, 0], id="products and contacts known"),
        pytest.param(RANDOM.integers(1950, 2000, CUSTOMERS), id="what rows do not tell"),
    ],
)
def test_honest_columns_pass_beside_parts_of_the_rows(
    make_bank: Callable[..., Any], column: np.ndarray
) -> None:
    assert hindsights(make_bank(lively(column)), [FIRST]) == []


def test_a_mean_to_the_last_rank_is_named_though_hardly_any_of_it_came_later(
    make_bank: Callable[..., Any],
) -> None:
    steady = TRAIT[:, None] + RANDOM.normal(0, 6, AMOUNTS.shape)
    for column, told in ((steady.mean(axis=1), ["customer_asked"]), (TRAIT, [])):
        bank = tables(column)
        bank["transactions"]["amount"] = steady.ravel()
        found = hindsights(make_bank(bank), [FIRST])
        assert [one.feature for one in found] == told
        assert all(one.gap_before < GAP_MOST for one in found)


def test_what_some_rows_gave_before_is_no_hindsight_of_others(make_bank: Callable[..., Any]) -> None:
    """Pay that never changes is known by the first; the last amount is it only once the bonus is past."""
    bank = lively(SALARY)
    moved = bank["transactions"]
    pay, early = moved["category"] == "pay", moved["at"] < "2024-01-01"
    moved.loc[pay, "amount"] = SALARY[moved["customer_id"][pay]]
    moved.loc[pay, "at"] += pd.Timedelta(hours=1)
    bonus = pd.DataFrame({"customer_id": np.arange(CUSTOMERS), "amount": RANDOM.uniform(0, 900, CUSTOMERS)})
    bonus = bonus.assign(at=pd.Timestamp("2023-12-15"), category="bonus")
    bank["transactions"] = pd.concat([moved, bonus], ignore_index=True)
    assert hindsights(make_bank(bank), [FIRST]) == []
    moved.loc[pay & early, "amount"] = RANDOM.uniform(1000, 9000, (pay & early).sum())  # another pay
    bank["transactions"] = pd.concat([moved, bonus], ignore_index=True)
    [found] = hindsights(make_bank(bank), [FIRST])
    assert found.aggregate == "the last of transactions.amount"


def test_what_comes_to_be_known_of_a_part_waits_for_it(make_bank: Callable[..., Any]) -> None:
    """Of pay hardly anything was known before the first snapshot: a stated salary is judged at the next."""
    bank = lively(SALARY)
    moved = bank["transactions"]
    pay = moved["category"] == "pay"
    moved.loc[pay, "amount"] = SALARY[moved["customer_id"][pay]]
    late = moved[~pay | (moved["at"] >= "2024-02-01")].reset_index(drop=True)
    assert hindsights(make_bank({**bank, "transactions": late}), SNAPSHOTS) == []


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
