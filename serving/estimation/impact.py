"""Contacted against held out: what contacting changed, by action, by group and overall.

By intention to treat: whoever was meant to be contacted counts as contacted, so that the arms differ by the
draw alone. Customers, not contacts, are counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from serving.estimation.intervals import (
    Interval,
    around,
    clustered_error,
    difference_of_means,
    difference_of_proportions,
)
from serving.estimation.logged import Flags, Numbers
from serving.estimation.precision import customers_needed
from serving.estimation.sample_ratio import SampleRatio, sample_ratio
from serving.estimation.units import PeriodOf, Units, units_of


@dataclass(frozen=True)
class Effect:
    """What contacting changed among customers first decided for `name`: an action, a group, or "overall".

    `effect`: the rate of the outcome wanted (stayed for retention, accepted for others) of the treated less
    that of the held out. `value`: money a treated customer, the arm's cost taken off; `incremental_value`:
    of all treated. They are None where an arm is empty. `more_needed`: further customers, of both arms in
    the present ratio, until the effect is known to within the precision asked for; None where unknown.
    """

    name: str
    treated: int
    held_out: int
    treated_rate: float | None
    held_out_rate: float | None
    effect: Interval | None
    value: Interval | None
    incremental_value: Interval | None
    more_needed: int | None


@dataclass(frozen=True)
class Impact:
    """`actions` and `groups` by name; `ratios` test the split of each group held back; `precision` is half
    the width that an effect's interval should have."""

    customers: int
    precision: float
    overall: Effect
    groups: tuple[Effect, ...]
    actions: tuple[Effect, ...]
    ratios: tuple[SampleRatio, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Splits that chance does not explain."""
        return tuple(ratio.warning for ratio in self.ratios if ratio.warning)


def impact_of(
    logged: pa.Table, period_of: PeriodOf, held_shares: Mapping[str, float], precision: float = 0.005
) -> Impact:
    """The impact of checked logged decisions; `held_shares` is the share held out of each group held back.

    Only groups held back are compared: of the others everyone is contacted.
    """
    units = units_of(logged, period_of)
    compared = units.where(np.isin(units.group, [name for name in held_shares if held_shares[name] > 0]))
    groups = [compared.where(compared.group == name) for name in sorted(set(compared.group))]
    actions = [compared.where(compared.action == name) for name in sorted(set(compared.action))]
    ratios = (
        sample_ratio(name, *_split(units.where(units.group == name)), share)
        for name, share in held_shares.items()
    )
    return Impact(
        customers=len(np.unique(compared.customer)),
        precision=precision,
        overall=_overall(compared, groups, precision),
        groups=tuple(_effect(str(part.group[0]), part, precision) for part in groups),
        actions=tuple(_effect(str(part.action[0]), part, precision) for part in actions),
        ratios=tuple(ratios),
    )


def _split(units: Units) -> tuple[int, int]:
    treated = int(units.treated.sum())
    return treated, len(units) - treated


def _effect(name: str, units: Units, precision: float) -> Effect:
    if not all(_split(units)):
        return _incomparable(name, units)
    effect = difference_of_proportions(_counts(units, units.treated), _counts(units, ~units.treated))
    value = difference_of_means(units.reward[units.treated], units.reward[~units.treated])
    return _compared(name, units, effect, value, precision)


def _overall(units: Units, groups: list[Units], precision: float) -> Effect:
    """The groups' differences, weighed by their treated."""
    parts = [one for one in groups if all(_split(one))]
    if not parts:
        return _incomparable("overall", units)
    kept = units.where(np.isin(units.group, [one.group[0] for one in parts]))
    return _compared("overall", kept, _combined(kept, parts), _stratified(kept, kept.reward), precision)


def _combined(units: Units, parts: list[Units]) -> Interval:
    """The weighed sum of the groups' differences of proportions.

    Its interval is put together from theirs (MOVER: Zou & Donner 2008, Statistics in Medicine 27:1693),
    widened as the error by customer is wider than that of as many strangers.
    """
    effects = [
        difference_of_proportions(_counts(one, one.treated), _counts(one, ~one.treated)) for one in parts
    ]
    weights = [one.treated.sum() / units.treated.sum() for one in parts]
    total = float(np.dot(weights, [one.estimate for one in effects]))
    influence = _influence(units, units.success.astype(np.float64))
    error, _ = clustered_error(influence, units.customer)
    strangers, _ = clustered_error(influence, np.arange(len(units)))
    wider = max(error / strangers, 1.0) if 0 < strangers < np.inf else 1.0
    below = np.linalg.norm(np.multiply(weights, [one.estimate - one.low for one in effects]))
    above = np.linalg.norm(np.multiply(weights, [one.high - one.estimate for one in effects]))
    return Interval(total, float(total - wider * below), float(total + wider * above))


def _compared(name: str, units: Units, effect: Interval, value: Interval, precision: float) -> Effect:
    treated, held_out = _counts(units, units.treated), _counts(units, ~units.treated)
    return Effect(
        name=name,
        treated=treated[1],
        held_out=held_out[1],
        treated_rate=treated[0] / treated[1],
        held_out_rate=held_out[0] / held_out[1],
        effect=effect,
        value=value,
        incremental_value=value.times(treated[1]),
        more_needed=customers_needed(treated, held_out, precision),
    )


def _incomparable(name: str, units: Units) -> Effect:
    treated, held_out = (
        float(units.success[arm].mean()) if arm.any() else None for arm in (units.treated, ~units.treated)
    )
    return Effect(name, *_split(units), treated, held_out, None, None, None, None)


def _counts(units: Units, arm: Flags) -> tuple[int, int]:
    return int(units.success[arm].sum()), int(arm.sum())


def _stratified(units: Units, outcome: Numbers) -> Interval:
    """The weighed sum of the groups' differences of means, with the error by customer."""
    total = 0.0
    for name in sorted(set(units.group)):
        here = units.group == name
        difference = outcome[here & units.treated].mean() - outcome[here & ~units.treated].mean()
        total += here[units.treated].mean() * difference
    error, customers = clustered_error(_influence(units, outcome), units.customer)
    return around(float(total), error if _spread_known(units) else np.inf, customers - 1)


def _spread_known(units: Units) -> bool:
    """Whether each group has at least two units in each arm."""
    return all(min(_split(units.where(units.group == name))) > 1 for name in set(units.group))


def _influence(units: Units, outcome: Numbers) -> Numbers:
    """Each unit's part in the error of the weighed sum, shape (units,)."""
    influence = np.zeros(len(units))
    for name in sorted(set(units.group)):
        here = units.group == name
        weight = here[units.treated].mean()
        for arm, sign in ((units.treated, weight), (~units.treated, -weight)):
            cell = outcome[here & arm]
            influence[here & arm] = sign * (cell - cell.mean()) / len(cell)
    return influence
