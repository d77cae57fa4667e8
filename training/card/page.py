"""A card as one HTML page without outside resources."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from training.card.card import Card, Range, SelectionFacts, SliceFacts
from training.slices import ALL, SNAPSHOT

FIGURES: Final = {
    "roc_auc": "ROC-AUC",
    "average_precision": "average precision",
    "map_at_7": "MAP@7",
    "calibration_error": "calibration error",
    "observed_to_expected": "observed / expected",
    "qini": "Qini",
    "average_effect": "effect",
    "predicted_effect": "predicted",
    "effect_gap": "effect less predicted",
}
TITLES: Final = {SNAPSHOT: "By snapshot", "tier": "By tier", "customer_kind": "By kind"}
CAPTIONS: Final = {
    "gain": "Whom it finds: share of positives against share contacted",
    "calibration": "Whether its probabilities hold: share come true against what was said",
    "calibration_by_tier": "The same by tier; bars are 95 % intervals",
    "qini": "Whom it finds: additional outcomes a customer against share contacted, by action",
    "calibration_of_effects": "Whether its effects hold: observed against predicted; bars are 95 % intervals",
    "importance": "What it looks at: share of the boosters' gain by feature",
}

PAIRS = "customers × products"
"""What figures over several heads count, but for those of a customer's ranking."""


def card_page(card: Card, pictures: Mapping[str, str]) -> str:
    """The page, with every picture, an SVG element by name, in it."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((files("training.card") / "card.html").read_text(encoding="utf-8"))
    captioned = [
        (CAPTIONS.get(name, name), Markup(svg))  # noqa: S704 - drawn by us, its texts as outlines
        for name, svg in pictures.items()
    ]
    rows = PAIRS if len(card.heads) > 1 else "rows"
    return template.render(
        card=card,
        effects=any(row.arms for row in card.slices),
        whole=[table(found, rows) for found in [card.of(ALL)] if found],
        parts=[(TITLES[by], table(card.of(by), rows)) for by in TITLES if card.of(by)],
        fairness=[(by, table(card.of(by), rows)) for by in card.sensitive if card.of(by)],
        selection={by: by_head(found) for by in card.sensitive if (found := _selections(card, by))},
        pictures=captioned,
    )


def table(rows: Sequence[SliceFacts], counted: str = "rows") -> dict[str, Any]:
    """A table of groups: its columns, and a line a group of texts, those too small to be judged marked.

    `counted` is what a row of it counts.
    """
    shown = [name for name in FIGURES if any(name in row.figures for row in rows)]
    lines = [
        {
            "group": _named(row),
            "cells": [*_counts(row, counted).values(), *(told(row.figures.get(name)) for name in shown)],
            "small": row.small,
        }
        for row in rows
    ]
    return {"columns": [*_counts(rows[0], counted), *(FIGURES[name] for name in shown)], "lines": lines}


def _named(row: SliceFacts) -> str:
    return row.group if not row.head else row.head if row.by == ALL else f"{row.head}, {row.group}"


def _counts(row: SliceFacts, counted: str) -> dict[str, str]:
    """How many there are, by the column that tells it: of each arm where there are arms."""
    found = {counted: row.rows, "positives": row.positives}
    if row.arms:
        found = {f"{arm.name}: contacts": arm.rows for arm in row.arms}
        found |= {f"{arm.name}: outcomes": arm.positives for arm in row.arms}
    return {name: f"{number:,}" for name, number in found.items()}


def by_head(rows: Sequence[SelectionFacts]) -> dict[str, Any]:
    """A table of whom heads select: a column a group, a line a head."""
    groups = sorted({row.group for row in rows})
    cells = {(row.head, row.group): _selection(row) for row in rows}
    heads = dict.fromkeys(row.head for row in rows)
    lines = [
        {"group": head, "cells": [cells.get((head, group), "–") for group in groups], "small": False}
        for head in heads
    ]
    return {"columns": groups, "lines": lines}


def _selections(card: Card, by: str) -> list[SelectionFacts]:
    return [one for one in card.selections if one.by == by]


def _selection(row: SelectionFacts) -> str:
    if row.small:
        return f"{row.rows} rows"
    ends = ["∞" if end is None else f"{end:.2f}" for end in (row.value, row.low, row.high)]
    return "{} [{}, {}]".format(*ends)


def told(found: Range | None) -> str:
    """A figure and its interval, as text."""
    if found is None:
        return "–"
    if found.low is None or found.high is None:
        return f"{found.value:.3g}"
    return f"{found.value:.3g} [{found.low:.3g}, {found.high:.3g}]"
