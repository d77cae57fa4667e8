"""Is an uplift that ranks nothing promoted, one that ranks something, and does the Qini's interval hold?

python -m experiments.uplift_null

Trials are drawn in which contacting changes nothing, or moves the log-odds of the outcome up or down, as one
feature says. A learner is chosen as in training, and tested on folds that answer for each other ("crossed")
and on folds each told by those before it ("forward"). Shares are of trials, with 95 % intervals (Wilson
1927): whose Qini coefficient is above 0, whose 95 % interval lies above 0, whose interval leaves out 0, the
true coefficient where contacting changes nothing. `spread`: the standard deviation of Qini over its mean
bootstrapped standard error, 1 for an interval that is as wide as it should be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import click
import numpy as np

from experiments.uplift_refusals import share
from training.intervals import Interval
from training.metrics.uplift import bootstrap
from training.uplift.choose import Tested, choose, forward_tested
from training.uplift.learners import learners
from training.uplift.trial import Learner, Trial

COLUMNS: Final = 12
REPEATS: Final = 200
HEADS: Final = ("effect", "folds", "above 0", "low above 0", "0 left out", "spread")


@dataclass(frozen=True)
class Found:
    """A trial's Qini coefficient, its interval and its bootstrapped standard error."""

    qini: Interval
    error: float


def drawn(rows: int, seed: int, effect: float = 0.0) -> Trial:
    """A trial of so many customers; `effect` on the log-odds, up or down by the sign of the third column."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(rows, COLUMNS))
    recorded = np.where(matrix[:, 0] > 0, 0.7, 0.4)
    treated = random.random(rows) < recorded
    odds = -1.5 + matrix[:, 1] + effect * treated * np.sign(matrix[:, 2])
    outcome = random.random(rows) < 1 / (1 + np.exp(-odds))
    return Trial(matrix, treated, outcome.astype(float), recorded, np.arange(rows))


def found(trial: Trial, candidates: Mapping[str, Learner], seed: int) -> dict[str, Found]:
    """How the learner that is chosen does, by kind of folds."""
    choice = choose(trial, candidates, seed)
    forward = forward_tested(trial, candidates[choice.name], seed)
    tested = {"crossed": choice.tested[choice.name], "forward": forward}
    return {kind: _found(one, seed) for kind, one in tested.items()}


def _found(tested: Tested, seed: int) -> Found:
    draws = bootstrap(tested.qini, tested.trial.customer, REPEATS, seed)
    return Found(tested.qini_interval(REPEATS, seed), float(draws.std()))


def lines(effects: Sequence[float], rows: int, trials: int, names: Sequence[str]) -> Iterator[str]:
    """A Markdown table, two rows an effect."""
    yield f"| {' | '.join(HEADS)} |"
    yield "|---" * len(HEADS) + "|"
    candidates = {name: learners()[name] for name in names}
    for effect in effects:
        told = [found(drawn(rows, seed, effect), candidates, seed) for seed in range(trials)]
        for kind in told[0]:
            yield f"| {effect:g} | {kind} | {_figures([one[kind] for one in told])} |"


def _figures(found: Sequence[Found]) -> str:
    values, lows, highs = np.array([(one.qini.value, one.qini.low, one.qini.high) for one in found]).T
    times = (values > 0, lows > 0, (lows > 0) | (highs < 0))
    shares = (share(int(one.sum()), len(found)) for one in times)
    return " | ".join([*shares, f"{values.std() / np.mean([one.error for one in found]):.2f}"])


@click.command()
@click.option("--trials", default=100, show_default=True, help="Of each effect.")
@click.option("--rows", default=2000, show_default=True)
@click.option("--effect", "effects", multiple=True, type=float, default=(0.0, 0.5, 1.0), show_default=True)
@click.option("--learner", "names", multiple=True, default=tuple(learners()), help="Default: every one.")
def main(trials: int, rows: int, effects: tuple[float, ...], names: tuple[str, ...]) -> None:
    """Print the table."""
    for line in lines(effects, rows, trials, names):
        click.echo(line)


if __name__ == "__main__":
    main()
