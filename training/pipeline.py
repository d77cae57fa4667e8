"""From a bank's features to a registered model, step by step."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.contract import ModelContract
from features.errors import BadInputError
from features.layout import Layout
from features.progress import Progress, silent
from features.question import question_asked
from features.sensitive import unaudited
from features.spec import BankSpec, Product
from features.tables import open_bank
from features.vocabulary import SNAPSHOT_DATE, TIER, Model
from training import registry
from training.answers import Texts, answers
from training.artifact import TrainedModel, contract_heads
from training.card.facts import part_facts
from training.choices import choose
from training.cold_start import with_lookalikes
from training.dataset import Dataset, Examples, History, assemble
from training.endings import endings
from training.evaluate import evaluate
from training.groups import read_groups
from training.heads import importance, learn_heads, predict, refit
from training.hindsight import refuse_hindsight
from training.leaks import refuse_leaks
from training.plots import figures
from training.promotion.promote import promote_first
from training.reading import current_layout, open_history, read_labels
from training.recorded import recorded_keys
from training.sample import uniform_sample
from training.split import Split, split
from training.tested_on import identity

Floats = NDArray[np.float64]

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


@dataclass(frozen=True)
class Built:
    """A model before it is registered; `rows` counts what trained, calibrated and tested it."""

    trained: TrainedModel
    rows: Mapping[str, int]
    notes: tuple[str, ...]


def train(
    spec: BankSpec, model: Model, progress: Progress = silent, store: History | None = None
) -> TrainResult:
    """Label, split, read features, learn and register a model; a first one that passes the gate is promoted.

    Raises BadInputError when nothing can be labelled, features are not built, or all or none left, GateError
    naming features that know the outcome.
    """
    layout = current_layout(spec)
    store = store or open_history(spec, layout)
    built = build_model(spec, model, layout, store, progress=progress)
    version = registry.register(spec, built.trained)
    noted = (*built.notes, *promote_first(spec, model, version, store))
    notes = [note for note in noted if note]
    promoted = registry.champion_version(spec, model) == version
    return TrainResult(str(model), version, promoted, built.rows, built.trained.metrics, tuple(notes))


def build_model(
    spec: BankSpec,
    model: Model,
    layout: Layout,
    store: History,
    *,
    progress: Progress,
    settings: Mapping[str, Any] | None = None,
) -> Built:
    """Label, split, read features and learn, with the bank's settings or these; nothing is registered."""

    def step(stage: str, done: int, total: int) -> None:
        progress(f"{model}: {stage}", done, total)

    labels = read_labels(spec, model, layout.snapshots)
    bank, trusted = open_bank(spec), spec.training.trusted
    parts = split(recorded_keys(bank, model, labels), spec.window, spec.training.seed)
    features, service = layout.model_features(), layout.service_name(model)
    refuse_hindsight(bank, {name for name, _ in features}, layout.snapshots, trusted)
    data = assemble(store, service, features, labels, parts, seed=spec.training.seed, progress=step)
    require_both_outcomes(model, data.train)
    refuse_leaks(data, endings(bank, labels), trusted)
    chosen = choose(spec, model, data, parts.kind, settings)
    data = chosen.data
    contract = _contract(spec, model, layout, data)
    groups = read_groups(store, layout, data.test.keys)
    trained = learn(
        data,
        parts,
        contract,
        chosen.settings,
        groups=groups,
        products=spec.products,
        minimum_positives=spec.training.minimum_positives,
        progress=step,
    )
    trained = replace(
        trained,
        remarks=(*chosen.remarks, *chosen.tried),
        sensitive=tuple(name for name in layout.sensitive if name in groups),
        unaudited=unaudited(spec, dict(layout.features())),
    )
    return Built(trained, data.rows, (parts.note, *trained.notes))


def learn(
    data: Dataset,
    parts: Split,
    contract: ModelContract,
    settings: Mapping[str, Any],
    *,
    groups: Mapping[str, Texts],
    products: Mapping[str, Product],
    minimum_positives: int,
    progress: Progress,
) -> TrainedModel:
    """Fit, calibrate and test every head; those of too few positives borrow from `products` like theirs.

    Where customers, not time, were split, the boosters are then fitted again on the test's rows too: nothing
    that they could look ahead to is in these, and the metrics stand for a model with less to learn from.
    """
    own = learn_heads(data, settings, minimum_positives, progress)
    heads = with_lookalikes(own, data.train, products, minimum_positives)
    probabilities = predict(heads, data.test.matrix)
    rates = np.array([head.base_rate for head in heads])
    metrics = evaluate(data.heads, data.test.labels, probabilities, rates.tolist())
    answered = answers(data.heads, data.test, probabilities, rates, groups)
    if parts.kind == "customers":
        own = refit(own, data.everything, data.columns, settings, progress)
        heads = with_lookalikes(own, data.train, products, minimum_positives)
    looks_at = importance(heads, data.columns)
    return TrainedModel(
        contract=contract.model_copy(update={"heads": contract_heads(heads, products)}),
        heads=tuple(heads),
        metrics=metrics,
        settings=settings,
        split=parts.note,
        refitted=parts.kind == "customers",
        tested_on=identity(data.test.keys, data.test.labels),
        sample=sample(data.everything.matrix),
        figures=figures(data.heads, data.test.labels, probabilities, looks_at, groups.get(TIER)),
        answers=answered,
        parts=part_facts(data),
        importance=looks_at,
    )


def sample(matrix: Floats) -> Floats:
    """At most SAMPLE_ROWS of a matrix (rows, columns), of every snapshot alike."""
    return matrix[uniform_sample(np.arange(len(matrix)), SAMPLE_ROWS, seed=0)]


def require_both_outcomes(model: Model, examples: Examples) -> None:
    """Refuse to learn churn from rows of which all left, or none; a product then has its base rate."""
    rows, positives = len(examples.labels), int(np.nansum(examples.labels))
    if model is Model.CHURN and positives in (0, rows):
        raise BadInputError(
            f"churn: {positives} of {rows} customers to train on left; learning needs both outcomes: "
            "check the [churn] rule, the label window and the snapshot dates"
        )


def _contract(spec: BankSpec, model: Model, layout: Layout, data: Dataset) -> ModelContract:
    """What is known before any head is fitted."""
    return ModelContract(
        model=model.value,
        feature_service=layout.service_name(model),
        columns=data.columns,
        heads=(),
        gap_days=spec.window.gap_days,
        horizon_days=spec.window.horizon_days,
        leaving=question_asked(spec, model).leaving,
        train_snapshots=_days(data.learnt),
        test_snapshots=_days(data.test),
        fingerprint=layout.fingerprint,
    )


def _days(examples: Examples) -> tuple[str, ...]:
    """The snapshots of some rows, ascending."""
    return tuple(day.isoformat() for day in sorted(examples.keys[SNAPSHOT_DATE].unique().to_pylist()))
