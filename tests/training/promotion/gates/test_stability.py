"""What moved, on boosters and customers whose movement is known."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest

from features.contract import Calibration
from training.heads import FittedHead
from training.promotion.gates.case import Case, Finding, Side
from training.promotion.gates.stability import check


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
    assert worst(visits=0.995, balance=0.005) == (True, "visits")
    monkeypatch.setattr("training.promotion.gates.stability.FEATURES", 1)
    assert worst(visits=0.9, balance=0.1) == (True, "visits")


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


def test_without_a_later_snapshot_that_is_told(
    side: Side, case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    for given in ({"newest": seen(6), "later": False}, {"newest": seen(6)}):
        [only] = check(case_of(**given))
        assert (only.measured, only.passed) == ("no snapshot after training's", True)
    [nobody] = check(case_of())
    assert (nobody.measured, nobody.passed) == ("no customers to look at", True)
    given = {"newest": seen(6), "later": False, "champion": side, "champion_newest": seen(6)}
    told, beside = check(case_of(**given))
    assert beside.gate == "stability: scores from champion to challenger"
    assert (told.passed, beside.passed) == (True, True)
