"""A model's heads: each fitted and calibrated, or with too few positives answering its base rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.contract import Calibration, FeatureColumn
from features.progress import Progress
from training.calibrate import calibrate
from training.dataset import Dataset, Examples, number_customers
from training.fit import bin_rows, fit_head, growth_with, threads
from training.soup import averaged, servings
from training.tier_shift import tier_shift

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FittedHead:
    """One probability: a booster's, calibrated, less the `control` booster's; without any, the base rate.

    `positives` are those it was trained on; `note` says what it had to do without. The booster may be the
    mean of several of `rounds` trees each, grown by `growth`: LightGBM's num_leaves and extra_trees; where it
    was borrowed, `lenders` names the heads it comes from.
    """

    name: str
    booster: lgb.Booster | None
    calibration: Calibration
    base_rate: float
    positives: int
    note: str = ""
    control: lgb.Booster | None = None
    lenders: tuple[str, ...] = ()
    rounds: int = 0
    growth: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tells_apart(self) -> bool:
        """Whether it has anything to tell customers apart by: trees without a split answer all alike."""
        return self.booster is not None and bool(self.booster.feature_importance("split").any())

    def predict(self, matrix: Floats) -> Floats:
        """Calibrated probabilities, shape (rows,)."""
        if self.booster is None or not len(matrix):
            return np.full(len(matrix), self.base_rate)
        raw = self.booster.predict(matrix, num_threads=threads(matrix))
        probability = self.calibration.apply(np.asarray(raw), matrix)
        if self.control is None:
            return probability
        control: Floats = np.asarray(self.control.predict(matrix, num_threads=threads(matrix)))
        return probability - control


def fit_heads(
    data: Dataset, settings: Mapping[str, Any], minimum_positives: int, progress: Progress
) -> list[FittedHead]:
    """Fit every head on the training rows; stop early and calibrate on the calibration rows.

    One booster of a head tells when to stop and how to calibrate as well as a mean of several does.
    """
    train, later = data.train, data.calibrate
    heads = [
        _base_rate(name, train.labels[:, place], train.weights, minimum_positives)
        for place, name in enumerate(data.heads)
    ]
    if all(head.note for head in heads):
        return heads
    settings = {**settings, "num_threads": threads(train.matrix)}
    rows, customer = bin_rows(train, data.columns, settings), number_customers(train.keys)
    watched = bin_rows(later, data.columns, settings, like=rows) if len(later.matrix) else None
    for place, head in enumerate(heads):
        if not head.note:
            known, outcome = train.labels[:, place], later.labels[:, place]
            growth = growth_with(settings, known, customer)
            booster = fit_head(rows, known, {**settings, **growth}, (watched, outcome) if watched else None)
            fitted = replace(head, booster=booster, rounds=booster.num_trees(), growth=growth)
            if fitted.tells_apart:
                heads[place] = _calibrated(fitted, later, outcome, data.columns)
            else:
                note = f"{head.name}: no feature parts its training rows: scored by its base rate"
                heads[place] = replace(head, note=f"{note}, {head.base_rate:.4f}")
        progress("fitting", place + 1, len(heads))
    return heads


def learn_heads(
    data: Dataset, settings: Mapping[str, Any], minimum_positives: int, progress: Progress
) -> list[FittedHead]:
    """Fit and calibrate every head, then fit it again on all that had come true by the test."""
    heads = fit_heads(data, settings, minimum_positives, progress)
    return refit(heads, data.learnt, data.columns, settings, progress)


def refit(
    heads: Sequence[FittedHead],
    rows: Examples,
    columns: Sequence[FeatureColumn],
    settings: Mapping[str, Any],
    progress: Progress,
) -> list[FittedHead]:
    """The same heads, grown as before and calibrated as before, learned from these rows.

    Of few rows several boosters learn, with a seed each, and are averaged.
    """
    if not any(head.booster for head in heads):
        return list(heads)
    settings = {**settings, "num_threads": threads(rows.matrix)}
    seeded, binned = _seeded(settings, len(rows.labels)), bin_rows(rows, columns, settings)
    fitted = []
    for place, head in enumerate(heads):
        booster = head.booster
        if booster is not None:
            labels = rows.labels[:, place]
            each = [{**head.growth, **one} for one in seeded]
            booster = averaged([fit_head(binned, labels, one, rounds=head.rounds) for one in each])
        fitted.append(replace(head, booster=booster))
        progress("fitting again", place + 1, len(heads))
    return fitted


def _seeded(settings: Mapping[str, Any], rows: int) -> list[dict[str, Any]]:
    """The settings of each booster to average, of so many rows to learn from: a seed each."""
    return [{**settings, "seed": settings["seed"] + place} for place in range(servings(rows))]


def predict(heads: Sequence[FittedHead], matrix: Floats) -> Floats:
    """Calibrated probabilities, shape (rows, heads)."""
    return np.column_stack([head.predict(matrix) for head in heads])


def importance(heads: Sequence[FittedHead], columns: Sequence[FeatureColumn]) -> dict[str, float]:
    """Each feature's share of the boosters' gain, all heads counting alike; empty without any."""
    gains = [
        np.sum([one.feature_importance("gain") for one in (head.booster, head.control) if one], axis=0)
        for head in heads
        if head.booster
    ]
    shares = [gain / gain.sum() for gain in gains if gain.sum() > 0]
    if not shares:
        return {}
    return dict(zip((column.name for column in columns), np.mean(shares, axis=0).tolist(), strict=True))


def _base_rate(name: str, labels: Floats, weights: Floats, minimum_positives: int) -> FittedHead:
    """The head as it answers without a booster, with a note if that is all it can do."""
    known = ~np.isnan(labels)
    positives = int(np.nansum(labels))
    rate = _share(labels[known], weights[known])
    fewer = min(positives, int(known.sum()) - positives)
    note = ""
    if fewer < minimum_positives:
        note = (
            f"{name}: {positives} positives among {known.sum()} training rows, fewer than "
            f"{minimum_positives} of either kind: scored by its base rate, {rate:.4f}"
        )
    return FittedHead(name, None, Calibration(kind="identity"), rate, positives, note)


def _share(labels: Floats, weights: Floats) -> float:
    """The share that came true; what never or always did is not certain.

    Half an outcome of either kind is added there (Krichevsky & Trofimov 1981), lest the first that comes
    otherwise costs all that every other answer gained. 0 where nobody could.
    """
    if not len(labels):
        return 0.0
    least = 0.5 / (len(labels) + 1)
    return float(np.clip(np.average(labels, weights=weights), least, 1 - least))


def _calibrated(
    head: FittedHead, rows: Examples, labels: Floats, columns: Sequence[FeatureColumn]
) -> FittedHead:
    """The head calibrated on rows it was not fitted on, with a note if these cannot tell."""
    known = np.flatnonzero(~np.isnan(labels))
    rows, labels = rows.take(known), labels[known]
    raw = head.predict(rows.matrix)
    calibration = calibrate(raw, labels)
    if calibration.kind == "identity":
        note = f"{head.name}: not calibrated, {labels.sum():.0f} positives in {len(labels)} rows held back"
        return replace(head, note=note)
    shift = tier_shift(calibration.overall(raw), labels, rows, columns)
    return replace(head, calibration=calibration.model_copy(update={"shift": shift}))
