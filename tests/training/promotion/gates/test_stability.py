"""What moved, on boosters and customers whose movement is known."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import pyarrow as pa
import pytest

from features.contract import Calibration, FeatureColumn
from training.heads import FittedHead
from training.promotion.gates.case import Case, Finding, Side
from training.promotion.gates.stability import _weighing, check


@pytest.fixture
def found(case_of: Callable[..., Case], seen: Callable[..., pa.Table]) -> Callable[..., dict[str, Finding]]:
    def checked(shift: float, *, rows: int = 3000, **given: object) -> dict[str, Finding]:
        case = case_of(earlier=seen(5, rows=rows), newest=seen(6, shift, rows=rows), **given)
        return {one.gate.removeprefix("stability: "): one for one in check(case)}

    return checked


def test_customers_of_the_same_kind_are_stable(found: Callable[..., dict[str, Finding]]) -> None:
    findings = found(0.0)
    assert list(findings) == ["most moved feature", "most moved score"]
    assert all(one.passed for one in findings.values())
    assert float(findings["most moved score"].measured.split()[0]) < 0.02


def test_a_shift_moves_the_feature_and_the_score(found: Callable[..., dict[str, Finding]]) -> None:
    """Two normals a deviation and a half apart: an index of about 2 between deciles."""
    findings = found(1.5)
    feature = findings["most moved feature"]
    assert (feature.passed, feature.measured.split()[-1]) == (False, "balance")
    assert 1.5 < float(feature.measured.split()[0]) < 2.5
    assert (findings["most moved score"].passed, findings["most moved score"].limit) == (
        False,
        "low PSI <= 0.25",
    )
    within = {"feature_psi_most": 4.0, "psi_most": 4.0}
    assert all(one.passed for one in found(1.5, limits=within).values())


def test_of_few_customers_an_index_beyond_the_limit_is_chance(
    found: Callable[..., dict[str, Finding]],
) -> None:
    few = found(0.0, rows=60, limits={"feature_psi_most": 0.05, "psi_most": 0.05})
    assert float(few["most moved feature"].measured.split()[0]) > 0.05
    assert all(one.passed for one in few.values())


def test_only_what_weighs_may_move_it(
    side: Side, found: Callable[..., dict[str, Finding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert side.card is not None

    def worst(**importance: float) -> tuple[bool, str]:
        other = side.card.model_copy(update={"importance": importance}) if side.card else None
        feature = found(3.0, challenger=replace(side, card=other))["most moved feature"]
        return feature.passed, feature.measured.split()[-1]

    assert worst(visits=0.9, balance=0.1) == (False, "balance")
    # The trees look at the balance alone.
    assert worst(visits=0.995, balance=0.005) == (True, "enough")
    monkeypatch.setattr("training.promotion.gates.stability.FEATURES", 1)
    assert worst(visits=0.9, balance=0.1) == (True, "enough")


@pytest.fixture
def feature(case_of: Callable[..., Case], seen: Callable[..., pa.Table]) -> Callable[..., Finding]:
    """What is found of features that are made of customers and of the month, the last one the newest."""

    def checked(made: Callable[[pa.Table, int], pa.Table], months: int, **limits: float) -> Finding:
        days = [date(2024, month, 1) for month in range(1, months + 1)]
        tables = [made(seen(number, day=day), number) for number, day in enumerate(days)]
        wide = {"psi_most": 99.0} | limits
        case = case_of(earlier=pa.concat_tables(tables[:-1]), newest=tables[-1], limits=wide)
        return next(check(case))

    return checked


def put(table: pa.Table, name: str, values: np.ndarray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, pa.array(values))


def same_tenure(table: pa.Table, month: int) -> pa.Table:
    """All joined on one day."""
    return put(table, "balance", np.full(table.num_rows, 500.0 + 30 * month))


def seasonal(table: pa.Table, month: int, further: float = 0.0) -> pa.Table:
    """Of every third month other balances, of the newest month `further` ones."""
    moved = 0.75 * (month % 3 == 1) + further * (month == 4)
    return put(table, "balance", table["balance"].to_numpy() + moved)


def broken(table: pa.Table, month: int) -> pa.Table:
    """As ever, until the newest month."""
    return put(table, "balance", table["balance"].to_numpy() + 3.0 * (month == 4))


def test_a_tenure_of_customers_who_all_joined_on_one_day_is_judged_by_who_is_out_of_reach(
    feature: Callable[..., Finding],
) -> None:
    found = feature(same_tenure, 5)
    assert found.passed
    assert found.measured == "0.000 [0.000, 0.000] balance, of who is unknown or out of reach"


def test_a_tenure_that_is_lost_fails_however_far_apart_training_lies(
    feature: Callable[..., Finding],
) -> None:
    def lost(table: pa.Table, month: int) -> pa.Table:
        return put(
            same_tenure(table, month), "balance", np.full(table.num_rows, np.nan if month == 4 else month)
        )

    found = feature(lost, 5)
    assert (found.passed, "balance, of who is unknown" in found.measured) == (False, True)


def test_what_is_known_at_every_other_snapshot_alone_is_named_and_not_judged(
    feature: Callable[..., Finding],
) -> None:
    def now_and_then(table: pa.Table, month: int) -> pa.Table:
        return put(table, "balance", np.full(table.num_rows, np.nan if month % 2 else 500.0))

    found = feature(now_and_then, 5)
    assert found.passed
    assert found.measured == "none weighs enough; not judged, further apart within training: balance"


def test_a_season_that_training_had_may_come_again_within_twice_the_limit(
    feature: Callable[..., Finding],
) -> None:
    found = feature(seasonal, 5, feature_psi_most=0.25)
    assert found.passed
    assert float(found.measured.split()[1].strip("[,")) > 0.25
    assert found.limit.endswith(": 0.25, and what is usual for it or chance")
    assert not feature(partial(seasonal, further=0.5), 5, feature_psi_most=0.25).passed


def test_what_breaks_at_last_fails_whatever_training_was_like(feature: Callable[..., Finding]) -> None:
    found = feature(broken, 5)
    assert (found.passed, found.measured.split()[-1], found.limit) == (False, "balance", "low PSI <= 1")


def test_a_single_snapshot_of_training_tells_nothing_usual_and_that_is_said(
    feature: Callable[..., Finding],
) -> None:
    found = feature(same_tenure, 2)
    assert not found.passed
    assert found.limit == "low PSI <= 1, of one snapshot of training nothing is known to be usual"


def test_of_a_comparison_its_features_are_looked_at(
    side: Side, case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    """A rival of the balance and the visits has the gain; the trees look at the balance besides."""
    assert side.card is not None
    rival = FeatureColumn(name="visits", compares=("balance", "region"))
    contract = side.contract.model_copy(update={"columns": (side.contract.columns[0], rival)})
    other = replace(
        side, contract=contract, card=side.card.model_copy(update={"importance": {"visits": 1.0}})
    )
    assert _weighing(other) == {"balance", "region"}


def test_scores_are_compared_with_those_of_the_last_snapshots(
    case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    """Long before they were others."""
    days = [date(2023, month, 1) for month in range(1, 6)]
    earlier = pa.concat_tables([seen(place, 3.0 * (place < 2), day=day) for place, day in enumerate(days)])
    _, score = check(case_of(earlier=earlier, newest=seen(9)))
    assert score.gate == "stability: most moved score"
    assert float(score.measured.split()[0]) < 0.02


def test_base_rates_never_move(side: Side, found: Callable[..., dict[str, Finding]]) -> None:
    assert side.card is not None
    flat = FittedHead("churn", None, Calibration(kind="identity"), 0.1, 3)
    card = side.card.model_copy(update={"importance": {}})
    findings = found(3.0, challenger=replace(side, heads=(flat,), card=card))
    assert findings["most moved feature"].measured == "none weighs enough"
    assert findings["most moved score"].measured == "0.000 [0.000, 0.000] churn"
    assert all(one.passed for one in findings.values())


def test_a_champion_of_the_same_heads_is_held_beside_it(
    side: Side, found: Callable[..., dict[str, Finding]], seen: Callable[..., pa.Table]
) -> None:
    given = {"champion": side, "champion_newest": seen(6)}
    name = "scores from champion to challenger"
    assert found(0.0, **given)[name].measured.startswith("0.000 ")
    turned = Calibration(kind="platt", slope=-1.0)
    other = replace(side, heads=(replace(side.heads[0], calibration=turned),))
    assert not found(0.0, **given | {"champion": other})[name].passed
    product = replace(side, heads=(replace(side.heads[0], name="card"),))
    assert name not in found(0.0, **given | {"champion": product})


def test_where_none_of_trainings_snapshots_is_built_any_more_nothing_is_shown(
    case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    """Or whoever takes them away would be spared the comparison."""
    found = next(iter(check(case_of(earlier=None, newest=seen(9)))))
    assert (found.gate, found.passed) == ("stability: since training", False)
    assert "none of training's snapshots is built any more" in found.measured


def test_without_a_later_snapshot_that_is_told(
    side: Side, case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    [only] = check(case_of(newest=seen(6), later=False))
    assert (only.measured, only.passed) == ("no snapshot after training's", True)
    [nobody] = check(case_of())
    assert (nobody.measured, nobody.passed) == ("no customers to look at", True)
    given = {"newest": seen(6), "later": False, "champion": side, "champion_newest": seen(6)}
    told, beside = check(case_of(**given))
    assert beside.gate == "stability: scores from champion to challenger"
    assert (told.passed, beside.passed) == (True, True)
