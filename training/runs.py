"""Studies as MLflow runs: a parent with figures and files, a child for every part of it."""

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from features.spec import BankSpec
from training import registry

PARENT = "mlflow.parentRunId"


@dataclass(frozen=True)
class Run:
    """What is recorded of one run; figures that are not finite are left out."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def record_study(
    spec: BankSpec, parent: Run, children: Sequence[Run], write: Callable[[Path], object]
) -> str:
    """Record a study and its parts; `write` puts its files into a folder. Returns the parent's run id."""
    client = registry.open_client(spec)
    experiment = registry.experiment_of(client, spec)
    run = client.create_run(experiment, run_name=parent.name)
    with registry.finished(client, run.info.run_id):
        _record(client, run.info.run_id, parent)
        with tempfile.TemporaryDirectory() as scratch:
            write(Path(scratch))
            client.log_artifacts(run.info.run_id, scratch)
        for one in children:
            child = client.create_run(experiment, run_name=one.name, tags={PARENT: run.info.run_id})
            with registry.finished(client, child.info.run_id):
                _record(client, child.info.run_id, one)
    return str(run.info.run_id)


def _record(client: Any, run_id: str, run: Run) -> None:
    metrics = {name: value for name, value in run.metrics.items() if math.isfinite(value)}
    registry.log(client, run_id, run.parameters, metrics, run.tags)
