"""A backtest of uplift shows a planted effect, what age costs and orders miss, and does not look ahead."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.errors import BadInputError
from features.spec import BankSpec
from training.backtest.contact_folds import numbered, walk_contacts
from training.backtest.effects import ContactWalk, backtest_effects, learn_effects
from training.backtest.report import record, tables
from training.backtest.walk import Backtest
from training.intervals import draw_customers
from training.registry import open_client
from training.uplift.contacts import Contacts


def walk(found: Contacts, spec: BankSpec, most: int | None = None) -> ContactWalk:
    customer, (folds, notes) = numbered(found), walk_contacts(found, spec, most)
    return ContactWalk(
        spec, found, folds, notes, customer, draw_customers(int(customer.max()) + 1, 50, seed=0)
    )


def of(lines: Any, metric: str, **keys: Any) -> list[dict[str, Any]]:
    return [one for one in lines if one["metric"] == metric and keys.items() <= one.items()]


@pytest.fixture(scope="module")
def planted(make_contacts, tmp_path_factory: pytest.TempPathFactory) -> Backtest:
    tables, days = {"customers": {"path": "c.csv"}}, {"dates": (date(2024, 1, 1),)}
    given = {"tables": tables, "snapshots": days, "window": {"horizon_days": 30}}
    spec = BankSpec(folder=tmp_path_factory.mktemp("bank"), name="Bank", **given)
    return backtest_effects(walk(make_contacts(), spec, most=3))


def test_the_planted_effect_is_ranked_and_told(planted: Backtest) -> None:
    """Half gain 0.3, half lose it: a Qini of 0.075 at best, and no effect on average."""
    lines = of(planted.snapshots, "qini", action="retain")
    assert [one["snapshot"] for one in lines] == ["2024-04-01", "2024-05-01", "2024-06-01", "mean"]
    assert 0.03 < lines[-1]["low"] < lines[-1]["value"] < 0.1
    [effect] = of(planted.snapshots, "average_effect", snapshot="mean", action="retain")
    assert effect["value"] == pytest.approx(0.0, abs=0.06)
    [gap] = of(planted.snapshots, "effect_gap", snapshot="mean", action="all")
    assert gap["low"] < 0 < gap["high"]
    weights = [one["contacts"] for one in lines[:-1]]
    assert lines[-1]["value"] == pytest.approx(
        np.average([one["value"] for one in lines[:-1]], weights=weights)
    )


def test_the_model_is_ahead_of_orders_that_know_no_effect(planted: Backtest) -> None:
    lines = of(planted.rules, "qini", action="retain")
    assert [one["rule"] for one in lines] == ["random", "response", "recency", "tier"]
    assert all(one["low"] > 0 for one in lines)
    assert all(one["value"] == pytest.approx(one["of_model"] - one["of_rule"]) for one in lines)
    assert lines[0]["of_rule"] == pytest.approx(0.0, abs=1e-12)
    [auuc] = of(planted.rules, "auuc", rule="random", action="retain")
    [effect] = of(planted.snapshots, "average_effect", snapshot="mean", action="retain")
    assert auuc["of_rule"] == pytest.approx(effect["value"] / 2)


def test_an_effect_that_stays_costs_nothing_with_age(planted: Backtest) -> None:
    lost = of(planted.ages, "qini", action="retain")
    assert [(one["age_days"], one["snapshots"]) for one in lost] == [(30, 2), (61, 1)]
    assert all(abs(one["value"]) < 0.02 for one in lost)


def test_an_effect_that_turns_costs_with_age(make_contacts, horizon: BankSpec) -> None:
    """In January it follows the signal, from March on nearly nobody's does."""
    found = make_contacts(turning=0.45)
    walked = walk(found, horizon)
    walked = replace(walked, folds=[walked.folds[0], walked.folds[-1]])
    lost = of(backtest_effects(walked).ages, "qini", action="retain")
    assert [one["snapshots"] for one in lost] == [1]
    assert lost[0]["age_days"] == 121
    assert lost[0]["high"] < -0.02


def followed(found: Contacts, later: pd.Timestamp) -> Contacts:
    """The same contacts, followed by others: turned outcomes, values and an action never seen before."""
    after = (found.contacts["day"] >= later).to_numpy()
    unknown = (found.panel["snapshot_date"] >= later - pd.Timedelta(days=30)).to_numpy()
    frame, panel = found.contacts.copy(), found.panel.copy()
    frame.loc[after, "outcome"] = 1 - frame.loc[after, "outcome"]
    panel.loc[unknown, "retain"] = 1 - panel.loc[unknown, "retain"]
    panel["cross_sell:card"] = panel["retain"].where(unknown)
    last = np.flatnonzero(after)[::2]
    frame.loc[last, "action"] = "cross_sell:card"
    texts = np.array(found.rows.texts["tier"].to_pylist(), dtype=object)
    texts[np.flatnonzero(np.concatenate([after, unknown]))] = "unheard of"
    order = np.argsort(frame["action"], kind="stable")
    places = np.concatenate([order, len(frame) + np.arange(len(panel))])
    rows = replace(found.rows, texts=pa.table({"tier": texts.tolist()})).take(places)
    return Contacts(frame.iloc[order].reset_index(drop=True), panel, rows, {})


