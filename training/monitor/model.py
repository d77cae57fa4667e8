"""One champion against its training: what moved, what came true, what is to be expected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.layout import Layout
from features.question import Question, question_asked
from features.spec import BankSpec
from features.vocabulary import SNAPSHOT_DATE, Model
from training import registry
from training.answers import Answers
from training.labels.labelled import UnlabelledError
from training.monitor.by_head import by_head
from training.monitor.drift import Before, Moved, columns_moved, scores_moved, steady
from training.monitor.estimate import Expected, expected
from training.monitor.outcomes import Outcome, outcome_at
from training.monitor.retest import Retest, retest
from training.monitor.rows import labelled, not_built, see
from training.monitor.two_sample import ToldApart, told_apart
from training.reading import read_labels
from training.stored import StoredModel

Floats = NDArray[np.float64]

FORETOLD = frozenset({Model.CHURN, Model.PROPENSITY})
"""Models whose answers come true or not of each customer. Uplift's never do, one arm alone being seen: its
features and scores are watched, and `nextbest impact` measures its worth."""


@dataclass(frozen=True)
class WatchedModel:
    """A champion against its training: `outcomes` is what came since.

    `products_gone` it scores though they are sold no more, `products_unknown` are sold and not scored.
    `tested` is the ROC-AUC of its test, `tested_lift` the lift at 10 %. `estimate_before` is what its scores
    promised on the test rows, which it had not learned from; None where they were not kept. `retest` is how
    their newest snapshot is scored today. `features_gone` it was trained on and are built no more: nobody is
    scored, so that nothing is told of scores.
    `other_question` is the one that it answers, where bank.toml asks another: neither outcomes nor the retest
    are of it then.
    `seen_until` is the last snapshot that training, calibration and the test had.
    `scores_before` and `scores_now` (rows,) are known scores, pooled. Without a snapshot later than
    training's nothing can have moved: `columns` and `scores` are empty.
    """

    model: Model
    version: int
    trained: tuple[date, ...]
    seen_until: date
    tested: float | None
    tested_lift: float | None
    columns: Sequence[Moved]
    scores: Sequence[Moved]
    test: ToldApart | None
    estimate_before: Expected | None
    estimate: Expected | None
    retest: Retest | None
    outcomes: Sequence[Outcome]
    newer: Sequence[date]
    features_gone: Sequence[str]
    other_question: Question | None
    products_gone: Sequence[str]
    products_unknown: Sequence[str]
    scores_before: Floats = field(repr=False)
    scores_now: Floats = field(repr=False)


@dataclass(frozen=True)
class Scene:
    """The features of every snapshot that is looked at, `snapshot` the one that is watched."""

    spec: BankSpec
    layout: Layout
    snapshot: date
    features: Mapping[date, pa.Table]


def watch_model(scene: Scene, model: Model, stored: StoredModel) -> WatchedModel:
    """All that is to be seen of one champion in a scene.

    Raises BadInputError where none of its training's snapshots is built any more.
    """
    spec, seed = scene.spec, scene.spec.training.seed
    days = trained_days(scene.layout, stored)
    parts = [see(scene.features[day], stored, holders=True) for day in days]
    before, now = Before(tuple(days), tuple(parts)), see(scene.features[scene.snapshot], stored, holders=True)
    gone = not_built(scene.features[scene.snapshot], stored)
    columns: list[Moved] = []
    scores: list[Moved] = []
    test = None
    if scene.snapshot > before.days[-1]:
        most = spec.monitoring.psi_most
        moved = columns_moved(stored, before, now, scene.snapshot, most)
        columns = [one for one in moved if one.name not in gone]
        heads = [head.name for head in stored.heads]
        scores = [] if gone else scores_moved(heads, before, now, scene.snapshot, most)
        names = steady(columns, most)
        pace = before.pace(scene.snapshot)
        test = told_apart(stored.columns, before, now, names, pace=pace, seed=seed)
    answered = stored.contract.question
    same = not answered.differs(question_asked(spec, model))
    newer, outcomes = _outcomes(scene, model, stored)
    scored = [head.name for head in stored.heads] if model is Model.PROPENSITY else []
    metrics = registry.show_model(spec, model, stored.number).version.metrics
    return WatchedModel(
        model=model,
        version=stored.number,
        trained=before.days,
        seen_until=seen_until(stored),
        tested=metrics.get("roc_auc"),
        tested_lift=metrics.get("lift_at_10pct"),
        columns=columns,
        scores=scores,
        test=test,
        estimate_before=expected(_test_scores(stored.answers), seed) if stored.answers else None,
        estimate=expected(now.scores, seed) if model in FORETOLD else None,
        retest=_retest(scene, model, stored) if same else None,
        outcomes=outcomes if same else [],
        newer=newer,
        features_gone=gone,
        other_question=None if same else answered,
        products_gone=[name for name in scored if name not in spec.products],
        products_unknown=[name for name in spec.products if name not in scored] if scored else [],
        scores_before=_known(before.whole.scores),
        scores_now=_known(now.scores),
    )


def trained_days(layout: Layout, stored: StoredModel) -> list[date]:
    """Training's snapshots that are still built.

    Raises BadInputError where none is.
    """
    days = [date.fromisoformat(day) for day in stored.contract.train_snapshots]
    built = [day for day in days if day in layout.snapshots]
    if not built:
        layout.require_built(days)
    return built


def seen_until(stored: StoredModel) -> date:
    """The last snapshot that training or the test had."""
    contract = stored.contract
    return max(date.fromisoformat(day) for day in (*contract.train_snapshots, *contract.test_snapshots))


def later_days(layout: Layout, stored: StoredModel, snapshot: date) -> list[date]:
    return [day for day in layout.snapshots if seen_until(stored) < day <= snapshot]


def tested_day(layout: Layout, stored: StoredModel, snapshot: date) -> date | None:
    """The newest snapshot whose answers are kept, None where it is not built or later than `snapshot`."""
    if stored.answers is None or not len(stored.answers):
        return None
    day = date.fromisoformat(max(stored.answers.snapshot))
    return day if day in layout.snapshots and day <= snapshot else None


def _outcomes(scene: Scene, model: Model, stored: StoredModel) -> tuple[list[date], list[Outcome]]:
    """The labelled snapshots after the test, and what came true there."""
    later = later_days(scene.layout, stored, scene.snapshot)
    if not later or model not in FORETOLD:
        return [], []
    try:
        labels = read_labels(scene.spec, model, later)
    except UnlabelledError:
        return [], []
    newer = sorted(labels[SNAPSHOT_DATE].unique().to_pylist())
    outcomes = [_outcome(scene, stored, labels, day) for day in newer]
    return newer, [one for one in outcomes if one is not None]


def _outcome(scene: Scene, stored: StoredModel, labels: pa.Table, day: date) -> Outcome | None:
    seen, truth = labelled(scene.features[day], labels, day, stored)
    found = outcome_at(day, seen.customers, truth, seen.scores, scene.spec.training.seed)
    return found and replace(found, by_head=by_head(stored, seen, truth, day))


def _retest(scene: Scene, model: Model, stored: StoredModel) -> Retest | None:
    """The test's newest snapshot, where it is read and labelled still."""
    day = tested_day(scene.layout, stored, scene.snapshot)
    if day is None or model not in FORETOLD:
        return None
    try:
        labels = read_labels(scene.spec, model, [day])
    except UnlabelledError:
        return None
    return retest(stored, scene.features[day], labels, day, scene.spec.monitoring.psi_most)


def _test_scores(answers: Answers) -> Floats:
    """Scores of the test rows (rows, heads), NaN where there was nothing to predict."""
    return np.where(np.isnan(answers.labels), np.nan, answers.probabilities)


def _known(scores: Floats) -> Floats:
    return scores[~np.isnan(scores)]
