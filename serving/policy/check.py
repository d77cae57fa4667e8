"""What a policy does to a bank's customers: whom each stage and each rule takes which action from."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np

from features.progress import Progress
from features.spec import BankSpec
from serving.campaign.funnel import Reason, funnel
from serving.campaign.result import Figures
from serving.campaign.run import CHUNK_ROWS, Opened, open_campaign
from serving.decision.compiled import CompiledPolicy
from serving.decision.decide import Decisions, decide
from serving.decision.policy import Policy
from serving.decision_table import decision_table
from serving.models import ALL_THREADS
from serving.scores import population

STAGES = ("candidates", "objection", "eligible", "permitted", "valued")


class FunnelStep(Figures):
    """How many customers one reason took an action away from; `kind` says of a rule what it is about."""

    stage: str
    kind: str
    reason: str
    action: str
    customers: int


class ActionFunnel(Figures):
    """One action's way: of all customers, how many each stage takes it from, how many it is left for.

    `best` counts those for whom it is the best that is left, `chosen` those for whom it would be done if
    no capacity, budget or holdout bound them.
    """

    action: str
    customers: int
    candidates: int
    objection: int
    eligible: int
    permitted: int
    valued: int
    left: int
    best: int
    chosen: int


class PolicyCheck(Figures):
    """A policy that suits a bank, and what it does there.

    `objected` customers said no to marketing and are not scored; for `nothing` no action is left, and of
    those `fallback` get the policy's default.
    """

    bank: str
    snapshot: date
    decided_on: date
    policy_version: str
    customers: int
    objected: int
    nothing: int
    fallback: int
    actions: tuple[ActionFunnel, ...]
    funnel: tuple[FunnelStep, ...]
    warnings: tuple[str, ...]


def check_policy(
    spec: BankSpec, policy: Policy, snapshot: date, progress: Progress, *, today: date
) -> PolicyCheck:
    """Decide for everyone known at `snapshot` under `policy`, and count; nothing is written.

    Raises BadInputError for a policy that does not suit the bank, a snapshot that is not built, or a bank
    without a champion.
    """
    bank = open_campaign(spec, snapshot, policy)
    return counted(spec.name, snapshot, bank.policy, _decided(bank, snapshot, today, progress), today)


def counted(
    bank: str, snapshot: date, compiled: CompiledPolicy, chunks: Iterator[Decisions], today: date
) -> PolicyCheck:
    """The figures of everyone decided, chunk by chunk."""
    totals: Counter[str] = Counter()
    dropped: Counter[Reason] = Counter()
    per_action = np.zeros((3, len(compiled.actions)), dtype=np.int64)
    for decisions in chunks:
        winner = np.where(decisions.fallback, -1, decisions.winner)
        totals["customers"] += len(winner)
        totals["objected"] += int(decisions.objections.sum())
        totals["nothing"] += int((winner < 0).sum())
        totals["fallback"] += int(decisions.fallback.sum())
        dropped += funnel(decisions)
        chosen = decisions.chosen & ~decisions.fallback
        best = np.bincount(winner[winner >= 0], minlength=len(compiled.actions))
        per_action += [decisions.alive.any(axis=1).sum(axis=1), best, chosen.sum(axis=1)]
    return PolicyCheck(
        bank=bank,
        snapshot=snapshot,
        decided_on=today,
        policy_version=compiled.version,
        **{name: totals[name] for name in ("customers", "objected", "nothing", "fallback")},
        actions=tuple(
            _way(action.id, totals["customers"], dropped, per_action[:, place].tolist())
            for place, action in enumerate(compiled.actions)
        ),
        funnel=_steps(compiled, dropped),
        warnings=(*compiled.warnings(today), *map(_left_out, compiled.left_out)),
    )


def _decided(bank: Opened, snapshot: date, today: date, progress: Progress) -> Iterator[Decisions]:
    people = population(bank.spec, bank.layout, snapshot)
    done = 0
    progress("decide", done, people.num_rows)
    for features in bank.features(people, CHUNK_ROWS):
        customers = decision_table(features, bank.models, ALL_THREADS, bank.policy)
        yield decide(customers, bank.policy, today)
        done += features.num_rows
        progress("decide", done, people.num_rows)


def _way(action: str, customers: int, dropped: Mapping[Reason, int], survivors: list[int]) -> ActionFunnel:
    gone: Counter[str] = Counter()
    for (stage, _, whose), count in dropped.items():
        if whose == action:
            gone[stage] += count
    by_stage = {stage: gone[stage] for stage in STAGES}
    left, best, chosen = survivors
    return ActionFunnel(action=action, customers=customers, **by_stage, left=left, best=best, chosen=chosen)


def _steps(compiled: CompiledPolicy, dropped: Mapping[Reason, int]) -> tuple[FunnelStep, ...]:
    """In order of stage, and of the largest effect."""
    kinds: dict[str, str] = {rule.name: rule.kind for rule in compiled.rules}
    ordered = sorted(dropped.items(), key=lambda one: (STAGES.index(one[0][0]), -one[1], one[0]))
    return tuple(
        FunnelStep(
            stage=stage,
            kind=kinds.get(reason, "") if stage == "eligible" else "",
            reason=reason,
            action=action,
            customers=customers,
        )
        for (stage, reason, action), customers in ordered
    )


def _left_out(rule: str) -> str:
    return f"rule {rule} is left out: the bank lacks the column it is for"
