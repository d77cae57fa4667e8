"""Are confounded and too small trials refused, and sound ones hardly ever?

python -m experiments.uplift_refusals

Trials are drawn with customers contacted once or four times, and a recorded probability that depends on a
feature. Sound ones are drawn as recorded; the others are not: more are treated, or a feature that the
probability does not know of, alone or only together with another, moves the odds of being treated. Shares
are of trials with as many rows, with 95 % intervals (Wilson 1927); "named" is the share of the refused whose
message tells the cause that was planted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click
import numpy as np
from scipy.stats import binomtest

from features.errors import GateError
from training.uplift.checks import DOUBT, arm_doubt, ratio_doubt, require_sound
from training.uplift.train import MINIMUM_OUTCOMES
from training.uplift.trial import Floats, Trial

COLUMNS: Final = 12
LEVELS: Final = (0.05, 0.01)


@dataclass(frozen=True)
class Planted:
    """What is wrong with a trial, `strength` on the log-odds of being treated, and how it must be called."""

    kind: str
    strength: float
    named: str


SIZE: Final = "contacts where the recorded assignment probabilities expect"
FORETOLD: Final = "the customers' features foretell the arm"
PLANTED: Final = (
    Planted("more treated", 0.25, SIZE),
    Planted("more treated", 0.5, SIZE),
    Planted("a feature", 0.25, FORETOLD),
    Planted("a feature", 0.5, FORETOLD),
    Planted("a feature", 1.0, FORETOLD),
    Planted("two features together", 0.5, FORETOLD),
    Planted("two features together", 1.0, FORETOLD),
    Planted("too few outcomes", 0.0, "arm is too small"),
)


def drawn(rows: int, seed: int, planted: Planted | None = None, contacts: int = 1) -> Trial:
    """A trial of so many rows, each customer's `contacts` of them alike but for noise."""
    random = np.random.default_rng(seed)
    customer = np.repeat(np.arange(-(-rows // contacts)), contacts)[:rows]
    traits = random.normal(size=(rows, COLUMNS))
    matrix = traits[customer] + 0.3 * random.normal(size=(rows, COLUMNS))
    recorded = np.where(matrix[:, 0] > 0, 0.7, 0.4)
    treated = random.random(rows) < _chance(recorded, matrix, planted)
    level = -6.0 if planted and planted.kind == "too few outcomes" else -1.5
    outcome = random.random(rows) < 1 / (1 + np.exp(-level - matrix[:, 1]))
    return Trial(matrix, treated, outcome.astype(float), recorded, customer)


def _chance(recorded: Floats, matrix: Floats, planted: Planted | None) -> Floats:
    moves = {
        "more treated": np.ones(len(matrix)),
        "a feature": matrix[:, 2],
        "two features together": np.sign(matrix[:, 2] * matrix[:, 3]),
    }
    move = moves.get(planted.kind, 0.0) * planted.strength if planted else 0.0
    chance: Floats = 1 / (1 + (1 - recorded) / recorded * np.exp(-move))
    return chance


def refusal(trial: Trial) -> str:
    """Why the trial is refused; empty if it is not."""
    try:
        require_sound("trial", trial, MINIMUM_OUTCOMES)
    except GateError as error:
        return str(error)
    return ""


def share(times: int, of: int) -> str:
    """A share and its interval."""
    between = binomtest(times, of).proportion_ci(method="wilson")
    return f"{times / of:.4f} [{between.low:.4f}, {between.high:.4f}]"


def sound_lines(sizes: tuple[int, ...], trials: int) -> Iterator[str]:
    """How rarely sound trials are refused, and whether both tests' p values are uniform."""
    heads = [f"{name} below {level:g}" for name in ("size", "features") for level in LEVELS]
    yield "| sound trials: rows | contacts a customer | refused | " + " | ".join(heads) + " |"
    yield "|---" * (3 + len(heads)) + "|"
    for rows in sizes:
        for contacts in (1, 4):
            found = [drawn(rows, seed, contacts=contacts) for seed in range(trials)]
            doubts = np.array([(ratio_doubt(trial), arm_doubt(trial)) for trial in found])
            refused = int((doubts < DOUBT).any(axis=1).sum())
            below = [share(int((doubts[:, one] < level).sum()), trials) for one in (0, 1) for level in LEVELS]
            yield f"| {rows} | {contacts} | {share(refused, trials)} | {' | '.join(below)} |"


def planted_lines(sizes: tuple[int, ...], trials: int) -> Iterator[str]:
    """How often what is planted is refused, and called by its name."""
    yield "| planted | strength | rows | refused | named |"
    yield "|---|---|---|---|---|"
    for planted in PLANTED:
        for rows in sizes:
            told = [refusal(drawn(rows, seed, planted)) for seed in range(trials)]
            refused, named = sum(map(bool, told)), sum(planted.named in one for one in told)
            called = f"{named / refused:.3f}" if refused else "-"
            yield f"| {planted.kind} | {planted.strength} | {rows} | {share(refused, trials)} | {called} |"


@click.command()
@click.option("--sound", default=1000, show_default=True, help="Sound trials of each size.")
@click.option("--confounded", default=200, show_default=True, help="Trials of each planted kind and size.")
@click.option("--rows", "sizes", multiple=True, type=int, default=(500, 2000), show_default=True)
def main(sound: int, confounded: int, sizes: tuple[int, ...]) -> None:
    """Print both tables."""
    for line in [*sound_lines(sizes, sound), "", *planted_lines(sizes, confounded)]:
        click.echo(line)


if __name__ == "__main__":
    main()
