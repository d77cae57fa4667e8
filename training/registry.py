"""The model registry: the one place where MLflow is written."""

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from features.errors import BadInputError
from features.locking import lock_file
from features.spec import BankSpec
from features.tracking import own_copy, registered_name, tracking_uri
from features.vocabulary import CHALLENGER, CHAMPION, Model
from training.aliases import aliases_locked, challenge
from training.artifact import TrainedModel, check_parity, write_files
from training.card.card import CARD_FILE, CARD_PAGE, Card
from training.card.facts import card_facts
from training.card.page import card_page
from training.flavour import save_flavour
from training.plots import drawn, write_pictures
from training.revision import git_revision
from training.versions import (
    TESTED_ON,
    Comparison,
    Details,
    Version,
    compared,
    read_versions,
    shown,
    untrained,
    with_alias,
)
from training.who import user

MODEL_FOLDER, FIGURES_FOLDER = "model", "plots"
METRICS_A_BATCH, PARAMETERS_A_BATCH = 1000, 100
Texts = Mapping[str, Any]


def register(spec: BankSpec, trained: TrainedModel) -> int:
    """Record a run with its parameters, metrics, plots and files, and register it as the challenger.

    A version registered later stays the challenger, whichever training ends first. A model whose stored files
    do not predict as its boosters do is not registered. Returns the version.
    """
    client = open_client(spec)
    model = Model(trained.contract.model)
    run = client.create_run(experiment_of(client, spec), run_name=str(model))
    with finished(client, run.info.run_id):
        _record(client, run.info.run_id, trained)
        pictures = drawn(trained.figures)
        with tempfile.TemporaryDirectory() as scratch:
            folder, figures = Path(scratch, MODEL_FOLDER), Path(scratch, FIGURES_FOLDER)
            figures.mkdir()
            save_flavour(trained, folder)
            write_files(trained, folder)
            write_pictures(pictures, figures)
            client.log_artifacts(run.info.run_id, str(folder), MODEL_FOLDER)
            client.log_artifacts(run.info.run_id, str(figures), FIGURES_FOLDER)
            stored = Path(scratch, "stored")
            stored.mkdir()
            kept = Path(client.download_artifacts(run.info.run_id, MODEL_FOLDER, str(stored)))
            check_parity(trained, kept)
            version = _registered_version(client, spec, model, run, trained.split)
            card = card_facts(spec, trained, version, kept, who=user(), now=datetime.now(UTC))
            _log_card(client, run.info.run_id, card, pictures)
    with aliases_locked(spec, model):
        challenge(client, registered_name(spec, model), version)
    return version


def _registered_version(client: Any, spec: BankSpec, model: Model, run: Any, description: str) -> int:
    name = registered_name(spec, model)
    if not client.search_registered_models(filter_string=f"name = '{name}'"):
        with _maybe_there():
            client.create_registered_model(name)
    uri = f"{run.info.artifact_uri}/{MODEL_FOLDER}"
    return int(client.create_model_version(name, uri, run.info.run_id, description=description).version)


def _log_card(client: Any, run_id: str, card: Card, pictures: Mapping[str, str]) -> None:
    """The card tells its version, which is known only now: a version without a card is never promoted."""
    client.log_text(run_id, card.model_dump_json(indent=1), f"{MODEL_FOLDER}/{CARD_FILE}")
    client.log_text(run_id, card_page(card, pictures), f"{MODEL_FOLDER}/{CARD_PAGE}")


def list_models(spec: BankSpec) -> list[Version]:
    """Every version of every model, oldest first."""
    return [version for model in Model for version in versions_of(spec, model)]


def show_model(spec: BankSpec, model: Model, number: int | None = None) -> Details:
    """One version; without a number the challenger, or else the champion, or else the newest.

    Raises BadInputError if there is no such version.
    """
    return Details(shown(spec, model, versions_of(spec, model), number))


def compare_models(spec: BankSpec, model: Model) -> Comparison:
    """Champion and challenger side by side: metric, champion, challenger, difference.

    Raises BadInputError if neither is there.
    """
    versions = versions_of(spec, model)
    champion, challenger = with_alias(versions, CHAMPION), with_alias(versions, CHALLENGER)
    if champion is None and challenger is None:
        raise BadInputError(untrained(spec, model))
    return compared(champion, challenger)


@contextmanager
def version_folder(client: Any, spec: BankSpec, name: str, number: int) -> Iterator[Path]:
    """A version's files on this machine.

    Raises BadInputError where the registry knows the version and its files are gone.
    """
    uri = client.get_model_version_download_uri(name, str(number))
    local = own_copy(spec, uri)
    if not os.environ.get("MLFLOW_TRACKING_URI") and local.is_dir():
        yield local
        return
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as copy:
        try:
            folder = Path(download_artifacts(artifact_uri=uri, dst_path=copy))
        except (MlflowException, OSError) as error:
            raise BadInputError(
                f"{name} version {number}: its files cannot be had, train again: {error}"
            ) from error
        yield folder


