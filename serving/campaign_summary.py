"""A campaign in figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from features.spec import BankSpec
from serving.campaign_pool import Pool, drops, limits_of
from serving.campaign_result import CampaignSummary, Limit, Share
from serving.models import ScoringModel
from serving.scores import EXPECTED, model_versions
from serving.selection import Selection
from serving.selection_problem import Problem


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
    chosen, candidate = selection.chosen >= 0, pool.alive.any(axis=(0, 1))
    spared = pool.held_out & ~chosen
    return CampaignSummary(
        bank=spec.name,
        currency=spec.currency,
        snapshot=occasion.snapshot,
        decided_on=occasion.today,
        customers=len(chosen),
        contacted=contacts.num_rows,
        held_out=outcome.held_out.num_rows,
        held_out_idle=int(spared.sum()) - outcome.held_out.num_rows,
        crowded_out=int((candidate & ~chosen & ~spared).sum()),
        no_action=int((~candidate & ~spared).sum()),
        expected_value=selection.value,
        cost=float(np.sum(contacts["cost"].to_numpy())),
        bound=selection.bound,
        gap=selection.gap,
        greedy_value=selection.greedy_value,
        actions=_shares(contacts, "action"),
        channels=_shares(contacts, "channel"),
        tiers=_shares(contacts, "tier"),
        limits=_limits(pool, outcome),
        funnel=drops(pool.funnel),
        model_versions=model_versions(models),
        policy_version=pool.compiled.version,
        warnings=tuple(_warnings(pool, occasion.today, models)),
    )


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
    used = outcome.problem.used(outcome.selection.chosen)
    return tuple(
        Limit(name=limit.name, kind=limit.kind, limit=limit.limit, used=float(taken), price=float(price))
        for limit, taken, price in zip(
            limits_of(pool.compiled, pool.factors), used, outcome.selection.prices, strict=True
        )
    )


def _warnings(pool: Pool, today: date, models: Sequence[ScoringModel]) -> list[str]:
    trained = {model.name for model in models}
    warnings = [f"no {model} model: its actions are not scored" for model in EXPECTED if model not in trained]
    expired = pool.compiled.expired_levers(today)
    return warnings + [f"lever {name} is past its date and without effect" for name in expired]
