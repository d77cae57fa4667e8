"""From a bank's randomised contacts to a registered uplift model: one head an action that can be learned."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.contract import Calibration, ModelContract
from features.errors import GateError
from features.layout import Layout
from features.progress import Progress, silent
from features.question import question_asked
from features.sensitive import unaudited
from features.spec import BankSpec
from features.tables import open_bank
from features.vocabulary import SNAPSHOT_DATE, Model
from training import registry
from training.artifact import TrainedModel, contract_heads
from training.card.effects import contact_parts
from training.dataset import History
from training.endings import endings
from training.heads import FittedHead, importance
from training.hindsight import refuse_hindsight
from training.intervals import Interval
from training.leaks import refuse_leaks
from training.pipeline import TrainResult, sample
from training.promotion.promote import promote_first
from training.reading import current_layout, open_history
from training.uplift.arranged import Trials, read_trials
from training.uplift.base import bases_of
from training.uplift.checks import require_sound
from training.uplift.choose import Tested, choose, forward_tested
from training.uplift.contacts import RETAIN
from training.uplift.figures import effect_figures
from training.uplift.learners import learners_by_action
from training.uplift.trial import Effect, Learner, Trial

MINIMUM_OUTCOMES: Final = 10
"""Of either kind in each arm: fewer cannot tell one arm's rate from the other's."""
REPEATS: Final = 200


@dataclass(frozen=True)
class Learned:
    """An action's effect, by which learner, and how it did for customers that it had not learned from.

    `qini` is surely above 0: an action of which that cannot be said is not learned.
    """

    effect: Effect
    learner: str
    tested: Tested
    qini: Interval
    outcomes: int
    average: float


def train_uplift(spec: BankSpec, progress: Progress = silent, store: History | None = None) -> TrainResult:
    """Check, learn, test and register what contacting changes; a first one that passes the gate is promoted.

    Actions whose contacts cannot tell, or whose ranking is not shown to be better than a random one, are left
    to propensity and churn; the result's notes say which and why. Metrics are cross-fitted: nobody is ranked
    by what learned from them.

    Raises BadInputError when no contact is randomised, GateError when no action passes its checks or when
    features know what came later.
    """
    layout = current_layout(spec)
    store = store or open_history(spec, layout)
    trained, rows, notes = build_uplift(spec, layout, store, progress)
    version = registry.register(spec, trained)
    notes += promote_first(spec, Model.UPLIFT, version, store)
    return TrainResult(
        str(Model.UPLIFT),
        version,
        registry.champion_version(spec, Model.UPLIFT) == version,
        rows,
        trained.metrics,
        tuple(notes),
    )


def build_uplift(
    spec: BankSpec, layout: Layout, store: History, progress: Progress
) -> tuple[TrainedModel, dict[str, int], list[str]]:
    """Check, learn and test; nothing is registered. The model, contacts by action, a sentence an action."""

    def step(stage: str, done: int, total: int) -> None:
        progress(f"uplift: {stage}", done, total)

    bank = open_bank(spec)
    features = {name for name, _ in layout.model_features()}
    refuse_hindsight(bank, features, layout.snapshots, spec.training.trusted)
    found = read_trials(bank, layout, store, step)
    ends = endings(bank, found.data.everything.keys)
    refuse_leaks(found.data, ends, spec.training.trusted, found.looks())
    learned, notes = learn_actions(found, spec.training.seed, step)
    rows = {action: len(trial) for action, trial in found.trials.items() if action in learned}
    return _trained(spec, layout, found, learned), rows, notes


def learn_actions(found: Trials, seed: int, progress: Progress) -> tuple[dict[str, Learned], list[str]]:
    """What was learned, by action, and a sentence for each action.

    Raises GateError naming every action and why nothing could be learned of it.
    """
    sound, unsound = sound_trials(found.trials)
    learned, notes, refused = {}, [], list(unsound.values())
    candidates = learners_by_action(sound, bases_of(found.panels), seed)
    for done, (action, trial) in enumerate(sound.items(), 1):
        try:
            learned[action] = one = _learn(action, trial, candidates[action], seed)
            notes.append(f"{action}: {one.learner}, of {len(trial)} contacts")
        except GateError as error:
            refused.append(str(error))
        progress("fitting", done, len(sound))
    if not learned:
        raise GateError("uplift: nothing can be learned from the contacts:\n  " + "\n  ".join(refused))
    return learned, [*notes, *refused]


def sound_trials(trials: Mapping[str, Trial]) -> tuple[dict[str, Trial], dict[str, str]]:
    """The trials that can tell what treating does, and why the others cannot."""
    sound, refused = {}, {}
    for action, trial in trials.items():
        try:
            require_sound(action, trial, MINIMUM_OUTCOMES)
            sound[action] = trial
        except GateError as error:
            refused[action] = str(error)
    return sound, refused


def _learn(action: str, trial: Trial, candidates: Mapping[str, Learner], seed: int) -> Learned:
    choice = choose(trial, candidates, seed)
    tested = forward_tested(trial, candidates[choice.name], seed)
    qini = tested.qini_interval(REPEATS, seed)
    if not qini.low > 0:
        raise GateError(
            f"{action}: not shown to rank better than at random: the {choice.name}'s Qini coefficient is "
            f"{qini.value:.5f} [{qini.low:.5f}, {qini.high:.5f}]"
        )
    outcomes = int(min(trial.outcome.sum(), len(trial) - trial.outcome.sum()))
    return Learned(candidates[choice.name](trial, seed), choice.name, tested, qini, outcomes, _average(trial))


def _trained(spec: BankSpec, layout: Layout, found: Trials, learned: Mapping[str, Learned]) -> TrainedModel:
    heads = tuple(_head(action, one) for action, one in learned.items())
    days = found.data.everything.keys[SNAPSHOT_DATE].unique().to_pylist()
    tested = {action: one.tested for action, one in learned.items()}
    looks_at = importance(heads, found.data.columns)
    audited = {name for one in tested.values() for name in one.trial.groups}
    contract = ModelContract(
        model=Model.UPLIFT.value,
        feature_service=layout.service_name(Model.UPLIFT),
        columns=found.data.columns,
        heads=contract_heads(heads, spec.products),
        gap_days=0,
        horizon_days=spec.window.horizon_days,
        leaving=question_asked(spec, Model.UPLIFT).leaving if RETAIN in learned else None,
        train_snapshots=tuple(day.isoformat() for day in sorted(days)),
        fingerprint=layout.fingerprint,
    )
    return TrainedModel(
        contract=contract,
        heads=heads,
        metrics=_metrics(learned),
        settings={f"learner.{action.replace(':', '.')}": one.learner for action, one in learned.items()},
        split="five folds of customers told the metrics, each but the first by those before it; the boosters "
        "learned from all contacts",
        refitted=True,
        tested_on=_identity(learned),
        sample=sample(found.data.everything.matrix),
        figures=effect_figures(tested, looks_at, spec.training.seed),
        tested=tested,
        parts=contact_parts({action: found.trials[action] for action in learned}, tested),
        sensitive=tuple(name for name in layout.sensitive if name in audited),
        unaudited=unaudited(spec, dict(layout.features())),
        importance=looks_at,
    )


def _head(action: str, learned: Learned) -> FittedHead:
    """The effect as a head: an identity, or the line scale * p + shift as two points."""
    effect = learned.effect
    line = Calibration(kind="identity")
    if (effect.scale, effect.shift) != (1.0, 0.0):
        line = Calibration(kind="isotonic", x=(0.0, 1.0), y=(effect.shift, effect.scale + effect.shift))
    return FittedHead(action, effect.booster, line, learned.average, learned.outcomes, control=effect.control)


def _metrics(learned: Mapping[str, Learned]) -> dict[str, float]:
    """Qini with its interval, AUUC and average effect an action; `qini` is the mean of all."""
    metrics: dict[str, float] = {}
    for action, one in learned.items():
        metrics |= {
            f"qini.{action}": one.qini.value,
            f"qini_low.{action}": one.qini.low,
            f"qini_high.{action}": one.qini.high,
            f"auuc.{action}": one.tested.auuc(),
            f"average_effect.{action}": one.average,
        }
    mean = float(np.mean([one.qini.value for one in learned.values()]))
    return {"qini": mean} | {name.replace(":", "."): value for name, value in metrics.items()}


def _average(trial: Trial) -> float:
    """The difference of the arms' rates, each row weighing one over the probability of its arm."""
    rates = [
        np.average(trial.outcome[arm], weights=1 / trial.arm_probability[arm])
        for arm in (trial.treated, ~trial.treated)
    ]
    return float(rates[0] - rates[1])


def _identity(learned: Mapping[str, Learned]) -> str:
    """A hash of the trials: Qini coefficients with the same one can be compared."""
    content = hashlib.sha256()
    for action, one in learned.items():
        trial = one.tested.trial
        content.update(action.encode())
        for column in (trial.treated, trial.outcome, trial.probability, trial.customer):
            content.update(np.ascontiguousarray(column).tobytes())
    return content.hexdigest()