def champion_version(spec: BankSpec, model: Model) -> int | None:
    """The number of the champion, if there is one."""
    champion = with_alias(versions_of(spec, model), CHAMPION)
    return champion.number if champion else None


def versions_of(spec: BankSpec, model: Model) -> list[Version]:
    """Every version of one model, oldest first."""
    if not os.environ.get("MLFLOW_TRACKING_URI") and not _database(spec).is_file():
        return []  # asking MLflow would create the database
    return read_versions(open_client(spec), registered_name(spec, model), model)


def _database(spec: BankSpec) -> Path:
    return spec.state / "mlflow.db"


def open_client(spec: BankSpec) -> Any:
    """A client of the server in MLFLOW_TRACKING_URI, or of the bank's own SQLite database.

    Raises BadInputError for one that cannot be asked.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from mlflow import MlflowClient

    for chatty in ("mlflow", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    spec.state.mkdir(parents=True, exist_ok=True)
    database = _database(spec)
    if not os.environ.get("MLFLOW_TRACKING_URI") and not database.exists():
        _create(database)
    uri = tracking_uri(database)
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _create(database: Path) -> None:
    """Make MLflow's database aside, one process at a time, and put it in place whole.

    MLflow makes its tables one by one: of two processes that do so in the same file, one fails.
    """
    from mlflow import MlflowClient

    with lock_file(database.with_name(f"{database.name}.lock")):
        if database.exists():
            return  # another process made it meanwhile
        aside = database.with_name(f"{database.name}.partial")
        aside.unlink(missing_ok=True)  # left by a process that was killed
        MlflowClient(tracking_uri=f"sqlite:///{aside}").search_experiments()
        aside.replace(database)


def experiment_of(client: Any, spec: BankSpec) -> str:
    """The bank's experiment; on a server its artifacts lie where the server says."""
    own = not os.environ.get("MLFLOW_TRACKING_URI")
    location = (spec.state / "mlartifacts").as_uri() if own else None
    found = client.get_experiment_by_name(spec.slug)
    if found is not None and own and found.artifact_location != location:
        # A bank that was moved: MLflow would go on writing to where it was.
        return _experiment_called(client, f"{spec.slug} in {spec.folder}", location)
    return _experiment_called(client, spec.slug, location)


def _experiment_called(client: Any, name: str, location: str | None) -> str:
    if client.get_experiment_by_name(name) is None:
        with _maybe_there():
            client.create_experiment(name, artifact_location=location)
    return str(client.get_experiment_by_name(name).experiment_id)


@contextmanager
def _maybe_there() -> Iterator[None]:
    """Create something that another training may have created since it was looked for."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


@contextmanager
def finished(client: Any, run_id: str) -> Iterator[None]:
    """Mark a run finished, or failed if it does not get to its end."""
    status = "FAILED"
    try:
        yield
        status = "FINISHED"
    finally:
        client.set_terminated(run_id, status)


def _record(client: Any, run_id: str, trained: TrainedModel) -> None:
    contract = trained.contract
    tags = {
        "data_fingerprint": contract.fingerprint,
        "feature_service": contract.feature_service,
        "git_revision": git_revision() or "",
        "mlflow.note.content": "\n\n".join((trained.split, *trained.notes)),
        "refitted": str(trained.refitted).lower(),
        TESTED_ON: trained.tested_on,
    }
    parameters = {**trained.settings, **contract.model_dump(include={"gap_days", "horizon_days"})}
    parameters |= {"features": len(contract.columns), "train_snapshots": " ".join(contract.train_snapshots)}
    for head in trained.heads:
        parameters |= {f"{head.name}/{name}": value for name, value in head.growth.items()}
    log(client, run_id, parameters, trained.metrics, tags)


def log(client: Any, run_id: str, parameters: Texts, metrics: Mapping[str, float], tags: Texts) -> None:
    """Record parameters, metrics and tags of a run, in as few requests as the server takes."""
    from mlflow.entities import Metric, Param, RunTag

    params = [Param(name, str(value)) for name, value in parameters.items()]
    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])
    for start in range(0, len(params), PARAMETERS_A_BATCH):
        client.log_batch(run_id, params=params[start : start + PARAMETERS_A_BATCH])
    values = [Metric(name, value, timestamp=0, step=0) for name, value in metrics.items()]
    for start in range(0, len(values), METRICS_A_BATCH):
        client.log_batch(run_id, metrics=values[start : start + METRICS_A_BATCH])
