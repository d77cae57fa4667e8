"""Lines of an uplift backtest: means over snapshots weigh contacts, means over actions weigh all alike."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.vocabulary import Model
from training.backtest.orders import ORDERS
from training.backtest.walk import COMPARED, Drawn, Line, line

EVERY: Final = "all"
"""The mean over actions."""


@dataclass(frozen=True)
class Judged:
    """An action's test: figures, in each draw, of the model, of simple orders and of older models.

    `old` holds by how many snapshots a model was older the days between and its figures.
    """

    snapshot: str
    action: str
    contacts: int
    own: Drawn
    orders: Mapping[str, Drawn]
    old: Mapping[int, tuple[int, Drawn]]


def by_snapshot(judged: Sequence[Judged]) -> list[Line]:
    """Every figure by snapshot and action; then each action's mean over snapshots, and that over actions."""
    lines = [
        {"snapshot": one.snapshot, "action": one.action, "contacts": one.contacts, **line(name, figures)}
        for one in judged
        for name, figures in one.own.items()
    ]
    for action, mean in _means(judged, lambda one: one.own).items():
        contacts = sum(one.contacts for one in judged if action in (EVERY, one.action))
        keys = {"snapshot": "mean", "action": action, "contacts": contacts}
        lines += [{**keys, **line(name, figures)} for name, figures in mean.items()]
    return lines


def against_orders(judged: Sequence[Judged]) -> list[Line]:
    """Each simple order's figure, the model's, and how far the model is ahead on the same contacts.

    Of the `folds` in which the columns made the order.
    """
    lines = []
    for name in dict.fromkeys(order for one in judged for order in one.orders):
        having = [one for one in judged if name in one.orders]
        mine = _means(having, lambda one: one.own)
        theirs = _means(having, lambda one, name=name: one.orders[name])  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        for action, figures in theirs.items():
            folds = sum(action in (EVERY, one.action) for one in having)
            for metric in COMPARED[Model.UPLIFT]:
                own, other = mine[action][metric], figures[metric]
                told = {"rule": name, "action": action, "of_rule": other[0], "of_model": own[0]}
                lines.append({**told, "folds": folds, **line(metric, own - other)})
    return lines


def unordered(judged: Sequence[Judged]) -> list[str]:
    """The simple orders that nothing was known for."""
    notes = []
    for order in ORDERS:
        without = [f"{one.snapshot} ({one.action})" for one in judged if order not in one.orders]
        if without:
            where = "" if len(without) == len(judged) else f" as of {', '.join(without)}"
            notes.append(f"no rule {order}{where}: what it goes by is unknown, or the same of all")
    return notes


def ages(judged: Sequence[Judged]) -> Iterator[Line]:
    """Old minus fresh on the same contacts, by how many snapshots the model was older."""
    for age in sorted({age for one in judged for age in one.old}):
        both = [one for one in judged if age in one.old]
        days = round(np.mean([one.old[age][0] for one in both]))
        keys = {"age_days": days, "snapshots": len({one.snapshot for one in both})}
        lost = _means(both, lambda one, age=age: _lost(one, age))  # type: ignore[misc]  # as above
        for action, figures in lost.items():
            yield from ({**keys, "action": action, **line(name, of)} for name, of in figures.items())


def _lost(one: Judged, age: int) -> Drawn:
    _, old = one.old[age]
    return {name: old[name] - one.own[name] for name in COMPARED[Model.UPLIFT]}


def _means(judged: Sequence[Judged], figures: Callable[[Judged], Drawn]) -> dict[str, Drawn]:
    """By action the mean over snapshots, each weighing its contacts; then the mean over actions, as `EVERY`.

    A snapshot of ten contacts would count as much as one of a thousand otherwise.
    """
    found: dict[str, Drawn] = {}
    for action in sorted({one.action for one in judged}):
        own = [one for one in judged if one.action == action]
        found[action] = _mean([figures(one) for one in own], [one.contacts for one in own])
    return found | {EVERY: _mean(list(found.values()), [1] * len(found))}


def _mean(of: Sequence[Drawn], weights: Sequence[int]) -> Drawn:
    return {name: np.average([one[name] for one in of], axis=0, weights=weights) for name in of[0]}
