"""The path every data set takes from its bank folder on: features, models, and everyone scored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click
import pyarrow.parquet as pq

from features.build import build_features
from features.console import print_table
from features.errors import BadInputError, GateError
from features.progress import Progress
from features.spec import BankSpec, read_spec
from features.vocabulary import Model
from serving.scores import Scored, score_bank
from training.pipeline import TrainResult, train
from training.registry import champion_version

SHARED = Path("../shared/data")
"""Where the raw data lies, seen from the repository."""


@dataclass(frozen=True)
class Taken:
    """A bank with its models trained, and everyone scored at its newest snapshot."""

    spec: BankSpec
    trained: Mapping[Model, TrainResult]
    scored: Scored


def bank_at(work: Path, make: Callable[[Path], None]) -> BankSpec:
    """The bank in the folder `work`, made first where nothing is there.

    Raises BadInputError as `make` does, or where the folder holds something else.
    """
    if not (work / "bank.toml").exists():
        make(work)
    return read_spec(work)


def take(folder: Path, models: Sequence[Model], *, today: date, progress: Progress) -> Taken:
    """Build, train and score a bank; the scores lie beside its data.

    Raises BadInputError as the commands do, and GateError where a model's gates refuse it: nobody would be
    scored for what it foretells.
    """
    spec = read_spec(folder)
    build_features(spec, progress, today=today)
    trained = {model: train(spec, model, progress) for model in models}
    for model, result in trained.items():
        if champion_version(spec, model) is None:
            raise GateError(f"{spec.name}: no {model} model scores: " + "\n".join(result.notes))
    newest = spec.snapshots.all()[-1]
    return Taken(spec, trained, score_bank(spec, newest, folder / "scores.parquet", progress))


def report(taken: Taken, measures: Mapping[str, float | str]) -> None:
    """Print what was measured, and what each training noted."""
    columns = pq.read_schema(taken.scored.path).names
    rows = {
        **measures,
        "customers scored": str(taken.scored.rows),
        "propensities each": str(sum(name.startswith("propensity_") for name in columns)),
        "scores": str(taken.scored.path),
    }
    print_table(
        taken.spec.name, ("what", "value"), [{"what": key, "value": value} for key, value in rows.items()]
    )
    for model, result in taken.trained.items():
        for note in result.notes:
            click.echo(f"{model}: {note}")


@contextmanager
def errors_told() -> Iterator[None]:
    """A user's mistake ends a run with one message."""
    try:
        yield
    except (BadInputError, GateError) as error:
        raise click.ClickException(str(error)) from error
