"""What would have been: refusals with their figures, warnings, and a known answer."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from features.errors import GateError
from serving.estimation.logged import checked
from serving.estimation.whatif import Choices, carried_out, choice_names, logged_names, whatif_of

if TYPE_CHECKING:
    from tests.serving.estimation.conftest import Log


def choices(
    rows: int, agreement: Any, unsupported: Any = 0.0, name: str = "cross_sell:loan by app"
) -> Choices:
    def column(value: Any) -> Any:
        return np.array(np.broadcast_to(value, rows), dtype=float)

    names = np.full(rows, name, dtype=object)
    return Choices(
        names, column(agreement), column(unsupported), column(0.0), column(0.0), np.ones(rows, dtype=bool)
    )


def table(log: "Log", rows: int, **columns: Any) -> pa.Table:
    whole = checked(log(rows, **columns))
    return whole.filter(pa.array(carried_out(whole)))


def test_only_what_was_carried_out_counts(log: "Log") -> None:
    assert table(log, 3, arm=["treatment", "control", "random"]).num_rows == 1


def test_too_small_an_effective_size_is_refused_with_the_figure(log: "Log") -> None:
    logged = table(log, 400, probability=0.5)
    agreement = np.r_[np.ones(150), np.zeros(250)]
    with pytest.raises(GateError, match=r"effective sample size 150\.0 of 400 decisions is below 200"):
        whatif_of(logged, choices(400, agreement))
    assert whatif_of(logged, choices(400, agreement), minimum_effective=150).effective_sample_size == 150


def test_no_overlap_is_refused_by_name(log: "Log") -> None:
    logged = table(log, 400, probability=[0.5] * 300 + [1.0] * 100)
    with pytest.raises(GateError, match=r"in 100 of 400 .* mostly cross_sell:loan by app \(100\)"):
        whatif_of(logged, choices(400, np.r_[np.ones(300), np.full(100, 0.9)]))
    with pytest.raises(GateError, match=r"in 21 of 400 .* \(21\)"):
        whatif_of(logged, choices(400, 1.0, np.r_[np.full(21, 0.1), np.zeros(379)]))


def test_a_few_without_overlap_are_left_out_and_told(log: "Log") -> None:
    logged = table(log, 400, accepted=[True] * 20 + [False] * 380)
    found = whatif_of(logged, choices(400, 1.0, np.r_[np.full(20, 0.1), np.zeros(380)]))
    assert (found.decisions, found.logged.estimate) == (380, -1.0)
    assert "no overlap in 20 of 400 decisions" in found.warnings[0]


def test_the_same_policy_earns_the_same(log: "Log") -> None:
    rng = np.random.default_rng(3)
    logged = table(log, 500, accepted=rng.random(500) < 0.2, expected_value=rng.random(500))
    same = choices(500, 1.0)
    same.worth[:] = same.logged_worth[:] = logged["expected_value"].to_numpy()
    found = whatif_of(logged, same)
    assert found.inverse_propensity == found.logged
    assert found.gain.estimate == pytest.approx(0, abs=1e-12)
    assert (found.agreement, found.effective_sample_size, found.warnings) == (1.0, 500, ())


def test_probabilities_that_do_not_fit_warn(log: "Log") -> None:
    """Half of the decisions agree where, at a probability of 0.2, a fifth should."""
    rng = np.random.default_rng(3)
    logged = table(log, 2_000, probability=0.2)
    (warning,) = whatif_of(logged, choices(2_000, rng.random(2_000) < 0.5)).warnings
    assert "where 1 is expected" in warning
    assert whatif_of(logged, choices(2_000, rng.random(2_000) < 0.2)).warnings == ()


def test_names_have_the_channel(log: "Log") -> None:
    logged = log(2, action=["retain", "nothing"], channel=["app", None])
    assert logged_names(logged).tolist() == ["retain by app", "nothing"]
    assert choice_names(np.array(["a"], object), np.array(["x"], object)).tolist() == ["a by x"]
