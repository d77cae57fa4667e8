"""What to know of a backtest beside its figures: what is optimistic, and what could not be compared."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.backtest.learn import Learned
from training.baselines import rules_wanted

Drawn = Mapping[str, NDArray[np.float64]]


def optimistic(learned: Sequence[Learned], shares: Sequence[float]) -> list[str]:
    """Of which folds, or shares of their test rows, tuning has seen the outcomes."""
    seen = [
        one.fold.name if share == 1 else f"{share:.0%} of {one.fold.name}"
        for one, share in zip(learned, shares, strict=True)
        if share
    ]
    if not seen:
        return []
    told = "what is told there, and means over it, is optimistic"
    return [f"tuning chose the parameters on {', '.join(seen)}: {told}"]


def unformed(learned: Sequence[Learned]) -> list[str]:
    """The rules that nothing could be told by: a constant is no rule to be ahead of."""
    notes = []
    for rule in rules_wanted(len(learned[0].heads)):
        without = [one.fold.name for one in learned if rule not in one.rules]
        if without:
            where = "" if len(without) == len(learned) else f" as of {', '.join(without)}"
            notes.append(
                f"no rule {rule}{where}: what it goes by is unknown, or the same of all to learn from"
            )
    return notes


def undefined(learned: Sequence[Learned], own: Sequence[Drawn]) -> list[str]:
    """Which metrics the outcomes of a fold's test leave open: means are of the other folds."""
    folds: dict[str, list[str]] = {}
    for one, found in zip(learned, own, strict=True):
        missing = ", ".join(name for name, figures in found.items() if not np.isfinite(figures[0]))
        if missing:
            folds.setdefault(missing, []).append(one.fold.name)
    return [
        f"the outcomes of {', '.join(names)} do not tell {missing}: left out of means and comparisons"
        for missing, names in folds.items()
    ]
