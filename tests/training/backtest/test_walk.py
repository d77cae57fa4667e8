"""A backtest shows a planted signal, its decay with age and what a rule misses, and does not look ahead."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInputError
from features.spec import BankSpec, WindowSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training.backtest.curve import learning_curve
from training.backtest.figures import backtest_figures
from training.backtest.folds import Past, walk_forward
from training.backtest.report import record, tables, with_curve
from training.backtest.walk import Backtest, Line, Walk, backtest
from training.dataset import Examples, Rows, number_customers
from training.heads import FittedHead, refit
from training.intervals import draw_customers
from training.registry import open_client

DAYS = [date(2024, month, 1) for month in range(1, 11)]
CUSTOMERS = 1500


def past(turning: float, copied: bool = False) -> Past:
    """Leaving follows the first signal at first, and turns to the second by so much a month.

    `copied` adds a feature that is the next month's label where the first window has ended by then.
    """
    random = np.random.default_rng(0)
    parts, labels = [], []
    for month in range(len(DAYS)):
        signals = random.normal(size=(CUSTOMERS, 2))
        angle = turning * month
        odds = 2.0 * (np.cos(angle) * signals[:, 0] + np.sin(angle) * signals[:, 1]) - 1.5
        labels.append((random.uniform(size=CUSTOMERS) < 1 / (1 + np.exp(-odds))).astype(float))
        days = np.exp(3 + 0.3 * signals[:, 0] + random.normal(size=CUSTOMERS))
        parts.append(np.column_stack([signals, days]))
    matrix, outcome = np.concatenate(parts), np.concatenate(labels)
    if copied:
        matrix[:, 1] = outcome + random.normal(scale=0.01, size=len(outcome))
    dates = pa.array(np.repeat(np.array(DAYS, "datetime64[D]"), CUSTOMERS))
    keys = pa.table({CUSTOMER_ID: np.tile(np.arange(CUSTOMERS), len(DAYS)), SNAPSHOT_DATE: dates})
    features = tuple((name, "number") for name in ("one", "two", "transactions_days_since_last"))
    rows = Rows(features, ("churn",), keys, matrix, pa.table({"none": [""] * len(outcome)}), outcome[:, None])
    return Past(rows, number_customers(keys), "")


def walk(spec: BankSpec, found: Past, most: int | None = None) -> Walk:
    spec = spec.model_copy(update={"window": WindowSpec(horizon_days=30)})
    folds = walk_forward(found.rows.keys, spec, most)
    return Walk(spec, Model.CHURN, found, folds, draw_customers(CUSTOMERS, 50, seed=0))


def of(lines: tuple[Line, ...], metric: str, **keys: Any) -> list[Line]:
    return [one for one in lines if one["metric"] == metric and keys.items() <= one.items()]


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Walk, Backtest]:
    tables = {"customers": {"path": "customers.csv"}}
    days = {"dates": (DAYS[0],)}
    spec = BankSpec(folder=tmp_path_factory.mktemp("bank"), name="Bank", tables=tables, snapshots=days)
    found = walk(spec, past(turning=0.15))
    return found, backtest(found)


def test_each_snapshot_and_the_mean_have_figures_with_intervals(turned: tuple[Walk, Backtest]) -> None:
    _, found = turned
    lines = of(found.snapshots, "roc_auc")
    assert [one["snapshot"] for one in lines] == [*(str(day) for day in DAYS[3:]), "mean"]
    assert all(0.5 < one["low"] < one["value"] < one["high"] < 0.95 for one in lines)
    assert lines[-1]["value"] == pytest.approx(np.mean([one["value"] for one in lines[:-1]]))
    widths = [one["high"] - one["low"] for one in lines]
    assert widths[-1] < min(widths[:-1])


def test_a_signal_that_turns_costs_more_with_age(turned: tuple[Walk, Backtest]) -> None:
    lost = of(turned[1].ages, "roc_auc")
    assert [one["snapshots"] for one in lost] == [6, 5, 4, 3, 2, 1]
    assert [one["age_days"] for one in lost][:2] == [30, 61]
    assert lost[4]["high"] < 0
    assert lost[4]["value"] < lost[1]["value"] < 0.005


def test_a_signal_that_stays_costs_nothing_with_age(spec: BankSpec) -> None:
    lost = of(backtest(walk(spec, past(turning=0.0), most=4)).ages, "roc_auc")
    assert all(abs(one["value"]) < 0.01 for one in lost)


def test_the_model_is_ahead_of_a_rule_that_sees_half(turned: tuple[Walk, Backtest]) -> None:
    (line,) = of(turned[1].rules, "roc_auc", rule="recency")
    assert line["low"] > 0.1
    assert line["value"] == pytest.approx(line["of_model"] - line["of_rule"])


def test_a_copy_of_the_label_shows_as_a_figure_no_model_reaches(spec: BankSpec) -> None:
    honest, leaking = (backtest(walk(spec, past(0.0, copied), most=1)) for copied in (False, True))
    assert of(leaking.snapshots, "roc_auc", snapshot="mean")[0]["value"] > 0.999
    assert of(honest.snapshots, "roc_auc", snapshot="mean")[0]["high"] < 0.95


def test_comparisons_are_tried_as_train_tries_them(spec: BankSpec) -> None:
    plain = past(turning=0.0)
    random = np.random.default_rng(1)
    matrix = np.exp(random.normal(scale=2.0, size=plain.rows.matrix.shape))
    chance = np.where(matrix[:, 0] > matrix[:, 1], 0.4, 0.05)
    labels = (random.random(len(chance)) < chance).astype(float)[:, None]
    found = replace(plain, rows=replace(plain.rows, matrix=matrix, labels=labels))
    (note,) = (note for note in backtest(walk(spec, found, most=1)).notes if "comparisons" in note)
    assert note.startswith(f"{DAYS[-1]}: ")
    assert note.endswith("kept")


def test_the_learning_curve_ends_at_all_data_and_rises_to_it(
    spec: BankSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = walk(spec, past(turning=0.0), most=1)
    served: list[pa.Table] = []

    def spied(heads: list[FittedHead], rows: Examples, *given: Any) -> list[FittedHead]:
        served.append(rows.keys)
        return refit(heads, rows, *given)

    monkeypatch.setattr("training.heads.refit", spied)
    curve = learning_curve(found)
    customers = of(tuple(curve), "skill", by="customers")
    assert [one["rows"] for one in customers] == sorted(one["rows"] for one in customers)
    assert customers[-1]["size"] == CUSTOMERS
    assert (customers[-1]["behind"], customers[-1]["behind_high"]) == (0.0, 0.0)
    assert all(one["behind"] < 0 for one in customers[:-1])
    assert min(one["behind"] for one in customers) < -0.003
    snapshots = of(tuple(curve), "skill", by="snapshots")
    assert [one["size"] for one in snapshots] == [1, 2, 4, 8, 9]
    everything, *smaller = served  # the last size of both is all there is, learnt once
    assert [one["rows"] for one in (*customers[:-1], *snapshots[:-1])] == [keys.num_rows for keys in smaller]
    assert customers[-1]["rows"] == snapshots[-1]["rows"] == everything.num_rows == 9 * CUSTOMERS
    assert smaller[3][SNAPSHOT_DATE].unique().to_pylist() == [DAYS[-2]]
    assert customers[0]["size"] == len(smaller[0][CUSTOMER_ID].unique())
    assert {one["heads"] for one in curve} == {1}


def test_a_size_that_teaches_no_head_tells_nothing(spec: BankSpec) -> None:
    found = past(turning=0.0)
    least = int(0.4 * found.rows.labels[: 6 * CUSTOMERS].sum())
    training = spec.training.model_copy(update={"minimum_positives": least})
    curve = learning_curve(walk(spec.model_copy(update={"training": training}), found, most=1))
    assert {one["heads"] for one in curve} == {1}
    everything = {one["size"] for one in of(tuple(curve), "skill", by="customers")}
    assert max(everything) == CUSTOMERS
    assert min(everything) > 0.4 * CUSTOMERS
    assert all(one["value"] > 0.6 for one in of(tuple(curve), "roc_auc"))


def test_nobody_leaving_is_refused_and_a_fold_without_leavers_left_out(spec: BankSpec) -> None:
    found = past(turning=0.0)
    nobody = replace(found, rows=replace(found.rows, labels=np.zeros_like(found.rows.labels)))
    with pytest.raises(BadInputError, match="learning needs both outcomes"):
        backtest(walk(spec, nobody))


def test_a_fold_without_leavers_leaves_the_means_of_the_others(spec: BankSpec) -> None:
    found = past(turning=0.0)
    silent_day = found.rows.keys[SNAPSHOT_DATE].to_numpy() == np.datetime64(DAYS[-2])
    labels = np.where(silent_day[:, None], 0.0, found.rows.labels)
    told = backtest(walk(spec, replace(found, rows=replace(found.rows, labels=labels)), most=3))
    every = of(told.snapshots, "roc_auc")
    assert [np.isfinite(one["value"]) for one in every] == [True, False, True, True]
    assert [one["folds"] for one in every] == [1, 1, 1, 2]
    assert every[-1]["value"] == pytest.approx(np.mean([every[0]["value"], every[2]["value"]]))
    assert of(told.snapshots, "brier", snapshot="mean")[0]["folds"] == 3
    (ahead,) = of(told.rules, "roc_auc", rule="recency")
    assert ahead["folds"] == 2
    assert 0.1 < ahead["low"] < ahead["value"] < ahead["high"]
    assert ahead["of_model"] == pytest.approx(every[-1]["value"])
    assert [(one["snapshots"], abs(one["value"]) < 0.02) for one in of(told.ages, "roc_auc")] == [
        (1, True),
        (1, True),
    ]
    assert [one["snapshots"] for one in of(told.ages, "skill")] == [2, 1]
    missing = "roc_auc, average_precision, lift_at_10pct"
    note = f"the outcomes of {DAYS[-2]} do not tell {missing}: left out of means and comparisons"
    assert note in told.notes


def test_rules_that_a_bank_cannot_have_are_not_beaten(spec: BankSpec) -> None:
    found = past(turning=0.0)
    matrix = found.rows.matrix.copy()
    matrix[:, 2] = np.nan  # no transactions, balances or interactions
    told = backtest(walk(spec, replace(found, rows=replace(found.rows, matrix=matrix)), most=1))
    assert told.rules == ()
    assert [note for note in told.notes if note.startswith("no rule recency:")]
    assert not tables(told)["churn: Ahead of simple rules, on the same rows"]


def test_a_rule_that_only_later_folds_can_form_is_compared_there(spec: BankSpec) -> None:
    found = past(turning=0.0)
    matrix = found.rows.matrix.copy()
    early = found.rows.keys[SNAPSHOT_DATE].to_numpy() < np.datetime64(DAYS[-2])
    matrix[early, 2] = np.nan  # only the newest fold learns from any row with transactions
    told = backtest(walk(spec, replace(found, rows=replace(found.rows, matrix=matrix)), most=2))
    (ahead,) = of(told.rules, "roc_auc", rule="recency")
    assert ahead["folds"] == 1
    assert ahead["of_model"] == of(told.snapshots, "roc_auc", snapshot=str(DAYS[-1]))[0]["value"]
    assert any(note.startswith(f"no rule recency as of {DAYS[-2]}: ") for note in told.notes)


def test_it_is_recorded_as_nested_runs_with_its_page(
    turned: tuple[Walk, Backtest], spec: BankSpec, with_database: Callable[[BankSpec], BankSpec]
) -> None:
    found = with_curve(turned[1], learning_curve(turned[0]))
    client = open_client(spec)
    run = client.get_run(record(spec, found))
    children = client.search_runs(
        [run.info.experiment_id], filter_string=f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
    )
    assert {one.info.run_name for one in children} == {f"backtest churn {day}" for day in DAYS[3:]}
    assert run.data.metrics["roc_auc"] == of(found.snapshots, "roc_auc", snapshot="mean")[0]["value"]
    files = {one.path for one in client.list_artifacts(run.info.run_id)}
    assert {"report.html", "snapshots.svg", "age.svg", "curve_by_customers.svg"} <= files
    assert [len(rows) for rows in tables(found).values()] == [8, 1, 6, 9]
    assert any("intervals leave out" in note for note in found.notes)


def test_a_single_product_is_compared_by_what_needs_no_ranking_of_products(spec: BankSpec) -> None:
    found = past(turning=0.0)
    found = replace(found, rows=replace(found.rows, heads=("card",)))
    walked = replace(walk(spec, found, 2), model=Model.PROPENSITY)
    told = with_curve(backtest(walked), learning_curve(walked))
    named = ["average_precision", "roc_auc", "skill"]
    assert [one["metric"] for one in told.rules if one["rule"] == "recency"] == named
    assert [one["metric"] for one in told.ages] == named
    assert {one["metric"] for one in told.curve} == set(named)
    assert of(told.snapshots, "skill", snapshot="mean")[0]["low"] > 0
    pictures = backtest_figures(told)
    assert {"snapshots", "age", "curve_by_customers", "curve_by_snapshots"} == set(pictures)
    assert pictures["snapshots"].axes[0].get_ylabel() == "average_precision"
