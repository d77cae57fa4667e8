"""From a bank's features to a registered model, step by step."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from features.contract import ModelContract
from features.errors import BadInputError, GateError
from features.layout import Layout, load_layout
from features.progress import Progress, silent
from features.spec import BankSpec
from features.tables import open_bank
from features.vocabulary import SNAPSHOT_DATE, Model
from training import registry
from training.artifact import TrainedModel, contract_heads
from training.comparisons import with_comparisons
from training.dataset import Dataset, Examples, History, assemble
from training.evaluate import evaluate
from training.heads import fit_heads, importance, predict, refit
from training.labels import LABEL, churn_labels, product_labels
from training.leaks import refuse_leaks
from training.plots import figures
from training.split import Split, split
from training.tuned import settings_for

SAMPLE_ROWS = 1000


@dataclass(frozen=True)
class TrainResult:
    """What came of a training: the registered version, its metrics on the test rows, and what to know of it.

    `rows` counts what trained, calibrated and tested; `promoted` says whether it became the champion at once.
    """

    model: str
    version: int
    promoted: bool
    rows: Mapping[str, int]
    metrics: Mapping[str, float]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


def train(
    spec: BankSpec, model: Model, progress: Progress = silent, store: History | None = None
) -> TrainResult:
    """Label, split, read features, learn and register a model; a first one that passes the gate is promoted.

    Raises BadInputError when nothing can be labelled, features are not built, or all or none left, GateError
    naming features that know the outcome.
    """
    layout = load_layout(spec)
    store = store or open_history(spec, layout)

    def step(stage: str, done: int, total: int) -> None:
        progress(f"{model}: {stage}", done, total)

    labels = read_labels(spec, model, layout.snapshots)
    parts = split(labels, spec.window, spec.training.seed)
    features, service = layout.model_features(), layout.service_name(model)
    data = assemble(store, service, features, labels, parts, seed=spec.training.seed, progress=step)
    require_both_outcomes(model, data.train)
    refuse_leaks(data, spec.training.trusted)
    compared = with_comparisons(data, spec.training.monotone, spec.training.seed)
    data = compared.data
    contract = _contract(spec, model, layout, data)
    settings, remarks = settings_for(spec, model, data.columns)
    trained = learn(
        data, parts, contract, settings, minimum_positives=spec.training.minimum_positives, progress=step
    )
    trained = replace(trained, remarks=remarks)
    version = registry.register(spec, trained)
    noted = (parts.note, compared.note, *trained.notes, *promote_first(spec, model, version))
    notes = [note for note in noted if note]
    promoted = registry.champion_version(spec, model) == version
    return TrainResult(str(model), version, promoted, data.rows, trained.metrics, tuple(notes))


def learn(
    data: Dataset,
    parts: Split,
    contract: ModelContract,
    settings: Mapping[str, Any],
    *,
    minimum_positives: int,
    progress: Progress,
) -> TrainedModel:
    """Fit, calibrate and test every head.

    Where customers, not time, were split, the boosters are then fitted again on all rows: nothing that they
    could look ahead to is in these, and the metrics stand for a model with less to learn from.
    """
    heads = fit_heads(data, settings, minimum_positives, progress)
    probabilities = predict(heads, data.test.matrix)
    metrics = evaluate(data.heads, data.test.labels, probabilities, [head.base_rate for head in heads])
    if parts.kind == "customers":
        heads = refit(heads, data.everything, data.columns, settings, progress)
    return TrainedModel(
        contract=contract.model_copy(update={"heads": contract_heads(heads)}),
        heads=tuple(heads),
        metrics=metrics,
        settings=settings,
        split=parts.note,
        refitted=parts.kind == "customers",
        tested_on=_identity(data.test),
        sample=data.everything.matrix[-SAMPLE_ROWS:],
        figures=figures(data.heads, data.test.labels, probabilities, importance(heads, data.columns)),
    )


def read_labels(spec: BankSpec, model: Model, snapshots: Sequence[date]) -> pa.Table:
    """Labelled rows: customer_id, snapshot_date and one column a head."""
    bank = open_bank(spec)
    if model is Model.PROPENSITY:
        return product_labels(bank, snapshots)
    labels = churn_labels(bank, snapshots)
    return labels.rename_columns([str(model) if name == LABEL else name for name in labels.column_names])


def require_both_outcomes(model: Model, examples: Examples) -> None:
    """Refuse to learn churn from rows of which all left, or none; a product then has its base rate."""
    rows, positives = len(examples.labels), int(np.nansum(examples.labels))
    if model is Model.CHURN and positives in (0, rows):
        raise BadInputError(
            f"churn: {positives} of {rows} customers to train on left; learning needs both outcomes: "
            "check the [churn] rule, the label window and the snapshot dates"
        )


def open_history(spec: BankSpec, layout: Layout) -> History:
    """The bank's features as training reads them."""
    from features.store import open_store  # Feast takes seconds to import

    return open_store(spec, layout)


def _contract(spec: BankSpec, model: Model, layout: Layout, data: Dataset) -> ModelContract:
    """What is known before any head is fitted."""
    return ModelContract(
        model=model.value,
        feature_service=layout.service_name(model),
        columns=data.columns,
        heads=(),
        gap_days=spec.window.gap_days,
        horizon_days=spec.window.horizon_days,
        train_snapshots=_days(data.train),
        test_snapshots=_days(data.test),
        fingerprint=layout.fingerprint,
    )


def _days(examples: Examples) -> tuple[str, ...]:
    """The snapshots of some rows, ascending."""
    return tuple(day.isoformat() for day in sorted(examples.keys[SNAPSHOT_DATE].unique().to_pylist()))


def promote_first(spec: BankSpec, model: Model, version: int) -> list[str]:
    """Promote a bank's first model of its kind; says what came of it."""
    champion = registry.champion_version(spec, model)
    if champion is not None:
        return [f"version {version} is the challenger of champion {champion}"]
    try:
        return [registry.promote(spec, model, version)]
    except GateError as error:
        return [str(error)]


def _identity(examples: Examples) -> str:
    """A hash of the rows and their labels: metrics with the same one can be compared."""
    batches = examples.keys.combine_chunks().to_batches()
    content = b"".join(batch.serialize().to_pybytes() for batch in batches)
    return hashlib.sha256(content + np.ascontiguousarray(examples.labels).tobytes()).hexdigest()
