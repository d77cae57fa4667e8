"""The measurement of scale: its rows are all labelled, and its figures are what was measured."""

from pathlib import Path

import pytest

from experiments.bench.measure import Run
from experiments.bench.scale import GIB, MODELS, SNAPSHOTS, Size, lines
from experiments.bench.subject import make_bank
from features.vocabulary import SNAPSHOT_DATE, Model
from training.reading import read_labels


@pytest.mark.parametrize("model", MODELS)
def test_every_snapshot_is_labelled(tmp_path: Path, model: Model) -> None:
    spec = make_bank(tmp_path / "bank", 60, SNAPSHOTS)
    labels = read_labels(spec, model, spec.snapshots.all())
    assert sorted(labels[SNAPSHOT_DATE].unique().to_pylist()) == list(SNAPSHOTS)
    assert len(SNAPSHOTS) == 12
    assert len(spec.products) == 12


def size(customers: int, seconds: float, gib: float) -> Size:
    runs = tuple(Run(seconds / 2, seconds, int(gib * GIB / part), None) for part in (2, 1))
    return Size(customers, 403, runs)


def test_time_and_memory_are_told_a_row_and_a_further_row() -> None:
    found = list(lines([size(50_000, 60.0, 1.0), size(100_000, 120.0, 1.5)]))
    half, whole, doubled = found[::2]
    assert (half.ours, half.theirs) == (60.0, 180.0)
    assert whole.note.startswith("100 µs a row; churn 60 s, 120 s of processors")
    assert (doubled.ours, doubled.theirs) == (2.0, 2.0)
    assert doubled.note == "each further row 100 µs, 0.87 KiB"
