"""The bank that is measured: synthetic, with few snapshots, so that each stage shows in seconds."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from experiments.synth import generate
from features.spec import BankSpec, read_spec

SNAPSHOTS = (date(2024, 4, 1), date(2024, 7, 1), date(2024, 10, 1), date(2025, 1, 1))
"""Enough to train on one, calibrate on the next, test on the third and score the last."""

TODAY = SNAPSHOTS[-1]


def make_bank(folder: Path, customers: int, snapshots: Sequence[date] = SNAPSHOTS, seed: int = 1) -> BankSpec:
    """A synthetic bank of `customers` over 24 months, with these snapshots."""
    generate(folder, customers=customers, seed=seed)
    path = folder / "bank.toml"
    dates = ", ".join(day.isoformat() for day in snapshots)
    text = re.sub(r"\[snapshots\]\n[^\[]*", f"[snapshots]\ndates = [{dates}]\n\n", path.read_text("utf-8"))
    path.write_text(text, encoding="utf-8")
    return read_spec(folder)
