"""The evidence of a promotion: both sides on the same rows, and customers then and now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa

from features.errors import BadInputError
from features.layout import Layout
from features.point_in_time import population
from features.question import question_asked
from features.spec import BankSpec
from features.tables import open_bank
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training.answers import Answers, Texts, answers
from training.card.facts import card_slices
from training.dataset import Examples, History
from training.groups import read_groups
from training.labels.labelled import UnlabelledError, label_matrix
from training.labels.window import label_window
from training.monitor.rows import holding
from training.promotion.gates.case import Case, Side
from training.promotion.gates.stability import SCORED
from training.reading import read_labels
from training.sample import HELD_BACK_ROWS_MOST, uniform_sample
from training.slices import Slice, slices
from training.tested_on import rows_that_tested
from training.uplift.slices import effect_slices

POPULATION_ROWS = 5000
SNAPSHOTS_MOST = 12
"""Of training, the latest: customers then, and how far they move within a year."""


def promotion_case(
    spec: BankSpec, layout: Layout, store: History, challenger: Side, champion: Side | None
) -> Case:
    """Everything that the gates look at."""
    asked = question_asked(spec, Model(challenger.contract.model))
    case = Case(spec.promotion, challenger, champion, seed=spec.training.seed, asked=asked)
    rival = case.rival
    same = rival is None or (not rival.altered and _tested_on(challenger) == _tested_on(rival))
    if rival is not None and rival.altered:
        # What it is said to have answered is not what was written: it is asked anew, or not compared.
        champion = rival = replace(rival, answers=None, tested={})
    if rival is not None and not same and challenger.answers is not None:
        both = on_common_rows(spec, layout, store, challenger, rival)
        both = both or on_tested_rows(spec, layout, store, challenger, rival)
        if both is not None:
            challenger, champion, same = *both, True
    sliced = _sliced(challenger, spec.training.seed)
    case = replace(case, challenger=challenger, champion=champion, same_rows=same, sliced=sliced)
    return _with_population(case, spec, layout, store)


def _sliced(side: Side, seed: int) -> Sequence[Slice]:
    """By group; the card's own where the answers are those it was written of."""
    told = card_slices(side.card) if side.card and side.own else []
    if side.answers is None:
        return told or effect_slices(side.tested, seed)
    return told or slices(side.answers, seed)


def on_common_rows(
    spec: BankSpec, layout: Layout, store: History, challenger: Side, champion: Side
) -> tuple[Side, Side] | None:
    """Both scored anew at the newest labelled snapshot that neither learned from, label windows over by then.

    None where there is none: one learned from the newest too, or the champion's features are gone.
    """
    learned = [_learned_until(side) for side in (challenger, champion)]
    if None in learned:
        return None
    after = max(day for day in learned if day is not None)
    days = [day for day in layout.snapshots if day >= after]
    labels = _labelled(spec, Model(challenger.contract.model), days) if days else None
    if labels is None:
        return None
    newest = max(labels[SNAPSHOT_DATE].to_pylist())
    rows = np.flatnonzero(labels[SNAPSHOT_DATE].to_numpy().astype("datetime64[D]") == np.datetime64(newest))
    chosen = labels.take(uniform_sample(rows, HELD_BACK_ROWS_MOST, spec.training.seed))
    groups = read_groups(store, layout, chosen.select([CUSTOMER_ID, SNAPSHOT_DATE]))
    other = _anew(store, champion, chosen, groups)
    return (_asked(store, challenger, chosen, groups), other) if other else None


def on_tested_rows(
    spec: BankSpec, layout: Layout, store: History, challenger: Side, champion: Side
) -> tuple[Side, Side] | None:
    """The challenger as it answered its test, before it learned from that too, and the champion scored there.

    None where the champion learned of what came true after these snapshots, its features are gone, or the
    rows are not found again, in their order.
    """
    found, learned = challenger.answers, _learned_until(champion)
    days = [date.fromisoformat(day) for day in challenger.contract.test_snapshots]
    if found is None or challenger.card is None or learned is None or not days or min(days) < learned:
        return None
    newest, identity = max(days), challenger.card.tested_on
    before = [day for day in layout.snapshots if day <= newest]
    labels = _labelled(spec, Model(challenger.contract.model), before)
    rows = rows_that_tested(spec, labels, found.heads, identity, newest) if labels is not None else None
    other = _anew(store, champion, rows, found.groups) if rows is not None else None
    return (challenger, other) if other else None


