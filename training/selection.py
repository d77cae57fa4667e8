"""Whom each head would select, and how much oftener of one group than of the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.answers import Answers
from training.groups import UNKNOWN
from training.intervals import Interval
from training.shares import ratio_of, share_of, sure
from training.slices import ROWS_LEAST, SHARE

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Selection:
    """One group of `rows` rows by one head: the share selected over that of the others.

    The others are those of another known group, of a column that knows one group alone whoever is not in it.

    `ratio` is infinite where of the others none is selected. All intervals of one call hold at once with
    95 %. `small`: the group has too few rows to be judged.
    """

    head: str
    by: str
    group: str
    rows: int
    ratio: Interval
    small: bool


def selections(found: Answers, columns: Sequence[str]) -> list[Selection]:
    """Every group of every column by every head that is known of both the group and the others.

    Head by head: pooled, a product hardly offered to women would make up for one hardly offered to men.
    """
    chosen = selected(found)
    pairs = [
        (place, by, group, rows, others)
        for place in range(len(found.heads))
        for by in columns
        if by in found.groups
        for group, rows, others in _groups(found, by, ~np.isnan(found.labels[:, place]))
    ]
    judged = sum(not _small(rows) for *_, rows, _ in pairs)
    return [
        Selection(
            found.heads[place],
            by,
            group,
            int(rows.sum()),
            _ratio(found, chosen[:, place], rows, others, sure(judged)),
            _small(rows),
        )
        for place, by, group, rows, others in pairs
    ]


def selected(found: Answers, share: float = SHARE) -> Floats:
    """How far each row is among the `share` of known ones that a head scores highest, shape (rows, heads).

    1 or 0; rows that tie for the last places share them, so that a head that says the same of everybody
    selects all groups alike.
    """
    chosen = np.zeros(found.labels.shape)
    for place in range(len(found.heads)):
        known = ~np.isnan(found.labels[:, place])
        chosen[known, place] = _highest(found.probabilities[known, place], round(share * int(known.sum())))
    return chosen


def _highest(scores: Floats, places: int) -> Floats:
    if not places:
        return np.zeros(len(scores))
    last = np.partition(scores, len(scores) - places)[len(scores) - places]
    above, tied = scores > last, scores == last
    return np.where(above, 1.0, np.where(tied, (places - above.sum()) / tied.sum(), 0.0))


def _groups(found: Answers, by: str, known: Flags) -> Iterator[tuple[str, Flags, Flags]]:
    """Each known group, its rows and those of the others, where both have any."""
    values = found.groups[by]
    told = known & (values != UNKNOWN)
    groups = sorted(set(values[told].tolist()))
    compared = told if groups[1:] else known
    for group in groups:
        rows = told & (values == group)
        if (compared & ~rows).any():
            yield group, rows, compared & ~rows


def _small(rows: Flags) -> bool:
    return bool(rows.sum() < ROWS_LEAST)


def _ratio(found: Answers, chosen: Floats, rows: Flags, others: Flags, covered: float) -> Interval:
    own, theirs = (share_of(chosen[part], found.customer[part], covered) for part in (rows, others))
    return ratio_of(own, theirs)
