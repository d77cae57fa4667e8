"""From a bank and its logged decisions to the answers of `nextbest impact` and `nextbest whatif`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.spec import BankSpec
from serving.decision.arms import contacted_chance
from serving.decision.compiled import CompiledPolicy
from serving.decision.holdout import period
from serving.decision.policy import Policy
from serving.estimation.again import POLICY_VERSION, choices_under
from serving.estimation.arms import Advantage, advantages
from serving.estimation.impact import Impact, impact_of
from serving.estimation.logged import checked, matured
from serving.estimation.source import DecisionLog
from serving.estimation.whatif import WhatIf, carried_out, whatif_of
from serving.policy.file import compile_for, load_policy, read_policy

UNKNOWN_SUPPORT = (
    "not every policy that decided is known here, or it explores by thompson: what it would never have "
    "chosen is only known where it chose with certainty"
)


@dataclass(frozen=True)
class ImpactAnswer:
    """The impact of decisions whose outcomes are complete on `today`; `still_open` are not."""

    currency: str
    today: date
    decisions: int
    still_open: int
    impact: Impact
    advantages: tuple[Advantage, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class WhatIfAnswer:
    """A new policy against the logged decisions whose outcomes are complete on `today`."""

    currency: str
    today: date
    policy_version: str
    whatif: WhatIf
    warnings: tuple[str, ...]


def impact_answer(spec: BankSpec, log: DecisionLog, today: date, precision: float) -> ImpactAnswer:
    """Contacted against held out, and our decisions against every other arm.

    Raises BadInputError for decisions that are not in the agreed form, or none complete.
    """
    whole = checked(log.logged_decisions(spec))
    logged = matured(whole, today, _window_days(spec))
    policy = load_policy(spec)
    impact = impact_of(
        logged, lambda day: period(policy.holdout.period, day), _held_shares(policy), precision
    )
    return ImpactAnswer(
        currency=spec.currency,
        today=today,
        decisions=logged.num_rows,
        still_open=whole.num_rows - logged.num_rows,
        impact=impact,
        advantages=advantages(logged, lambda day: period(policy.holdout.period, day)),
        warnings=impact.warnings,
    )


def whatif_answer(
    spec: BankSpec, log: DecisionLog, policy: Path, today: date, minimum_effective: float
) -> WhatIfAnswer:
    """What the policy in a file would have earned.

    Raises BadInputError as `impact_answer` does and for a faulty policy, GateError where the logged decisions
    cannot tell.
    """
    read = read_policy(policy)
    complete = matured(checked(log.logged_decisions(spec)), today, _window_days(spec))
    customers = log.decided_with(spec, complete["decision_id"])
    logged = complete.take(pc.index_in(customers["decision_id"], complete["decision_id"].combine_chunks()))
    new, olds = compile_for(spec, read, customers.schema), log.policies(spec)
    choices = choices_under(logged, customers, new, olds)
    # Both policies on those that each decides itself: arms are drawn by a hash that knows no outcome.
    ours = carried_out(logged) & choices.own
    found = whatif_of(logged.filter(pa.array(ours)), choices.where(ours), minimum_effective)
    notes = () if _all_known(customers, olds) else (UNKNOWN_SUPPORT,)
    return WhatIfAnswer(spec.currency, today, new.version, found, found.warnings + notes)


def as_json(answer: ImpactAnswer | WhatIfAnswer) -> dict[str, Any]:
    """The answer as JSON knows it: dates as text, unbounded as null."""
    return {name: _plain(value) for name, value in asdict(answer).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not isfinite(value) else value


def _window_days(spec: BankSpec) -> int:
    return spec.window.gap_days + spec.window.horizon_days


def _held_shares(policy: Policy) -> dict[str, float]:
    """The share held out of each group, of those held out or decided by the policy itself."""
    held = policy.holdout.share
    own = 1.0 - contacted_chance(policy.holdout) * policy.arms.share
    return {str(group): held / own for group in policy.holdout.groups}


def _all_known(customers: pa.Table, policies: Mapping[str, CompiledPolicy]) -> bool:
    """Whether every policy that decided can be asked again."""
    if POLICY_VERSION not in customers.column_names:
        return False
    return set(customers[POLICY_VERSION].to_pylist()) <= set(policies)
