"""A backtest as tables for a person, and as an MLflow run with a child for every snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from features.spec import BankSpec
from features.vocabulary import Model
from training.backtest.effect_lines import EVERY
from training.backtest.figures import backtest_figures
from training.backtest.walk import COMPARED, Backtest, Line
from training.runs import Run, record_study
from training.study_page import write_page
from training.uplift.slices import EFFECT, GAP, PREDICTED

SHOWN: Mapping[Model, Sequence[str]] = {Model.UPLIFT: (EFFECT, PREDICTED, GAP)}
CALIBRATION = ("calibration_error",)
"""Beside the metrics compared: of effects, and of probabilities."""
COUNTS = ("folds", "snapshots")
"""Over how many tests a line's figure is a mean."""
CURVE_NOTE = (
    "the learning curve's intervals leave out which customers were drawn to learn from: it was one draw"
)


def with_curve(found: Backtest, curve: Sequence[Line]) -> Backtest:
    """The same backtest with its learning curve, and what its intervals leave out."""
    return replace(found, curve=tuple(curve), notes=(*found.notes, CURVE_NOTE))


def tables(found: Backtest) -> dict[str, list[Line]]:
    """Titles and rows for a terminal: a row a snapshot, rule, age or size, each figure with its interval."""
    parts = {
        "By test snapshot, with 95 % intervals": (
            found.snapshots,
            ("snapshot", "action", "contacts", "tuned_on"),
        ),
        "Ahead of simple rules, on the same rows": (found.rules, ("rule", "action", "folds")),
        "What a model loses by age, against a fresh one": (found.ages, ("age_days", "snapshots", "action")),
        "Learning curve on the newest snapshot": (found.curve, ("by", "size", "rows", "heads")),
    }
    model = Model(found.model)
    shown = (*COMPARED[model], *SHOWN.get(model, CALIBRATION))
    return {f"{found.model}: {title}": _wide(lines, keys, shown) for title, (lines, keys) in parts.items()}


def record(spec: BankSpec, found: Backtest) -> str:
    """Record it with its page and plots; returns the run's id."""

    def write(folder: Path) -> None:
        everything = {name: getattr(found, name) for name in ("snapshots", "rules", "ages", "curve")}
        write_page(folder, f"Backtest of {found.model}", found.notes, everything, backtest_figures(found))

    names = list(dict.fromkeys(one["snapshot"] for one in found.snapshots))
    runs = [Run(f"backtest {found.model} {name}", metrics=_metrics(found, name)) for name in names]
    return record_study(spec, replace(runs[-1], name=f"backtest {found.model}"), runs[:-1], write)


def _metrics(found: Backtest, snapshot: str) -> dict[str, float]:
    lines = [one for one in found.snapshots if one["snapshot"] == snapshot]
    ends = (("", "value"), ("_low", "low"), ("_high", "high"))
    return {f"{one['metric']}{suffix}{_of_action(one)}": one[end] for one in lines for suffix, end in ends}


def _of_action(one: Line) -> str:
    """As a training names its metrics: without a colon, and the mean of all actions like any metric."""
    action = one.get("action", EVERY)
    return "" if action == EVERY else f".{action.replace(':', '.')}"


def _wide(lines: Sequence[Line], keys: Sequence[str], shown: Sequence[str]) -> list[Line]:
    rows: dict[tuple[object, ...], list[Line]] = {}
    for one in lines:
        if one["metric"] in shown:
            told = (one[key] for key in keys if key in one and key not in COUNTS)
            rows.setdefault(tuple(told), []).append(one)
    return [_row(own, keys) for own in rows.values()]


def _row(lines: Sequence[Line], keys: Sequence[str]) -> Line:
    """The figures of one row; those over fewer folds than the others say over how many."""
    most = max(lines, key=_folds)
    row: Line = {key: str(most[key]) for key in keys if key in most}
    for one in lines:
        told = f"{one['value']:.4f} [{one['low']:.4f}, {one['high']:.4f}]"
        row[one["metric"]] = told if _folds(one) == _folds(most) else f"{told} over {_folds(one)}"
    return row


def _folds(one: Line) -> int:
    return next((one[name] for name in COUNTS if name in one), 1)
