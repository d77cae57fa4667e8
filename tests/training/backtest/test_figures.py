"""Pictures show what there is, of the metric compared first."""

import numpy as np

from training.backtest.figures import backtest_figures
from training.backtest.walk import Backtest


def line(**keys: object) -> dict[str, object]:
    return {"metric": "average_precision", "value": 0.3, "low": 0.31, "high": 0.4, **keys}


def test_only_what_was_measured_is_drawn() -> None:
    undefined = line(snapshot="2024-02-01", low=np.nan, high=np.nan)
    other = {**line(snapshot="2024-03-01"), "metric": "roc_auc"}
    snapshots = (line(snapshot="2024-01-01"), undefined, other)
    pictures = backtest_figures(Backtest("churn", (), snapshots, (), ()))
    assert list(pictures) == ["snapshots"]
    axes = pictures["snapshots"].axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["2024-01-01"]
    assert axes.get_ylabel() == "average_precision"


def test_age_and_curve_have_their_own() -> None:
    curve = (line(by="customers", size=10), line(by="customers", size=20), line(by="snapshots", size=1))
    found = Backtest("churn", (), (line(snapshot="mean"),), (), (line(age_days=30),), curve)
    pictures = backtest_figures(found)
    assert list(pictures) == ["snapshots", "age", "curve_by_customers", "curve_by_snapshots"]
    assert len(pictures["curve_by_customers"].axes[0].get_xticks()) == 2
