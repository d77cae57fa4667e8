"""How uplift would have done: learned before each snapshot's contacts, ranking them, beside simple orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.contract import FeatureColumn
from features.errors import BadInputError
from features.layout import Layout
from features.progress import Progress, silent
from features.spec import BankSpec
from features.tables import open_bank
from features.vocabulary import Model
from training.backtest.contact_folds import ContactFold, as_trial, numbered, walk_contacts
from training.backtest.effect_lines import Judged, against_orders, ages, by_snapshot, unordered
from training.backtest.folds import CELLS_MOST
from training.backtest.orders import Order, learn_orders
from training.backtest.walk import DRAWS, Backtest
from training.dataset import History
from training.endings import endings
from training.hindsight import refuse_hindsight
from training.intervals import draw_customers
from training.leaks import refuse_leaks
from training.metrics.effect import drawn_effect, drawn_mean
from training.metrics.uplift import ranking
from training.reading import current_layout, open_history
from training.uplift.arranged import arrange_trials
from training.uplift.base import bases_of
from training.uplift.contacts import CONTACT_ROWS_MOST, PANEL_ROWS_MOST, Contacts, read_contacts
from training.uplift.learners import learners_by_action
from training.uplift.slices import EFFECT, GAP, PREDICTED
from training.uplift.train import sound_trials
from training.uplift.trial import Effect, Floats, Rows, Trial


@dataclass(frozen=True)
class ContactWalk:
    """All that is needed to learn and to judge on the same draws of customers.

    `customer` (contacts,) are places in the draws; `notes` tell what is left out.
    """

    spec: BankSpec
    found: Contacts
    folds: Sequence[ContactFold]
    notes: Sequence[str]
    customer: Rows
    draws: Floats

    def test(self, action: str, fold: ContactFold, columns: Sequence[FeatureColumn]) -> Trial:
        """An action's contacts of a fold, as a model of these columns sees them."""
        places = fold.tests[action].places
        matrix = self.found.rows.take(places).encoded(columns)
        return as_trial(self.found, places, matrix, self.customer[places])


@dataclass(frozen=True)
class LearnedEffects:
    """What was learned as of a fold: each action's effect and the simple orders; `refused` says why not."""

    fold: ContactFold
    columns: tuple[FeatureColumn, ...]
    effects: Mapping[str, Effect]
    orders: Mapping[str, Mapping[str, Order]]
    refused: Mapping[str, str]


def prepare_effects(
    spec: BankSpec,
    progress: Progress,
    *,
    folds: int | None = None,
    draws: int = DRAWS,
    store: History | None = None,
) -> ContactWalk:
    """Read contacts, outcomes and features once, for all folds.

    Raises BadInputError without a randomised contact, GateError for the features that training refuses.
    """
    layout = current_layout(spec)
    found = _read(spec, layout, store or open_history(spec, layout), progress)
    customer, (walked, notes) = numbered(found), walk_contacts(found, spec, folds)
    drawn = draw_customers(int(customer.max()) + 1, draws, spec.training.seed)
    return ContactWalk(spec, found, walked, notes, customer, drawn)


def backtest_effects(walk: ContactWalk, progress: Progress = silent) -> Backtest:
    """Learn as of every fold, and rank there and on all later ones.

    Raises BadInputError naming every reason when nothing can be judged.
    """
    learned = []
    for place, fold in enumerate(walk.folds):
        learned.append(learn_effects(walk, fold))
        progress("fitting", place + 1, len(walk.folds))
    notes = [*walk.notes, *_unlearned(learned)]
    judged = []
    for place, one in enumerate(learned):
        actions = [action for action in one.effects if action in one.fold.tests]
        judged += [_judge(walk, action, learned[: place + 1]) for action in actions]
        progress("testing", place + 1, len(learned))
    if not judged:
        raise BadInputError("\n  ".join([f"{walk.spec.name}: no uplift can be backtested:", *notes]))
    return Backtest(
        model=str(Model.UPLIFT),
        notes=(*notes, *unordered(judged)),
        snapshots=tuple(by_snapshot(judged)),
        rules=tuple(against_orders(judged)),
        ages=tuple(ages(judged)),
    )


