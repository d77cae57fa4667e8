"""A campaign in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from features.spec import BankSpec
from serving.campaign.exposure import exposures, mixes
from serving.campaign.funnel import drops, nobody_contacted
from serving.campaign.limits import limits_of
from serving.campaign.pool import Pool
from serving.campaign.result import BudgetPoint, CampaignSummary, Limit, Share
from serving.estimation.sample_ratio import held_out_split
from serving.models import ScoringModel
from serving.scores import EXPECTED, model_versions, question_notes
from serving.selection.frontier import frontier
from serving.selection.problem import Problem, value_of
from serving.selection.select import Selection


@dataclass(frozen=True)
class Occasion:
    """As of when customers are known, and the day it is decided on."""

    snapshot: date
    today: date


@dataclass(frozen=True)
class Outcome:
    """What was found: the problem, its solution, and both tables of rows."""

    problem: Problem
    selection: Selection
    contacts: pa.Table
    held_out: pa.Table


def summarise(
    spec: BankSpec, occasion: Occasion, models: Sequence[ScoringModel], pool: Pool, outcome: Outcome
) -> CampaignSummary:
    """The figures of one campaign."""
    contacts, selection = outcome.contacts, outcome.selection
    limits, value = _limits(pool, outcome), value_of(outcome.problem, selection.chosen)
    ratio = pool.compiled.policy.campaign.exposure_warning_ratio
    return CampaignSummary(
        bank=spec.name,
        currency=spec.currency,
        snapshot=occasion.snapshot,
        decided_on=occasion.today,
        **_counts(pool, outcome),
        expected_value=value,
        exploration_cost=max(selection.value - value, 0.0),
        cost=float(np.sum(contacts["cost"].to_numpy())),
        bound=selection.bound,
        gap=selection.gap,
        greedy_value=selection.greedy_value,
        arms=_shares(contacts, "arm"),
        actions=_shares(contacts, "action"),
        channels=_shares(contacts, "channel"),
        tiers=_shares(contacts, "tier"),
        limits=limits,
        funnel=drops(pool.funnel),
        frontier=_frontier(pool, outcome),
        mixes=mixes(pool.compiled, pool.customers, selection.chosen),
        exposures=exposures(pool.customers, pool.sensitive, selection.chosen, ratio),
        exposure_warning_ratio=ratio,
        model_versions=model_versions(models),
        policy_version=pool.compiled.version,
        warnings=(
            *_warnings(pool, occasion.today, models),
            *question_notes(spec, models),
            *_unmet(limits),
            *_empty(pool, contacts),
        ),
    )


def _counts(pool: Pool, outcome: Outcome) -> dict[str, int]:
    """What became of how many customers."""
    chosen = np.asarray((outcome.selection.chosen >= 0).any(axis=0))
    candidate, spared = pool.alive.any(axis=(0, 1)), pool.held_out & ~chosen
    held = len(set(outcome.held_out["customer_id"].to_pylist()))
    return {
        "customers": len(chosen),
        "contacted": int(chosen.sum()),
        "contacts": outcome.contacts.num_rows,
        "held_out": held,
        "held_out_idle": int(spared.sum()) - held,
        "crowded_out": int((candidate & ~chosen & ~spared).sum()),
        "no_action": int((~candidate & ~spared).sum()),
    }


def _shares(contacts: pa.Table, by: str) -> tuple[Share, ...]:
    grouped = contacts.group_by(by, use_threads=False).aggregate(
        [("rank", "count"), ("expected_value", "sum"), ("cost", "sum")]
    )
    shares = (
        Share(
            name=row[by] or "unknown",
            contacts=row["rank_count"],
            expected_value=row["expected_value_sum"],
            cost=row["cost_sum"],
        )
        for row in grouped.to_pylist()
    )
    return tuple(sorted(shares, key=lambda share: share.name))


def _limits(pool: Pool, outcome: Outcome) -> tuple[Limit, ...]:
    """The policy's limits, then one for each manager's book."""
    used = outcome.problem.used(outcome.selection.chosen).tolist()
    prices = outcome.selection.prices.tolist()
    limits = limits_of(pool.compiled, pool.factors)
    short = {one.row: one for one in outcome.selection.short}
    found = [
        Limit(
            name=limit.name,
            kind=limit.kind,
            limit=limit.limit,
            used=used[row],
            price=prices[row],
            minimum=limit.minimum,
            short=short[row].missing if row in short else 0.0,
            reachable=short[row].reachable if row in short else None,
        )
        for row, limit in enumerate(limits)
    ]
    books, names = pool.books
    capacities = [] if books is None else books.capacity.tolist()
    for row, (name, capacity) in enumerate(zip(names, capacities, strict=True), len(limits)):
        found.append(Limit(name=name, kind="manager", limit=capacity, used=used[row], price=prices[row]))
    return tuple(found)


def _frontier(pool: Pool, outcome: Outcome) -> tuple[BudgetPoint, ...]:
    kinds = [limit.kind for limit in limits_of(pool.compiled, pool.factors)]
    row = kinds.index("budget") if "budget" in kinds else None
    points = frontier(outcome.problem, pool.factors.cost, outcome.selection.prices, row)
    return tuple(BudgetPoint(budget=one.budget, expected_value=one.expected_value) for one in points)


def _warnings(pool: Pool, today: date, models: Sequence[ScoringModel]) -> list[str]:
    trained = {model.name for model in models}
    warnings = [f"no {model} model: its actions are not scored" for model in EXPECTED if model not in trained]
    warnings += pool.compiled.warnings(today)
    split = held_out_split(pool.held_out, pool.compiled.policy.holdout)
    return warnings + ([split.warning] if split.warning else [])


def _unmet(limits: tuple[Limit, ...]) -> list[str]:
    return [
        f"the minimum of {limit.name} is not met: {limit.minimum:,.0f} contacts asked, {limit.used:,.0f} "
        f"reached within the other limits, {limit.short:,.0f} short ({limit.reachable:,} customers could be "
        "offered it)"
        for limit in limits
        if limit.short > 0
    ]


def _empty(pool: Pool, contacts: pa.Table) -> list[str]:
    """Why nobody is contacted, where neither the limits nor the control group took all there was."""
    if contacts.num_rows or pool.contactable.any() or not pool.funnel:
        return []
    return [nobody_contacted(pool.funnel)]