def test_what_comes_later_changes_nothing(make_contacts, horizon: BankSpec) -> None:
    found = make_contacts(months=5)
    alone = walk(found, horizon)
    fold = alone.folds[1]
    assert fold.tests["retain"].name == "2024-03-01"
    mine = learn_effects(alone, fold)
    other = learn_effects(walk(followed(found, pd.Timestamp(fold.begins)), horizon), fold)
    assert mine.columns == other.columns
    matrix = alone.test("retain", fold, mine.columns).matrix
    np.testing.assert_array_equal(
        mine.effects["retain"].predict(matrix), other.effects["retain"].predict(matrix)
    )
    for name, order in mine.orders["retain"].items():
        np.testing.assert_array_equal(order(matrix), other.orders["retain"][name](matrix))


def test_what_came_earlier_does_change_it(make_contacts, horizon: BankSpec) -> None:
    """Else the test before would prove nothing."""
    found = make_contacts(months=5)
    alone = walk(found, horizon)
    fold = alone.folds[1]
    mine = learn_effects(alone, fold)
    known = found.contacts["day"] < "2024-02-01"
    frame = found.contacts.assign(
        outcome=found.contacts["outcome"].where(~known, 1 - found.contacts["outcome"])
    )
    other = learn_effects(walk(replace(found, contacts=frame), horizon), fold)
    matrix = alone.test("retain", fold, mine.columns).matrix
    assert (mine.effects["retain"].predict(matrix) != other.effects["retain"].predict(matrix)).any()


def test_where_nothing_can_be_judged_every_reason_is_given(make_contacts, horizon: BankSpec) -> None:
    with pytest.raises(BadInputError) as refused:
        backtest_effects(walk(make_contacts(months=1), horizon))
    why = (
        "retain: the treatment arm is too small: of 0 contacts 0 with the outcome and 0 without, at least 10"
    )
    assert str(refused.value) == (
        f"A Bank: no uplift can be backtested:\n  not judged: {why} of either kind are needed, "
        "of those known by 2024-01-04"
    )


def test_arms_that_customers_foretell_are_left_out(make_contacts, horizon: BankSpec) -> None:
    found = make_contacts(months=2)
    treated = found.contacts["treated"].to_numpy()
    found.rows.matrix[: len(treated), 1] = treated
    with pytest.raises(BadInputError, match=r"\n  2024-02-01 left out: retain: .* features foretell the arm"):
        backtest_effects(walk(found, horizon))


def test_actions_of_one_kind_are_judged_each_and_together(make_contacts, horizon: BankSpec) -> None:
    found = backtest_effects(
        walk(make_contacts(actions=("cross_sell:card", "cross_sell:loan")), horizon, most=2)
    )
    means = of(found.snapshots, "qini", snapshot="mean")
    assert [one["action"] for one in means] == ["cross_sell:card", "cross_sell:loan", "all"]
    assert means[2]["value"] == pytest.approx(np.mean([one["value"] for one in means[:2]]))
    assert means[2]["low"] > 0


def test_it_is_recorded_as_nested_runs_with_its_page(
    planted: Backtest, spec: BankSpec, with_database: Callable[[BankSpec], BankSpec]
) -> None:
    client = open_client(spec)
    run = client.get_run(record(spec, planted))
    children = client.search_runs(
        [run.info.experiment_id], filter_string=f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
    )
    days = ("2024-04-01", "2024-05-01", "2024-06-01")
    assert {one.info.run_name for one in children} == {f"backtest uplift {day}" for day in days}
    [mean] = of(planted.snapshots, "qini", snapshot="mean", action="retain")
    assert run.data.metrics["qini.retain"] == mean["value"]
    assert run.data.metrics["qini_low.retain"] == mean["low"]
    assert "qini" in run.data.metrics
    files = {one.path for one in client.list_artifacts(run.info.run_id)}
    assert {"report.html", "snapshots.svg", "age.svg"} <= files
    shown = list(tables(planted).values())
    assert [len(rows) for rows in shown] == [5, 8, 4, 0]
    assert list(shown[0][0])[:4] == ["snapshot", "action", "contacts", "qini"]
