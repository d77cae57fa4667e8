"""What deciding well is worth: against customers decided at random, by propensity alone, without levers."""

from dataclasses import dataclass

import pyarrow as pa

from serving.estimation.intervals import Interval, difference_of_means
from serving.estimation.logged import STAKE, TREATMENT, Numbers, Texts, numbers, rewards, texts
from serving.estimation.units import PeriodOf


@dataclass(frozen=True)
class Advantage:
    """Money a customer and period of our own decisions (treatment) less that of another arm's, by Welch."""

    over: str
    treated: int
    others: int
    value: Interval


def advantages(logged: pa.Table, period_of: PeriodOf) -> tuple[Advantage, ...]:
    """Our own way of deciding against every other arm there is, control among them, by name.

    A customer's decisions of a holdout period count together, in the arm of the first: also those for
    nothing, since deciding for nothing is part of deciding.
    """
    arms, money = _by_customer(logged, period_of)
    ours = money[arms == TREATMENT]
    others = [name for name in sorted(set(arms)) if name != TREATMENT] if len(ours) else []
    return tuple(
        Advantage(name, len(ours), int((arms == name).sum()), difference_of_means(ours, money[arms == name]))
        for name in others
    )


def _by_customer(logged: pa.Table, period_of: PeriodOf) -> tuple[Texts, Numbers]:
    """The arm and the money of each customer and period; the stake of who left is lost once."""
    days = logged["decided_on"].to_pylist()
    named = {day: period_of(day) for day in set(days)}
    lost = numbers(logged, STAKE) * numbers(logged, "churned")
    grouped = (
        logged.append_column("period", pa.array([named[day] for day in days], pa.string()))
        .append_column("earned", pa.array(rewards(logged) + lost))
        .append_column("lost", pa.array(lost))
        .sort_by([("decided_on", "ascending"), ("decision_id", "ascending")])
        .group_by(["customer", "period"], use_threads=False)
        .aggregate([("arm", "first"), ("earned", "sum"), ("lost", "max")])
    )
    return texts(grouped, "arm_first"), numbers(grouped, "earned_sum") - numbers(grouped, "lost_max")
