"""One HTML page of a study: notes, tables and pictures, without outside resources."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from training.plots import drawn, write_pictures

STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "td,th{padding:.1rem .8rem;text-align:right;border-bottom:1px solid #ddd}"
    "svg{max-width:100%;height:auto}"
)


def write_page(
    folder: Path,
    title: str,
    notes: Sequence[str],
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    figures: Mapping[str, Figure],
) -> Path:
    """Write the page into an existing folder, and every picture beside it as SVG; returns the page."""
    pictures = drawn(figures)
    write_pictures(pictures, folder)
    body = [f"<h1>{escape(title)}</h1>", *(f"<p>{escape(note)}</p>" for note in notes)]
    body += pictures.values()
    body += [f"<h2>{escape(name)}</h2>{_table(lines)}" for name, lines in tables.items() if lines]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
    path = folder / "report.html"
    path.write_text(f"{head}<style>{STYLE}</style>{''.join(body)}</html>", encoding="utf-8")
    return path


def _table(lines: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in lines[0])
    rows = ("".join(f"<td>{escape(_cell(value))}</td>" for value in one.values()) for one in lines)
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
