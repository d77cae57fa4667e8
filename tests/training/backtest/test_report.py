"""Tables for a terminal have a row a snapshot and a column a compared metric."""

from training.backtest.report import tables, with_curve
from training.backtest.walk import Backtest


def line(metric: str, **keys: object) -> dict[str, object]:
    return {"metric": metric, "value": 0.5, "low": 0.4, "high": 0.6, **keys}


def test_figures_stand_in_rows_with_their_intervals() -> None:
    lines = tuple(
        line(metric, snapshot=day, tuned_on=day == "mean")
        for day in ("a", "mean")
        for metric in ("roc_auc", "brier", "skill")
    )
    size = line("skill", by="customers", size=9, rows=90, heads=1)
    found = with_curve(Backtest("churn", (), lines, (), ()), [size])
    shown = list(tables(found).values())
    text = "0.5000 [0.4000, 0.6000]"
    assert shown[0] == [
        {"snapshot": day, "tuned_on": marked, "roc_auc": text, "skill": text}
        for day, marked in (("a", "False"), ("mean", "True"))
    ]
    assert shown[1] == shown[2] == []
    assert "over" not in str(shown)
    assert shown[3] == [{"by": "customers", "size": "9", "rows": "90", "heads": "1", "skill": text}]


def test_a_figure_over_fewer_folds_than_its_rows_others_says_so() -> None:
    rules = tuple(line(metric, rule="tier", folds=folds) for metric, folds in (("roc_auc", 5), ("skill", 6)))
    ages = tuple(
        line(metric, age_days=30, snapshots=number) for metric, number in (("skill", 4), ("roc_auc", 3))
    )
    _, ahead, lost, _ = tables(Backtest("churn", (), (), rules, ages)).values()
    text = "0.5000 [0.4000, 0.6000]"
    assert ahead == [{"rule": "tier", "folds": "6", "roc_auc": f"{text} over 5", "skill": text}]
    assert lost == [{"age_days": "30", "snapshots": "4", "skill": text, "roc_auc": f"{text} over 3"}]
