"""Pictures show what there is, of the metric compared first, where it stands in time or by size."""

from datetime import date

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from training.backtest.figures import backtest_figures
from training.backtest.walk import Backtest, Line
from training.plots import drawn


def line(**keys: object) -> Line:
    return {"metric": "average_precision", "value": 0.3, "low": 0.31, "high": 0.4, **keys}


def ticks(axes: Axes) -> dict[str, float]:
    names = (text.get_text() for text in axes.get_xticklabels())
    return dict(zip(names, axes.get_xticks(), strict=True))


def test_only_what_was_measured_is_drawn() -> None:
    undefined = line(snapshot="2024-02-01", low=np.nan, high=np.nan)
    other = {**line(snapshot="2024-03-01"), "metric": "roc_auc"}
    snapshots = (line(snapshot="2024-01-01"), undefined, other)
    pictures = backtest_figures(Backtest("churn", (), snapshots, (), ()))
    assert list(pictures) == ["snapshots"]
    axes = pictures["snapshots"].axes[0]
    assert list(ticks(axes)) == ["2024-01-01"]
    assert axes.get_ylabel() == "average_precision"
    assert backtest_figures(Backtest("churn", (), (undefined, other), (), ())) == {}


def test_age_and_curve_have_their_own() -> None:
    curve = (line(by="customers", size=10), line(by="customers", size=20), line(by="snapshots", size=1))
    found = Backtest("churn", (), (line(snapshot="mean"),), (), (line(age_days=30),), curve)
    pictures = backtest_figures(found)
    assert list(pictures) == ["snapshots", "age", "curve_by_customers", "curve_by_snapshots"]
    assert len(pictures["curve_by_customers"].axes[0].get_xticks()) == 2
    assert all(text.startswith("<svg") for text in drawn(pictures).values())


def test_the_mean_lies_across_all_snapshots_and_is_none_of_them() -> None:
    days = ("2024-01-01", "2024-02-01", "2024-07-01")
    tests = tuple(line(snapshot=day, value=value) for day, value in zip(days, (0.5, 0.3, 0.1), strict=True))
    mean = line(snapshot="mean", value=0.33, low=0.31, high=0.36)
    axes = backtest_figures(Backtest("churn", (), (*tests, mean), (), ()))["snapshots"].axes[0]
    assert ticks(axes) == {day: date.fromisoformat(day).toordinal() for day in days}  # a gap stays a gap
    points, across = axes.get_lines()[0], [one for one in axes.get_lines() if one.get_label() == "mean"]
    assert points.get_ydata() == pytest.approx([0.5, 0.3, 0.1])
    assert [list(one.get_ydata()) for one in across] == [[0.33, 0.33]]
    assert list(across[0].get_xdata()) == [0, 1]  # of the width of the picture
    (band,) = (patch for patch in axes.patches if isinstance(patch, Rectangle))
    assert (band.get_y(), band.get_height()) == pytest.approx((0.31, 0.05))


def test_partitions_of_customers_are_not_joined_as_if_in_time() -> None:
    tests = tuple(line(snapshot=f"customers {place}") for place in (1, 2, 3))
    axes = backtest_figures(Backtest("churn", (), tests, (), ()))["snapshots"].axes[0]
    assert list(ticks(axes)) == ["customers 1", "customers 2", "customers 3"]
    assert axes.get_lines()[0].get_linestyle() == "None"


def test_sizes_stand_as_far_apart_as_their_ratio_and_ages_as_their_days() -> None:
    curve = tuple(line(by="customers", size=size) for size in (100, 200, 1600))
    ages = tuple(line(age_days=days) for days in (30, 61, 365))
    pictures = backtest_figures(Backtest("churn", (), (), (), ages, curve))
    axes = pictures["curve_by_customers"].axes[0]
    at = axes.transData.transform([(size, 0.3) for size in ticks(axes).values()])[:, 0]
    assert list(ticks(axes)) == ["100", "200", "1,600"]
    assert (at[2] - at[1]) / (at[1] - at[0]) == pytest.approx(3.0)
    assert ticks(pictures["age"].axes[0]) == {"30": 30, "61": 61, "365": 365}
