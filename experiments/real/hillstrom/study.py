"""Do our uplift learners find whom an e-mail brings, better than response ranking and than causalml's?

python -m experiments.real.hillstrom.study

Five folds of customers, the same for all; each fold's are ranked by what learned from the other four.
Our learner is chosen within those four, by folds of their own, unless `--unchosen`. On conversions there are
two of ours: one told what the others are told, and one told visits too, which come first and ten times as
often, as kin whose effects resemble those on conversions. Qini coefficients are additional outcomes per
10,000 customers, the mean of the folds and of several divisions into folds, with 95 % intervals bootstrapped
over customers, the same ones for all, so that differences are paired. Learners were developed on the same
customers divided by other seeds (101 to 108): figures tell of new divisions, not of new customers.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import click
import numpy as np
import pandas as pd

from experiments.real.hillstrom.rivals import RIVALS, Rival
from experiments.real.hillstrom.trials import SOURCE, trials
from training.metrics.uplift import bootstrap, interval
from training.uplift.base import base_of
from training.uplift.choose import Tested, choose
from training.uplift.learners import learners
from training.uplift.odds import Kin, cross_told
from training.uplift.trial import Floats, Learner, Trial

Candidates = Callable[[Trial, int], Mapping[str, Learner]]
"""Our learners for customers to learn from, with a seed."""

ALONE: Final = "Nextbest"
WITH_VISITS: Final = "Nextbest, told visits too"
FOLDS: Final = 5
FIRST_SEED: Final = 11
UNIT: Final = 10_000


def alone(_learn: Trial, _seed: int) -> Mapping[str, Learner]:
    """Told nothing but the trial."""
    return learners()


def with_visits(visits: Trial) -> Candidates:
    """Told also of visits, as kin."""
    return lambda learn, seed: learners(kin=kin_of(visits, learn, seed))


def first_of(candidates: Candidates) -> Candidates:
    """The learner that is chosen unless another is proven better, alone."""
    return lambda learn, seed: dict([next(iter(candidates(learn, seed).items()))])


def kin_of(visits: Trial, learn: Trial, seed: int) -> Kin:
    """Visits of the customers to learn from, and of no others."""
    seen = visits.take(np.isin(visits.customer, learn.customer))
    return Kin(cross_told(seen, base_of(), seed), learn.customer)


def measured(
    trial: Trial,
    ours: Mapping[str, Candidates],
    rivals: Mapping[str, Rival],
    chosen: Counter[str],
    seed: int = FIRST_SEED,
) -> dict[str, Tested]:
    """Everyone's ranking of every fold; `chosen` counts our candidates as they are chosen."""
    fold = trial.folds(FOLDS, seed)
    scores = {name: np.empty(len(trial)) for name in (*ours, *rivals)}
    for one in range(FOLDS):
        learn, held, rows = trial.take(fold != one), trial.take(fold == one), fold == one
        for name, candidates in ours.items():
            found = candidates(learn, seed)
            best = choose(learn, found, seed).name if len(found) > 1 else next(iter(found))
            chosen[best] += 1
            scores[name][rows] = found[best](learn, seed).predict(held.matrix)
        for name, rank in rivals.items():
            scores[name][rows] = rank(learn, held, seed)
    return {name: Tested(trial, uplift, fold) for name, uplift in scores.items()}


def table(divisions: Sequence[Mapping[str, Tested]], ours: Sequence[str], repeats: int) -> str:
    """A Markdown table: each Qini, the mean of the divisions into folds, and how far ours are ahead of it."""
    drawn, value = {}, {}
    for name in divisions[0]:
        tested = [division[name] for division in divisions]
        value[name] = _mean_qini(tested)
        # The same seed draws the same customers.
        drawn[name] = bootstrap(partial(_mean_qini, tested), tested[0].trial.customer, repeats, FIRST_SEED)
    lines = [
        "".join(["| | Qini |", *(f" {one} ahead by |" for one in ours)]),
        "|---|---|" + "---|" * len(ours),
    ]
    for name, own in value.items():
        ahead = ["" if name in ours else _told(value[one] - own, drawn[one] - drawn[name]) for one in ours]
        lines.append(f"| {' | '.join([name, _told(own, drawn[name]), *ahead])} |")
    return "\n".join(lines)


def _mean_qini(divisions: Sequence[Tested], counts: Floats | None = None) -> float:
    return float(np.mean([tested.qini(counts) for tested in divisions]))


def _told(value: float, drawn: Floats) -> str:
    low, high = interval(drawn)
    return f"{value * UNIT:.1f} [{low * UNIT:.1f}, {high * UNIT:.1f}]"


@click.command()
@click.option("--source", default=SOURCE, type=click.Path(exists=True, path_type=Path), show_default=True)
@click.option("--repeats", default=300, show_default=True, help="Bootstrap draws.")
@click.option("--divisions", default=3, show_default=True, help="Divisions into folds.")
@click.option("--email", "emails", multiple=True, help="Only these, such as 'Mens E-Mail'. Default: both.")
@click.option("--unchosen", is_flag=True, help="Our first learner throughout: a fifth of the time.")
def main(source: Path, repeats: int, divisions: int, emails: tuple[str, ...], unchosen: bool) -> None:
    """Print a table for each e-mail and outcome."""
    visits: dict[str, Trial] = {}
    for email, outcome, trial in trials(pd.read_csv(source)):
        if emails and email not in emails:
            continue
        visits.setdefault(email, trial)  # an e-mail's visits come before its conversions
        ours = (
            {ALONE: alone} if outcome == "visit" else {ALONE: alone, WITH_VISITS: with_visits(visits[email])}
        )
        if unchosen:
            ours = {name: first_of(candidates) for name, candidates in ours.items()}
        chosen: Counter[str] = Counter()
        seeds = range(FIRST_SEED, FIRST_SEED + divisions)
        found = [measured(trial, ours, RIVALS, chosen, seed) for seed in seeds]
        times = ", ".join(f"{name} {count}" for name, count in chosen.most_common())
        click.echo(f"{email}, {outcome} ({len(trial):,} customers; chosen: {times})\n")
        click.echo(f"{table(found, list(ours), repeats)}\n")


if __name__ == "__main__":
    main()
