"""Whom each head would select, and how much oftener of one group than of the others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.answers import Answers
from training.groups import UNKNOWN, Texts
from training.intervals import Interval
from training.shares import ratio_of, share_of, sure
from training.slices import ROWS_LEAST, SHARE

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Selected:
    """How far a head selects each of the rows it is known of: `share` (rows,), 1 or 0.

    Rows that tie for the last places share them, so that a head that says the same of everybody selects all
    groups alike. `customer` (rows,) numbers whose they are, `groups` tell which groups they are of.
    """

    head: str
    share: Floats
    customer: NDArray[np.int64]
    groups: Mapping[str, Texts]


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


def selected(found: Answers) -> list[Selected]:
    """Whom each head selects: those with the highest probabilities."""
    return [_selected(found, place) for place in range(len(found.heads))]


def highest(scores: Floats) -> Floats:
    """How far each of `scores` (rows,) is among the `SHARE` that is highest, (rows,)."""
    places = round(SHARE * len(scores))
    if not places:
        return np.zeros(len(scores))
    last = np.partition(scores, len(scores) - places)[len(scores) - places]
    above, tied = scores > last, scores == last
    return np.where(above, 1.0, np.where(tied, (places - above.sum()) / tied.sum(), 0.0))


def selections(heads: Sequence[Selected], columns: Sequence[str]) -> list[Selection]:
    """Every group of every column by every head that is known of both the group and the others.

    Head by head: pooled, a product hardly offered to women would make up for one hardly offered to men.
    """
    pairs = [
        (one, by, group, rows, others)
        for one in heads
        for by in columns
        if by in one.groups
        for group, rows, others in _groups(one.groups[by])
    ]
    judged = sum(not _small(rows) for *_, rows, _ in pairs)
    return [
        Selection(
            one.head,
            by,
            group,
            int(rows.sum()),
            _ratio(one, rows, others, sure(judged)),
            _small(rows),
        )
        for one, by, group, rows, others in pairs
    ]


def _selected(found: Answers, place: int) -> Selected:
    known = ~np.isnan(found.labels[:, place])
    groups = {name: values[known] for name, values in found.groups.items()}
    share = highest(found.probabilities[known, place])
    return Selected(found.heads[place], share, found.customer[known], groups)


def _groups(values: Texts) -> Iterator[tuple[str, Flags, Flags]]:
    """Each known group, its rows and those of the others, where both have any."""
    told = values != UNKNOWN
    groups = sorted(set(values[told].tolist()))
    compared = told if groups[1:] else np.ones_like(told)
    for group in groups:
        rows = told & (values == group)
        if (compared & ~rows).any():
            yield group, rows, compared & ~rows


def _small(rows: Flags) -> bool:
    return bool(rows.sum() < ROWS_LEAST)


def _ratio(one: Selected, rows: Flags, others: Flags, covered: float) -> Interval:
    own, theirs = (share_of(one.share[part], one.customer[part], covered) for part in (rows, others))
    return ratio_of(own, theirs)
