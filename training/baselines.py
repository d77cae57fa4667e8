"""The simple rules a bank already uses, answering probabilities so that they meet a model on equal terms."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from features.vocabulary import TIER
from training.calibrate import calibrate
from training.dataset import Rows

Floats = NDArray[np.float64]
Rule = Callable[[Rows], Floats]
"""From rows to probabilities of shape (rows, heads)."""

RECENCY = ("transactions_days_since_last", "interactions_days_since_last", "balances_days_since_last")
"""The first of these that differs tells when a customer was last seen."""


def rules_wanted(heads: int) -> tuple[str, ...]:
    """The rules that a model of so many heads is compared with.

    With one head: `recency` (the longer unseen, the likelier to leave) and `tier` (each tier's own rate).
    With several: `popularity` (each product's own rate; ranking skips what is held, whose label is unknown)
    and `popularity_by_tier`.
    """
    return ("popularity", "popularity_by_tier") if heads > 1 else ("recency", "tier")


def learn_rules(train: Rows) -> dict[str, Rule]:
    """Those of `rules_wanted` that the features allow, learned from the rows that a model learns from.

    A column that is the same of all these rows, or unknown, allows none: features of tables that a bank
    does not have are there all the same, and whoever is ahead of a constant is ahead of nothing.
    """
    overall, by_tier = rules_wanted(len(train.heads))
    found: dict[str, Rule] = {}
    if len(train.heads) > 1:
        found[overall] = _popularity(train)
    else:
        names = [name for name, _ in train.features]
        seen = [names.index(name) for name in RECENCY if name in names]
        telling = [place for place in seen if differ(train.matrix[:, place])]
        found |= {overall: _recency(train, telling[0])} if telling else {}
    if TIER in train.texts.column_names and len(set(train.texts[TIER].drop_null().to_pylist())) > 1:
        found[by_tier] = _by_tier(train)
    return found


def base_rates(labels: Floats) -> Floats:
    """The share of known labels that came true, shape (heads,); 0 where none is known."""
    known = ~np.isnan(labels)
    return np.asarray(np.nansum(labels, axis=0) / np.maximum(known.sum(axis=0), 1))


def _popularity(train: Rows) -> Rule:
    rates = base_rates(train.labels)
    return lambda rows: np.tile(rates, (len(rows.labels), 1))


def _by_tier(train: Rows) -> Rule:
    overall = base_rates(train.labels)
    tiers = np.array(train.texts[TIER].to_pylist(), dtype=object)
    rates = {tier: _shrunk(train.labels[tiers == tier], overall) for tier in set(tiers.tolist())}
    return lambda rows: np.array([rates.get(tier, overall) for tier in rows.texts[TIER].to_pylist()])


def _shrunk(labels: Floats, overall: Floats) -> Floats:
    """A group's rates with one row of the overall rates more: no group is certain."""
    known = (~np.isnan(labels)).sum(axis=0)
    return np.asarray((np.nansum(labels, axis=0) + overall) / (known + 1))


def _recency(train: Rows, place: int) -> Rule:
    """Ranked by days unseen among the training rows, then calibrated on them; never seen is longest."""
    days = np.sort(np.nan_to_num(train.matrix[:, place], nan=np.inf))

    def rank(rows: Rows) -> Floats:
        unseen = np.nan_to_num(rows.matrix[:, place], nan=np.inf)
        above = np.searchsorted(days, unseen, "left") + np.searchsorted(days, unseen, "right")
        return np.asarray((above + 1) / (2 * len(days) + 2))

    calibration = calibrate(rank(train), train.labels[:, 0])
    return lambda rows: calibration.overall(rank(rows))[:, None]


def rule_names(rules: Sequence[Mapping[str, object]]) -> list[str]:
    """The rules that any fold has, in order."""
    return list(dict.fromkeys(name for one in rules for name in one))


def differ(values: Floats) -> bool:
    """Whether there are at least two known values."""
    known = values[~np.isnan(values)]
    return bool((known != known[:1]).any())
