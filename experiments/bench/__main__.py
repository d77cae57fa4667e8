"""`python -m experiments.bench`: everything that is measured, in one run, beside what it is held against."""

import argparse
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

from experiments.bench import (
    end_to_end,
    explaining,
    feature_computation,
    latency,
    learning,
    materialisation,
    peers,
    retrieval,
    scale,
    scoring,
    selection,
)
from experiments.bench.board import Line, show
from experiments.bench.subject import TODAY, make_bank
from features.build import build_features
from features.progress import silent
from features.spec import BankSpec, read_spec

CUSTOMERS = 10_000


def main() -> None:
    """Measure the stages on a small bank, then the whole path on one of `--size` customers."""
    parser = argparse.ArgumentParser(prog="python -m experiments.bench", description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of the bank for single stages")
    parser.add_argument("--size", type=int, default=CUSTOMERS, help="customers of the run end to end")
    parser.add_argument("--selected", type=int, default=CUSTOMERS * 10, help="customers of the selection")
    parser.add_argument("--scaled", type=int, default=100_000, help="most customers of --only-scale")
    parser.add_argument("--only-scale", action="store_true", help="nothing but training as a bank doubles")
    parser.add_argument("--only-selection", action="store_true", help="nothing but the selection")
    parser.add_argument("--only-peers", action="store_true", help="nothing but plain learners beside ours")
    parser.add_argument("--banks", type=int, default=1, help="of --only-peers, each drawn anew")
    parser.add_argument("--only-end-to-end", action="store_true", help="leave the single stages out")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    if asked.only_selection:
        show("Selection", selection.measure(asked.selected))
        return
    with tempfile.TemporaryDirectory() as folder:
        if asked.only_scale:
            show("Scale", scale.measure(Path(folder), asked.scaled))
            return
        if asked.only_peers:
            peers.show([_built(Path(folder), asked.customers, seed) for seed in range(1, asked.banks + 1)])
            return
        if not asked.only_end_to_end:
            show("Single stages", _stages(Path(folder), asked.customers))
            peers.show([read_spec(Path(folder) / "bank")])
            show("Selection", selection.measure(asked.selected))
        show("End to end", end_to_end.measure(Path(folder) / "whole", asked.size))


def _built(folder: Path, customers: int, seed: int) -> BankSpec:
    spec = make_bank(folder / f"bank-{seed}", customers, seed=seed)
    build_features(spec, silent, today=TODAY)
    return spec


def _stages(folder: Path, customers: int) -> list[Line]:
    """Each stage needs what those before it left behind."""
    spec = make_bank(folder / "bank", customers)

    def build() -> list[Line]:
        build_features(spec, silent, today=TODAY)
        return []

    stages: dict[str, Callable[[], list[Line]]] = {
        "feature computation": partial(feature_computation.measure, spec, folder),
        "all features, for the stages to come": build,
        "retrieval": partial(retrieval.measure, spec),
        "materialisation": partial(materialisation.measure, spec),
        "training": partial(learning.measure, spec),
        "scoring": partial(scoring.measure, spec),
        "explaining": partial(explaining.measure, spec),
        "latency": partial(latency.measure, spec, folder),
    }
    lines = []
    for name, stage in stages.items():
        print(f"measuring {name}", file=sys.stderr, flush=True)
        lines += stage()
    return lines


if __name__ == "__main__":
    main()
