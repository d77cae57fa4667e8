"""Watching a bank: its tables and its champions, as of the newest snapshot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from features.days import as_day
from features.errors import BadInputError
from features.layout import Layout, load_layout
from features.progress import Progress, silent
from features.question import question_asked
from features.spec import BankSpec
from features.tables import open_bank
from features.vocabulary import Model
from training import registry
from training.dataset import History
from training.labels.window import label_window
from training.monitor import findings as found
from training.monitor import quality, retest
from training.monitor.findings import Finding
from training.monitor.listed import due, ended
from training.monitor.model import Scene, WatchedModel, later_days, tested_day, trained_days, watch_model
from training.monitor.rows import CUSTOMERS_MOST, read_days
from training.monitor.tables import Watched, watch_tables
from training.monitor.verdict import Verdict, verdict
from training.reading import open_history
from training.stored import StoredModel, read_stored


@dataclass(frozen=True)
class Watch:
    """All that is known, what is beyond its threshold, and what to do."""

    bank: str
    snapshot: date
    tables: Sequence[Watched]
    models: Sequence[WatchedModel]
    findings: Sequence[Finding]
    verdict: Verdict


def watch(
    spec: BankSpec,
    progress: Progress = silent,
    *,
    snapshot: date | str | None = None,
    store: History | None = None,
    today: date | None = None,
) -> Watch:
    """Watch a bank as of a built snapshot, a date or ISO text, by default the newest.

    Then those of bank.toml until `today`, by default the clock's, that are not built yet are told, and a list
    that ended long ago. Of a snapshot that is asked for, its own day is today.

    Raises BadInputError without a champion, or where features are not built.
    """
    layout = load_layout(spec)
    day = layout.snapshots[-1] if snapshot is None else as_day(snapshot)
    layout.require_built([day])
    champions = _champions(spec)
    store = store or open_history(spec, layout)
    features = read_days(spec, layout, store, _wanted(layout, champions.values(), day))
    scene = Scene(spec, layout, day, features)
    models = []
    for place, (model, stored) in enumerate(champions.items()):
        models.append(watch_model(scene, model, stored))
        progress("watching", place + 1, len(champions))
    used = frozenset[str]().union(*(one.used() for one in champions.values()))
    trained = sorted({day for one in models for day in one.trained})
    tables = watch_tables(open_bank(spec), used, trained, day)
    today = day if snapshot is not None else today or datetime.now(UTC).date()
    findings = [
        *found.of_snapshots(day, due(spec, day, today), str(spec.folder)),
        *found.of_list(ended(spec, today), str(spec.folder)),
        *found.of_tables(tables),
        *(one for model in models for one in _findings(spec, model)),
    ]
    newer = sorted({day for one in models for day in one.newer})
    return Watch(
        spec.name, day, tables, models, findings, verdict(findings, newer, _labels_on(scene, models))
    )


def _wanted(layout: Layout, champions: Iterable[StoredModel], snapshot: date) -> dict[date, int]:
    """How many customers of which snapshots are read: fewer of each that is one of many to compare with."""
    wanted: dict[date, int] = {snapshot: CUSTOMERS_MOST}
    for stored in champions:
        trained = trained_days(layout, stored)
        wanted |= {day: max(wanted.get(day, 0), CUSTOMERS_MOST // len(trained), 1) for day in trained}
        wanted |= dict.fromkeys(later_days(layout, stored, snapshot), CUSTOMERS_MOST)
        tested = tested_day(layout, stored, snapshot)
        if tested is not None:
            wanted[tested] = max(wanted.get(tested, 0), retest.CUSTOMERS_MOST)
    return wanted


def _champions(spec: BankSpec) -> dict[Model, StoredModel]:
    numbers = {model: registry.champion_version(spec, model) for model in Model}
    known = {model: number for model, number in numbers.items() if number is not None}
    if not known:
        raise BadInputError(f"{spec.name}: no champion to watch; run `nextbest train {spec.folder}` first")
    return {model: read_stored(spec, model, number) for model, number in known.items()}


def _findings(spec: BankSpec, one: WatchedModel) -> list[Finding]:
    limit, name = spec.monitoring, str(one.model)
    return [
        *found.of_features(name, one.features_gone),
        *found.of_question(name, one.other_question, question_asked(spec, one.model)),
        *found.of_products(name, one.products_gone, one.products_unknown),
        *found.of_nulls(name, one.columns, limit.null_rise_most),
        *found.of_columns(name, one.columns),
        *found.of_scores(name, one.scores),
        *found.of_test(name, one.test, limit.told_apart_most),
        *quality.of_outcomes(spec, name, one.outcomes, one.tested, one.tested_lift),
        *quality.of_heads(spec, name, one.outcomes),
        *quality.of_estimate(spec, name, one.estimate_before, one.estimate),
        *quality.of_promises(
            spec, name, one.estimate_before, one.estimate, again=one.retest, outcomes=one.outcomes
        ),
        *found.of_retest(name, one.retest),
    ]


def _labels_on(scene: Scene, models: Sequence[WatchedModel]) -> date | None:
    """The day that the first label window ends of a snapshot after all that was tested."""
    done = max(day for one in models for day in (one.seen_until, *one.newer))
    later = [day for day in scene.layout.snapshots if day > done]
    ends = [label_window(day, scene.spec.window).end for day in later]
    return next((end for end in ends if end > scene.snapshot), None)
