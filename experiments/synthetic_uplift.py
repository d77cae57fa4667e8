"""Does uplift learned from a bank's contacts rank customers as their true effects do, and earn more?

python -m experiments.synthetic_uplift WORK

Banks of several seeds whose true effects are known (truth/effects). Customers are ranked by boosters that did
not learn from them, at the snapshot of each of their contacts. The ceiling is a booster that learns, from
as many rows and the same features, the true effects themselves. Figures are true effects, not estimates: rank
correlation, and additional outcomes per 1,000 contacts among the fifth that each ranking puts first.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from experiments.synth import generate
from features.build import build_features
from features.layout import load_layout
from features.progress import silent
from features.spec import read_spec
from features.store import open_store
from features.tables import open_bank
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.uplift.arranged import Trials, read_trials
from training.uplift.base import Panel, base_of, bases_of
from training.uplift.choose import FOLDS, choose
from training.uplift.contacts import RETAIN
from training.uplift.learners import learners_by_action
from training.uplift.train import sound_trials
from training.uplift.trees import Trees, boost, predicted
from training.uplift.trial import Floats, Learner, Trial

TOP: Final = 0.2
CEILING: Final = Trees(leaves=15, rounds=150)
COLUMNS: Final = (
    "seed",
    "action",
    "contacts",
    "chosen",
    "rank",
    "ceiling",
    "uplift",
    "propensity",
    "random",
    "best",
)


def true_effects(work: Path, found: Trials, action: str) -> Floats:
    """The true effect at each row of the action's trial, more being better; NaN where there is none."""
    files = sorted((work / "truth" / "effects").glob("*.parquet"))
    truth = pd.concat([pd.read_parquet(file, columns=[CUSTOMER_ID, SNAPSHOT_DATE, action]) for file in files])
    keys = found.keys[action].to_pandas()
    truth[SNAPSHOT_DATE] = pd.to_datetime(truth[SNAPSHOT_DATE])
    keys[SNAPSHOT_DATE] = pd.to_datetime(keys[SNAPSHOT_DATE])
    effect: Floats = keys.merge(truth, "left", on=[CUSTOMER_ID, SNAPSHOT_DATE])[action].to_numpy(float)
    return -effect if action == RETAIN else effect


def propensity(trial: Trial, panel: Panel, action: str, seed: int) -> Floats:
    """What ranks without uplift, for customers not learned from: who leaves, or who opens anyway."""
    scores, fold, base = np.empty(len(trial)), trial.folds(FOLDS, seed), base_of(panel)
    for one in range(FOLDS):
        booster = base(trial.take(fold != one), seed)
        scores[fold == one] = predicted(booster, trial.matrix[fold == one])
    return -scores if action == RETAIN else scores


def ceiling(trial: Trial, effect: Floats, seed: int) -> Floats:
    """Effects as told by what learned other customers' true effects."""
    scores, fold = np.empty(len(trial)), trial.folds(FOLDS, seed)
    for one in range(FOLDS):
        booster = boost(trial.take(fold != one), effect[fold != one], "regression", CEILING, seed)
        scores[fold == one] = predicted(booster, trial.matrix[fold == one])
    return scores


def answer(
    work: Path, found: Trials, action: str, candidates: Mapping[str, Learner], seed: int
) -> Mapping[str, object]:
    """One row of the table."""
    effect = true_effects(work, found, action)
    known = ~np.isnan(effect)
    trial, effect, panel = found.trials[action].take(known), effect[known], found.panels[action]
    choice = choose(trial, candidates, seed)
    uplift = choice.tested[choice.name].uplift
    other, most = propensity(trial, panel, action, seed), ceiling(trial, effect, seed)
    figures = (
        len(trial),
        choice.name,
        spearmanr(uplift, effect).statistic,
        spearmanr(most, effect).statistic,
        *(earned(scores, effect) for scores in (uplift, other)),
        effect.mean() * 1000,
        earned(effect, effect),
    )
    return dict(zip(COLUMNS, (seed, action, *figures), strict=True))


def earned(scores: Floats, effect: Floats) -> float:
    """The mean true effect of those put first, per 1,000."""
    first = np.argsort(-scores, kind="stable")[: round(TOP * len(scores))]
    return float(effect[first].mean() * 1000)


@click.command()
@click.argument("work", type=click.Path(path_type=Path))
@click.option("--seeds", default=5, show_default=True)
@click.option("--customers", default=4000, show_default=True)
@click.option("--reach", default=0.5, show_default=True, help="Chance of a contact in a month.")
@click.option("--action", "actions", multiple=True, help="Only these learn. Default: all.")
def main(work: Path, seeds: int, customers: int, reach: float, actions: tuple[str, ...]) -> None:
    """Print a row for each seed and action, those of refused actions saying why, and the means by kind."""
    rows = []
    for seed in range(seeds):
        folder = work / f"bank-{seed}"
        generate(folder, customers, seed=seed, replace=True, reach=reach)
        spec = read_spec(folder)
        build_features(spec, silent, today=spec.snapshots.all()[-1])
        layout = load_layout(spec)
        found = read_trials(open_bank(spec), layout, open_store(spec, layout), silent)
        asked = {
            action: trial for action, trial in found.trials.items() if action in (actions or found.trials)
        }
        sound, refused = sound_trials(asked)
        click.echo("".join(f"seed {seed}  {reason}\n" for reason in refused.values()), nl=False)
        for action, candidates in learners_by_action(sound, bases_of(found.panels), seed).items():
            rows.append(answer(folder, found, action, candidates, seed))
            click.echo("  ".join(f"{name} {_said(value)}" for name, value in rows[-1].items()))
    table = pd.DataFrame(rows)
    kind = np.where(table["action"] == RETAIN, "retain", "cross-sell")
    click.echo(table.groupby(kind)[list(COLUMNS[4:])].mean().round(3).to_string())


def _said(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
