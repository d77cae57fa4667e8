"""What was watched as JSON and as one page, beside the bank's models."""

import math
import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel

from features.json_text import json_text
from features.spec import BankSpec
from features.vocabulary import Model
from training.intervals import Interval
from training.monitor.charts import moved_chart, ranking_chart, rates_chart, scores_chart
from training.monitor.model import FORETOLD, WatchedModel
from training.monitor.watch import Watch

ROWS_SHOWN = 25
NAMES: Final = {
    Model.CHURN: ("Churn", "流失"),
    Model.PROPENSITY: ("Propensity", "购买倾向"),
    Model.UPLIFT: ("Uplift", "增益"),
}


def write(spec: BankSpec, watch: Watch) -> Path:
    """Write the JSON and then the page under the bank's state, each aside first; returns the page."""
    folder = spec.state / "monitor"
    folder.mkdir(parents=True, exist_ok=True)
    name = watch.snapshot.isoformat()
    _write(folder / f"{name}.json", json_text(as_dict(watch), indent=1))
    return _write(folder / f"{name}.html", render(watch))


def as_dict(watch: Watch) -> dict[str, Any]:
    """Everything but single scores, as plain values; what is undefined is null."""
    plain = _plain(watch)
    return {**plain, "retrain": watch.verdict.advice == "retrain", "passed": not watch.findings}


def render(watch: Watch) -> str:
    """The page's HTML; everything that comes from the bank is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["span"] = _span
    environment.tests["infinite"] = math.isinf
    template = environment.from_string(
        (files("training.monitor") / "report.html").read_text(encoding="utf-8")
    )
    return template.render(watch=watch, parts=[_part(one) for one in watch.models])


def _part(one: WatchedModel) -> dict[str, Any]:
    """One model with its drawings: these are ours, numbers and feature names turned into paths."""
    moved = [*one.scores, *one.columns]
    foretold = one.model in FORETOLD
    drawn = {
        "rates": rates_chart(one.outcomes) if one.outcomes else "",
        "ranking": ranking_chart(one.outcomes, one.tested, one.estimate) if foretold else "",
        "scores": _scores(one, probabilities=foretold),
        "moved": moved_chart(moved) if moved else "",
    }
    judged = [row for row in moved if not row.restless]
    rows = sorted(judged, key=lambda row: row.limit - row.psi)[:ROWS_SHOWN]
    coarse = [row.name for row in moved if row.coarse]
    restless = [row.name for row in moved if row.restless]
    svg = {name: Markup(text) for name, text in drawn.items()}  # noqa: S704 - our own drawings
    return {
        "model": one,
        "name": NAMES[one.model],
        "foretold": foretold,
        "rows": rows,
        "coarse": coarse,
        "restless": restless,
        **svg,
    }


def _scores(one: WatchedModel, *, probabilities: bool) -> str:
    if not len(one.scores_before) or not len(one.scores_now):
        return ""
    return scores_chart(one.scores_before, one.scores_now, probabilities=probabilities)


def _span(found: Interval, digits: int) -> str:
    return f"{found.value:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        shown = {one.name: getattr(value, one.name) for one in fields(value) if one.repr}
        return {name: _plain(item) for name, item in shown.items()}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, date) else value


def _write(path: Path, text: str) -> Path:
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return path
