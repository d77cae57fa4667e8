"""Does the optimised list earn more, by the true effects, than ranking by propensity under the same limits?

python -m experiments.optimised_list BANK... [--customers N --seeds N --work FOLDER]

BANK: synthetic banks with models trained; with --seeds, so many new ones are made in FOLDER. Three lists are
made from the same decided customers under the same budget and capacities: the best remaining probability
first (by the channel worth most), the best remaining value first, and the optimised one. Each contact then
earns what is true of it: true effect * value * channel weight * lever - cost. The true effects say what
treating changes; propensity * value, which the lists go by, does not know that.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from experiments.synth import generate
from features.build import build_features
from features.console import print_table
from features.layout import DECISION, load_layout
from features.progress import silent
from features.spec import BankSpec, read_spec
from features.store import open_store
from features.vocabulary import Model
from serving.campaign.pool import Pool, pooled, together
from serving.decision.decide import decide
from serving.decision_table import decision_table
from serving.models import ALL_THREADS
from serving.online import customer_schema
from serving.policy.file import compile_for, load_policy
from serving.scores import champions, population
from serving.selection.greedy import greedy
from serving.selection.problem import Chosen, Problem
from serving.selection.select import select
from training.pipeline import train

CHUNK: Final = 50_000
BUDGET: Final = 0.3
"""Per customer, in the bank's currency."""

SHARES: Final = {"call_centre": 0.02, "branch": 0.04}
"""Capacities, as shares of the customers: what a list has to fight for."""


@dataclass(frozen=True)
class Earned:
    """What three lists earn by the true effects, and what the best list by the true effects would."""

    bank: str
    by_propensity: float
    by_value: float
    optimised: float
    by_truth: float

    @property
    def gain(self) -> float:
        """The optimised list over ranking by propensity."""
        return self.optimised / self.by_propensity - 1


def main() -> None:
    """Print what each bank's lists earn."""
    parser = argparse.ArgumentParser(prog="python -m experiments.optimised_list", description=__doc__)
    parser.add_argument("banks", nargs="*", type=Path)
    parser.add_argument("--customers", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("optimised-list"))
    asked = parser.parse_args()
    made = [prepare(asked.work / f"seed-{seed}", asked.customers, seed) for seed in range(asked.seeds)]
    show([compare(read_spec(folder)) for folder in [*asked.banks, *made]])


def show(found: Sequence[Earned]) -> None:
    """Every bank, then all together."""
    total = Earned("all", *np.array([[*vars(one).values()][1:] for one in found], dtype=float).sum(axis=0))
    rows = [
        {
            "bank": one.bank,
            "by propensity": f"{one.by_propensity:,.0f}",
            "by value": f"{one.by_value:,.0f}",
            "optimised": f"{one.optimised:,.0f}",
            "over propensity": f"{one.gain:+.1%}",
            "by the true effects": f"{one.by_truth:,.0f}",
        }
        for one in [*found, total]
    ]
    print_table("Earned by the true effects", list(rows[0]), rows)


def prepare(folder: Path, customers: int, seed: int) -> Path:
    """A synthetic bank, its features and its models."""
    generate(folder, customers=customers, seed=seed)
    spec = read_spec(folder)
    build_features(spec, silent, today=spec.snapshots.all()[-1])
    for model in Model:
        train(spec, model, silent)
    return folder


def compare(spec: BankSpec) -> Earned:
    """The three lists of the bank's last snapshot, and what they earn."""
    pool = _decided(spec)
    problem = limited(pool)
    truth = true_worth(spec, pool)
    known = replace(problem, expected=np.where(problem.expected > -np.inf, truth, -np.inf))
    paying = replace(known, expected=np.where(known.expected > 0, known.expected, -np.inf))
    return Earned(
        spec.folder.name,
        earned(truth, greedy(by_probability(problem, pool))),
        earned(truth, greedy(problem)),
        earned(truth, select(problem).chosen),
        earned(truth, select(paying).chosen),
    )


def limited(pool: Pool) -> Problem:
    """The campaign's problem under the study's budget and capacities; only actions with known effects."""
    problem, channels = pool.contact_problem(), pool.compiled.channels
    rows = [np.float64(np.indices(pool.factors.cost.shape)[1] == channels.index(name)) for name in SHARES]
    limits = [np.floor(share * problem.customers) for share in SHARES.values()]
    expected = problem.expected.copy()
    expected[[action.group == "service" for action in pool.compiled.actions]] = -np.inf
    return replace(
        problem,
        expected=expected,
        usage=np.array([*rows, pool.factors.cost]),
        limits=np.array([*limits, BUDGET * problem.customers]),
        minima=np.zeros(len(rows) + 1),
    )


def by_probability(problem: Problem, pool: Pool) -> Problem:
    """The problem in which a contact is worth its probability; the most valuable channel is a hair better."""
    worth = problem.expected
    best = np.where(worth == worth.max(axis=1, keepdims=True), 1.0, 1.0 - 1e-9)
    likely = pool.factors.probability[:, np.newaxis] * best
    return replace(problem, expected=np.where(worth > -np.inf, likely, -np.inf))


def true_worth(spec: BankSpec, pool: Pool) -> NDArray[np.float64]:
    """What each contact truly earns, shape (actions, channels, customers); what has no effect only costs."""
    day = spec.snapshots.all()[-1]
    truth = pq.read_table(spec.folder / "truth" / "effects" / f"{day}.parquet")
    truth = truth.take(pc.index_in(pool.customers["customer_id"], truth["customer_id"]))
    effects = np.zeros(pool.factors.probability.shape)
    for place, action in enumerate(pool.compiled.actions):
        if action.id in truth.column_names:
            effect = np.nan_to_num(truth[action.id].to_numpy().astype(np.float64))
            # Retention lowers the probability of leaving.
            effects[place] = -effect if action.group == "retain" else effect
    factors = pool.factors
    gross = (effects * factors.value)[:, np.newaxis] * factors.context_weight
    return np.asarray(gross * factors.lever[:, np.newaxis] - factors.cost[:, :, np.newaxis])


def earned(truth: NDArray[np.float64], chosen: Chosen) -> float:
    """What a list earns."""
    actions, customers = np.nonzero(chosen >= 0)
    return float(truth[actions, chosen[actions, customers], customers].sum())


def _decided(spec: BankSpec) -> Pool:
    layout, day = load_layout(spec), spec.snapshots.all()[-1]
    policy = compile_for(spec, load_policy(spec), customer_schema(layout))
    store, models = open_store(spec, layout), champions(spec, layout)
    batches = store.historical_batches(store.service_name(DECISION), population(spec, layout, day), CHUNK)
    tables = (decision_table(features, models, ALL_THREADS) for features in batches)
    return together([pooled(decide(table, policy, day)) for table in tables])


if __name__ == "__main__":
    main()
