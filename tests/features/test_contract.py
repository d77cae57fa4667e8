"""The contract between training and serving: features by name, calibration as numbers."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from features.contract import (
    Calibration,
    FeatureColumn,
    Head,
    ModelContract,
    TierShift,
    asks_the_same,
    check_names,
    encode,
)
from features.errors import BadInputError
from features.spec import WindowSpec

COLUMNS = (FeatureColumn(name="age"), FeatureColumn(name="city", categories=("bern", "ulm")))


def contract(*names: str, base_rate: float = 0.1) -> ModelContract:
    head = Head(
        name="churn",
        booster_file=None,
        calibration=Calibration(kind="identity"),
        base_rate=base_rate,
        positives=3,
    )
    return ModelContract(
        model="churn",
        feature_service="churn-1a2b3c4d",
        columns=tuple(FeatureColumn(name=name) for name in names),
        heads=(head,),
        gap_days=0,
        horizon_days=90,
        train_snapshots=("2024-01-01",),
        fingerprint="f",
    )


def test_features_are_taken_by_name_and_categories_become_codes() -> None:
    features = pa.table(
        {"city": ["ulm", "bern", "oslo", None], "other": [0, 0, 0, 0], "age": [30, None, 50, 60]}
    )
    matrix = encode(features, COLUMNS)
    np.testing.assert_array_equal(matrix, [[30, 1], [np.nan, 0], [50, np.nan], [60, np.nan]])


@pytest.mark.parametrize(
    ("model", "gap", "horizon", "same"),
    [
        ("churn", 0, 90, True),
        ("churn", 0, 30, False),
        ("churn", 7, 90, False),
        ("uplift", 7, 90, True),  # an effect begins with the contact, whatever the gap
        ("uplift", 0, 30, False),
    ],
)
def test_a_model_answers_for_the_window_it_was_trained_for(
    model: str, gap: int, horizon: int, same: bool
) -> None:
    trained = contract("age").model_copy(update={"model": model})
    assert asks_the_same(trained, WindowSpec(gap_days=gap, horizon_days=horizon)) is same


def test_a_comparison_is_computed_from_the_columns_it_names() -> None:
    columns = (FeatureColumn(name="fall", compares=("then", "now")), *map(_number, ("now", "then")))
    features = pa.table({"then": [3.0, -1.0, 0.0, None, 2.0], "now": [1.0, 1.0, 0.0, 1.0, 2.0]})
    found = encode(features, columns)[:, 0]
    np.testing.assert_array_equal(found, [0.5, -1.0, np.nan, np.nan, 0.0])
    with pytest.raises(BadInputError, match="missing for the model: then"):
        encode(features.drop_columns("then"), columns)


def test_a_contract_compares_numbers_it_has_and_tells_features_from_comparisons() -> None:
    good = contract("now", "then")
    fall = FeatureColumn(name="fall", compares=("then", "now"))
    whole = ModelContract.model_validate({**dict(good), "columns": (*good.columns, fall)})
    assert (whole.names, whole.features) == (["now", "then", "fall"], ["now", "then"])
    with pytest.raises(ValidationError, match="no numbers to compare: gone"):
        wrong = FeatureColumn(name="fall", compares=("gone", "now"))
        ModelContract.model_validate({**dict(good), "columns": (*good.columns, wrong)})


def _number(name: str) -> FeatureColumn:
    return FeatureColumn(name=name)


def test_features_that_are_missing_are_named() -> None:
    with pytest.raises(BadInputError, match="missing for the model: city"):
        encode(pa.table({"age": [1.0]}), COLUMNS)


def test_text_in_place_of_a_number_is_refused() -> None:
    with pytest.raises(BadInputError, match="feature age: the model expects a number"):
        encode(pa.table({"age": ["1"], "city": ["ulm"]}), COLUMNS)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (["a"], r"missing: \['b'\]"),
        (["a", "b", "c"], r"unknown: \['c'\]"),
        (["b", "a"], "column 0 should be 'a' but is 'b'; columns are swapped"),
    ],
)
def test_columns_that_differ_are_refused_by_name(found: list[str], says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        check_names(["a", "b"], found, "service")


def test_columns_that_agree_pass() -> None:
    check_names(["a", "b"], ["a", "b"], "service")


def test_isotonic_calibration_joins_its_points_and_is_flat_outside() -> None:
    calibration = Calibration(kind="isotonic", x=(0.2, 0.6), y=(0.1, 0.5))
    np.testing.assert_allclose(
        calibration.overall(np.array([0.0, 0.2, 0.3, 0.6, 1.0])), [0.1, 0.1, 0.2, 0.5, 0.5]
    )


def test_platt_calibration_is_a_sigmoid_of_the_log_odds() -> None:
    calibration = Calibration(kind="platt", slope=2.0, intercept=math.log(3.0))
    # Odds of 1/2 squared, times 3: 3/4, a probability of 3/7.
    np.testing.assert_allclose(calibration.overall(np.array([1 / 3])), [3 / 7])
    assert 0.0 < calibration.overall(np.array([0.0]))[0] < 1e-20


def test_no_calibration_changes_nothing() -> None:
    raw = np.array([0.0, 0.3, 1.0])
    np.testing.assert_array_equal(Calibration(kind="identity").overall(raw), raw)


SHIFT = TierShift(column="tier", place=1, log_odds=(math.log(2.0), 0.0, -math.log(3.0)))


def test_a_tier_multiplies_the_odds_and_an_unknown_one_does_not() -> None:
    calibration = Calibration(kind="isotonic", x=(0.0, 1.0), y=(0.0, 0.5), shift=SHIFT)
    tiers = np.array([[7.0, code] for code in (0, 1, 2, np.nan)])
    # A probability of 1/4 has odds of 1/3: doubled 2/5, a third of them 1/10.
    found = calibration.apply(np.full(4, 0.5), tiers)
    np.testing.assert_allclose(found, [2 / 5, 1 / 4, 1 / 10, 1 / 4])
    np.testing.assert_array_equal(found[[1, 3]], 0.25)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20).map(sorted), st.sampled_from([0, 1, 2, np.nan]))
def test_within_a_tier_a_shift_keeps_ranks_and_certainties(rising: list[float], code: float) -> None:
    probability = np.array([0.0, *rising, 1.0])
    found = SHIFT.apply(probability, np.full((len(probability), 2), code))
    assert (np.diff(found) >= 0).all()
    assert (found[0], found[-1]) == (0.0, 1.0)


def shifted(shift: TierShift) -> ModelContract:
    good = contract("age")
    tier = FeatureColumn(name="tier", categories=("dormant", "low_value", "valuable"))
    head = good.heads[0].model_copy(update={"calibration": Calibration(kind="identity", shift=shift)})
    return ModelContract.model_validate({**dict(good), "columns": (*good.columns, tier), "heads": (head,)})


def test_a_shift_must_find_its_column_and_as_many_categories() -> None:
    found = shifted(SHIFT)
    assert ModelContract.model_validate_json(found.model_dump_json()) == found
    for place in (0, 2):
        with pytest.raises(ValidationError, match=f"churn: column {place} is not 'tier', which shifts it"):
            shifted(SHIFT.model_copy(update={"place": place}))
    with pytest.raises(ValidationError, match="as many shifts as 'tier' has categories are needed"):
        shifted(SHIFT.model_copy(update={"log_odds": (0.1, 0.2)}))


@pytest.mark.parametrize("wrong", [{"place": -1}, {"log_odds": [math.inf, 0, 0]}, {"strength": 1}])
def test_a_shift_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        TierShift.model_validate(SHIFT.model_dump() | wrong)


def test_a_calibration_stored_before_there_were_shifts_is_read() -> None:
    before = '{"kind": "platt", "x": [], "y": [], "slope": 0.5, "intercept": -0.25}'
    found = Calibration.model_validate_json(before)
    assert found == Calibration(kind="platt", slope=0.5, intercept=-0.25)
    raw = np.array([0.1, 0.9])
    np.testing.assert_array_equal(found.apply(raw, np.empty((2, 0))), found.overall(raw))


def test_repeated_feature_names_are_refused() -> None:
    with pytest.raises(ValidationError, match="feature names repeat"):
        contract("a", "a")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_contract_survives_json_to_the_last_bit(base_rate: float) -> None:
    before = contract("b", "a", base_rate=base_rate)
    after = ModelContract.model_validate_json(before.model_dump_json())
    assert after == before
    assert after.names == ["b", "a"]