def _labelled(spec: BankSpec, model: Model, days: Sequence[date]) -> pa.Table | None:
    """The labels of these snapshots, None if there are none yet."""
    try:
        labels = read_labels(spec, model, days)
    except UnlabelledError:
        return None
    return labels if labels.num_rows else None


def _anew(store: History, champion: Side, labels: pa.Table, groups: Mapping[str, Texts]) -> Side | None:
    """A champion asked about other rows than those of its test; None where its features are built no more."""
    try:
        return _asked(store, champion, labels, groups)
    except BadInputError:
        return None


def _asked(store: History, side: Side, labels: pa.Table, groups: Mapping[str, Texts]) -> Side:
    return replace(side, answers=_scored(store, side, labels, groups), own=False)


def _scored(store: History, side: Side, labels: pa.Table, groups: Mapping[str, Texts]) -> Answers:
    keys = labels.select([CUSTOMER_ID, SNAPSHOT_DATE])
    names = tuple(head.name for head in side.heads)
    scores = side.score(store.historical(side.contract.feature_service, keys))
    outcome = label_matrix(labels, names)
    examples = Examples(keys, np.empty((len(keys), 0)), outcome, np.ones(len(keys)))
    rates = np.array([head.base_rate for head in side.heads])
    return answers(names, examples, scores, rates, groups)


def _learned_until(side: Side) -> date | None:
    """The day by which every label that the side learned from had come true; None if that is not known."""
    if side.card is None:
        return None
    parts = [part for part in side.card.parts if part.part != "test" or side.card.refitted]
    days = [date.fromisoformat(day) for part in parts for day in part.snapshots]
    window = side.contract.window
    return max((label_window(day, window).end for day in days), default=None)


def _tested_on(side: Side) -> str | None:
    return side.card.tested_on if side.card else None


def _with_population(case: Case, spec: BankSpec, layout: Layout, store: History) -> Case:
    trained = [date.fromisoformat(day) for day in case.challenger.contract.train_snapshots]
    earlier = [day for day in layout.snapshots if day in trained][-SNAPSHOTS_MOST:]
    newest, service = layout.snapshots[-1], case.challenger.contract.feature_service
    now = _holders(store, service, _sample(spec, [newest], POPULATION_ROWS))
    found = replace(
        case,
        earlier=_holders(store, service, _sample(spec, earlier, POPULATION_ROWS // SCORED))
        if earlier
        else None,
        newest=now,
        later=bool(trained) and newest > max(trained),
    )
    if case.rival is None:
        return found
    try:
        keys = now.select([CUSTOMER_ID, SNAPSHOT_DATE])
        features = store.historical(case.rival.contract.feature_service, keys)
    except BadInputError:
        return found  # the champion's features are built no more
    return replace(found, champion_newest=features)


def _holders(store: History, service: str, keys: pa.Table) -> pa.Table:
    """The features of those of `keys` who hold something, as monitoring looks at them, beside the keys.

    The others have left: there are more of them at every snapshot.
    """
    features = store.historical(service, keys)
    features = features.select([name for name in features.column_names if name not in keys.column_names])
    for name in keys.column_names:
        features = features.append_column(name, keys[name])
    return features.take(holding(features))


def _sample(spec: BankSpec, days: Sequence[date], most: int) -> pa.Table:
    """Customers known at the snapshots, `most` of each drawn at random: customer_id, snapshot_date."""
    bank, random = open_bank(spec), np.random.default_rng(spec.training.seed)
    parts = []
    for day in days:
        ids = population(bank, day).order_by(CUSTOMER_ID).to_pyarrow()[CUSTOMER_ID]
        number = min(len(ids), most)
        kept = ids.take(pa.array(np.sort(random.choice(len(ids), number, replace=False))))
        dates = pa.repeat(pa.scalar(day, pa.date32()), number)
        parts.append(pa.table({CUSTOMER_ID: kept, SNAPSHOT_DATE: dates}))
    return pa.concat_tables(parts)