def learn_effects(walk: ContactWalk, fold: ContactFold) -> LearnedEffects:
    """Learn from all that had come true before the fold's first contact, as `train` would have then.

    By the first of its learners, which `train` takes unless another surely leads; and whether or not the
    effect is shown to rank, which is what the backtest asks.
    """
    seed = walk.spec.training.seed
    known = arrange_trials(walk.found.known_by(fold.begins, walk.spec), seed)
    sound, refused = sound_trials(known.trials)
    bases = bases_of({action: known.panels[action] for action in sound})
    effects, orders = {}, {}
    for action, candidates in learners_by_action(sound, bases, seed).items():
        first, trial = next(iter(candidates.values())), sound[action]
        effects[action] = first(trial, seed)
        orders[action] = learn_orders(action, known.panels[action], bases[action](trial, seed), trial.names)
    return LearnedEffects(fold, known.data.columns, effects, orders, refused)


def figures(trial: Trial, scores: Floats, draws: Floats) -> dict[str, Floats]:
    """Qini coefficient and AUUC of a trial's rows by descending scores (rows,), in each draw."""
    ranked = ranking(scores, trial.treated, trial.outcome, trial.probability)
    found = np.array([ranked.areas(counts) for counts in draws[:, trial.customer]])
    return {"qini": found[:, 0], "auuc": found[:, 1]}


def _read(spec: BankSpec, layout: Layout, store: History, progress: Progress) -> Contacts:
    """More of the panel than training takes, as memory allows: each fold draws from what it may know."""
    bank, trusted, features = open_bank(spec), spec.training.trusted, layout.model_features()
    refuse_hindsight(bank, {name for name, _ in features}, layout.snapshots, trusted)
    panel_rows = max(CELLS_MOST // max(len(features), 1) - CONTACT_ROWS_MOST, PANEL_ROWS_MOST)
    found = read_contacts(bank, layout, store, progress, panel_rows)
    whole = arrange_trials(found.sampled(spec.training.seed), spec.training.seed)
    refuse_leaks(whole.data, endings(bank, whole.data.everything.keys), trusted, whole.looks())
    return found


def _unlearned(learned: Sequence[LearnedEffects]) -> list[str]:
    """Why tests have no model: their action was refused when it should have been learned."""
    return [
        f"{test.name} left out: {one.refused[action]}"
        for one in learned
        for action, test in one.fold.tests.items()
        if action in one.refused
    ]


def _judge(walk: ContactWalk, action: str, learned: Sequence[LearnedEffects]) -> Judged:
    """The last one's test of an action, by its own model, by simple orders and by the models before."""
    *earlier, now = learned
    test = walk.test(action, now.fold, now.columns)
    own = now.effects[action].predict(test.matrix)
    old = {}
    for one in earlier:
        if action in one.effects:
            seen = walk.test(action, now.fold, one.columns)
            age, days = now.fold.place - one.fold.place, (now.fold.begins - one.fold.begins).days
            old[age] = (days, figures(seen, one.effects[action].predict(seen.matrix), walk.draws))
    orders = now.orders[action].items()
    return Judged(
        now.fold.tests[action].name,
        action,
        len(test),
        figures(test, own, walk.draws) | _averages(test, own, walk.draws),
        {name: figures(test, order(test.matrix), walk.draws) for name, order in orders},
        old,
    )


def _averages(trial: Trial, told: Floats, draws: Floats) -> dict[str, Floats]:
    """The effect observed, that predicted, and the first less the second."""
    observed = drawn_effect(trial.treated, trial.outcome, trial.probability, trial.customer, draws)
    predicted = drawn_mean(told, trial.customer, draws)
    return {EFFECT: observed, PREDICTED: predicted, GAP: observed - predicted}
