"""Do our uplift learners find whom an e-mail brings, better than response ranking and than causalml's?

python -m experiments.real.hillstrom.study

Five folds of customers, the same for all; each fold's are ranked by what learned from the other four.
Our learner is chosen within those four, by folds of their own. Qini coefficients are additional outcomes per
10,000 customers, the mean of the folds, with 95 % intervals bootstrapped over customers, pairwise where
differences are told.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
import numpy as np
import pandas as pd

from experiments.real.hillstrom.rivals import RIVALS, Rival
from experiments.real.hillstrom.trials import SOURCE, trials
from training.metrics.uplift import bootstrap, interval
from training.uplift.choose import Tested, choose
from training.uplift.learners import learners
from training.uplift.trial import Floats, Learner, Trial

OURS: Final = "Nextbest"
FOLDS, SEED = 5, 0
UNIT: Final = 10_000


def measured(
    trial: Trial, candidates: Mapping[str, Learner], rivals: Mapping[str, Rival], chosen: Counter[str]
) -> dict[str, Tested]:
    """Everyone's ranking of every fold; `chosen` counts our candidates as they are chosen."""
    fold = trial.folds(FOLDS, SEED)
    scores = {name: np.empty(len(trial)) for name in (OURS, *rivals)}
    for one in range(FOLDS):
        learn, held, rows = trial.take(fold != one), trial.take(fold == one), fold == one
        name = choose(learn, candidates, SEED).name
        chosen[name] += 1
        scores[OURS][rows] = candidates[name](learn, SEED).predict(held.matrix)
        for rival, rank in rivals.items():
            scores[rival][rows] = rank(learn, held, SEED)
    return {name: Tested(trial, uplift, fold) for name, uplift in scores.items()}


def table(found: Mapping[str, Tested], repeats: int) -> str:
    """A Markdown table: each Qini, and how far ours is ahead of it."""
    ours = found[OURS]
    own = bootstrap(ours.qini, ours.trial.customer, repeats, SEED)
    lines = ["| | Qini | Nextbest ahead by |", "|---|---|---|"]
    for name, tested in found.items():
        # The same seed draws the same customers.
        drawn = own if tested is ours else bootstrap(tested.qini, ours.trial.customer, repeats, SEED)
        ahead = "" if tested is ours else _told(ours.qini() - tested.qini(), own - drawn)
        lines.append(f"| {name} | {_told(tested.qini(), drawn)} | {ahead} |")
    return "\n".join(lines)


def _told(value: float, drawn: Floats) -> str:
    low, high = interval(drawn)
    return f"{value * UNIT:.1f} [{low * UNIT:.1f}, {high * UNIT:.1f}]"


@click.command()
@click.option("--source", default=SOURCE, type=click.Path(exists=True, path_type=Path), show_default=True)
@click.option("--repeats", default=300, show_default=True, help="Bootstrap draws.")
def main(source: Path, repeats: int) -> None:
    """Print a table for each e-mail and outcome."""
    for email, outcome, trial in trials(pd.read_csv(source)):
        chosen: Counter[str] = Counter()
        found = measured(trial, learners(), RIVALS, chosen)
        times = ", ".join(f"{name} {count}" for name, count in chosen.most_common())
        click.echo(f"{email}, {outcome} ({len(trial):,} customers; chosen: {times})\n")
        click.echo(f"{table(found, repeats)}\n")


if __name__ == "__main__":
    main()
