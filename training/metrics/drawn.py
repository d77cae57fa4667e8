"""Metrics of every draw of customers at once: the same figures as `evaluate`'s, for weighted customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from training.evaluate import MAP_RANK
from training.metrics.calibration import equal_mass

Floats = NDArray[np.float64]

CONTACTED = 0.10
LEAST_PROBABILITY = float(np.finfo(np.float64).eps)
"""As scikit-learn's log loss clips."""


@dataclass(frozen=True)
class Scored:
    """Rows with what was answered and what came true.

    `customers` (rows,) are places in the draws; `labels` and `probabilities` have shape (rows, heads), NaN
    labels unknown; `base_rates` (heads,) are what would be answered without a model.
    """

    customers: NDArray[np.int64]
    labels: Floats
    probabilities: Floats
    base_rates: Floats


def drawn_metrics(scored: Scored, draws: Floats) -> dict[str, Floats]:
    """Every metric, shape (1 + draws,) each, for `draws` as `draw_customers` gives them.

    `skill` is the share of the base rates' log loss that the model explains. The bins of the calibration
    error are those of all customers. An undefined figure is NaN.
    """
    known = ~np.isnan(scored.labels)
    owner = np.broadcast_to(scored.customers[:, None], known.shape)[known]
    labels, answered = scored.labels[known], scored.probabilities[known]
    constant = np.broadcast_to(scored.base_rates, known.shape)[known]
    loss = _mean(draws, owner, _loss(labels, answered))
    found = _ranked(draws, owner, labels, answered)
    found |= {
        "log_loss": loss,
        "skill": 1 - loss / _mean(draws, owner, _loss(labels, constant)),
        "brier": _mean(draws, owner, (answered - labels) ** 2),
        "calibration_error": _calibration(draws, owner, labels, answered),
    }
    if scored.labels.shape[1] > 1:
        found[f"map_at_{MAP_RANK}"] = _map(scored, draws)
    return found


def averaged(name: str, *sides: Sequence[Mapping[str, Floats]]) -> tuple[int, Floats]:
    """A metric's mean over the folds where everyone's figure is defined on all sides, draw by draw.

    How many folds these are, and each side's mean, shape (sides, 1 + draws): NaN over none. `sides` hold what
    `drawn_metrics` gives, a fold each, of the same folds.
    """
    together = [[one[name] for one in fold] for fold in zip(*sides, strict=True)]
    told = [figures for figures in together if all(np.isfinite(one[0]) for one in figures)]
    if not told:
        return 0, np.full(np.shape(together[0]), np.nan)
    return len(told), np.mean(told, axis=0)


def _loss(labels: Floats, answered: Floats) -> Floats:
    clipped = np.clip(answered, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return -np.asarray(labels * np.log(clipped) + (1 - labels) * np.log1p(-clipped))


def _sum(draws: Floats, owner: NDArray[np.int64], values: Floats) -> Floats:
    return np.asarray(draws @ np.bincount(owner, values, minlength=draws.shape[1]))


def _mean(draws: Floats, owner: NDArray[np.int64], values: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return _sum(draws, owner, values) / _sum(draws, owner, np.ones(len(owner)))


def _calibration(draws: Floats, owner: NDArray[np.int64], labels: Floats, answered: Floats) -> Floats:
    # Drawing customers twice moves every draw away from perfect: only their spread is told.
    gaps = [np.abs(_sum(draws, owner[part], (answered - labels)[part])) for part in equal_mass(answered)]
    total = np.sum(gaps, axis=0) if gaps else np.zeros(len(draws))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.asarray(total / _sum(draws, owner, np.ones(len(owner))))
    if len(found) > 1:
        found[1:] = np.maximum(found[1:] - np.nanmean(found[1:]) + found[0], 0.0)
    return found


def _ranked(draws: Floats, owner: NDArray[np.int64], labels: Floats, scores: Floats) -> dict[str, Floats]:
    """ROC-AUC, average precision and lift, from one sort; tied scores count as one threshold.

    Thresholds between two that find a positive are taken for one: nothing is found there, whoever is drawn.
    """
    order = np.argsort(-scores, kind="stable")
    owner, labels = owner[order], labels[order]
    tied = np.cumsum(np.diff(scores[order], prepend=scores[order][:1]) != 0)
    finds = np.bincount(tied, labels) > 0
    threshold = np.cumsum(finds | np.append(True, finds)[:-1])[tied] - 1
    people, place = np.unique(owner, return_inverse=True)
    drawn = np.ascontiguousarray(draws[:, people].T)
    shape = (threshold[-1] + 1 if len(threshold) else 0, len(people))
    taken, true = (
        csr_array((values, (threshold, place)), shape=shape) @ drawn
        for values in (np.ones_like(labels), labels)
    )
    names = ("roc_auc", "average_precision", f"lift_at_{CONTACTED:.0%}".replace("%", "pct"))
    return dict(zip(names, _of_thresholds(taken, true), strict=True))


def _of_thresholds(taken: Floats, true: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each draw; `taken` cells, `true` ones among them, new at each threshold: (thresholds, draws)."""
    none = np.zeros((1, taken.shape[1]))
    taken, true = (np.concatenate([none, np.cumsum(one, axis=0)]) for one in (taken, true))
    positives, rows = true[-1], taken[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        area = (np.diff(taken - true, axis=0) * (true[1:] + true[:-1]) / 2).sum(axis=0)
        auc = area / (positives * (rows - positives))
        precision = np.nan_to_num(true[1:] / taken[1:])
        average = (np.diff(true, axis=0) * precision).sum(axis=0) / positives
        found = [np.interp(CONTACTED * rows[at], taken[:, at], true[:, at]) for at in range(len(rows))]
        lift = np.array(found) / positives / CONTACTED
    undefined = (positives == 0) | (positives == rows)
    auc, average, lift = (np.where(undefined, np.nan, values) for values in (auc, average, lift))
    return auc, average, lift


def _map(scored: Scored, draws: Floats) -> Floats:
    """As `metrics.ranking.map_at`, of the customers drawn who opened anything."""
    taken = np.nansum(scored.labels, axis=1)
    opened, scores = scored.labels[taken > 0], scored.probabilities[taken > 0]
    offered = np.where(np.isnan(opened), -np.inf, scores)
    first = np.argsort(-offered, axis=1, kind="stable")[:, :MAP_RANK]
    hits = np.nan_to_num(np.take_along_axis(opened, first, axis=1))
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    of_row = (precision * hits).sum(axis=1) / np.minimum(taken[taken > 0], MAP_RANK)
    return _mean(draws, scored.customers[taken > 0], of_row)
