"""Customers to decide for, whose every answer to every action is known; and logging what happened to them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from features.spec import Product, parse
from serving.decision.compiled import CompiledPolicy, compile_policy
from serving.decision.decide import Decisions, decide
from serving.decision.policy import Policy
from serving.estimation.logged import checked

Floats = NDArray[np.float64]

TODAY: Final = date(2025, 1, 1)
SHARE: Final = 0.1

POLICY: Final[dict[str, Any]] = {
    "version": "study",
    "actions": {
        "retain": {"group": "retain", "save_rate": 0.3, "value": 300.0},
        "sell": {"group": "cross_sell"},
    },
    "channels": {"app": {"cost": 0.05}},
    "value": {"balance_column": "balance"},
    "holdout": {"share": SHARE},
}
EPSILON: Final = {"method": "epsilon", "share": 0.4, "most_lost": 1000.0}
THOMPSON: Final = {**EPSILON, "method": "thompson", "share": 0.2, "samples": 8}


@dataclass(frozen=True)
class Known:
    """`customers` as deciding reads them; success (actions, customers) if left alone and if contacted.

    Success is staying (retain) or opening the product (cross_sell); 0 where the action is not possible.
    """

    products: dict[str, Product]
    customers: pa.Table
    alone: Floats
    contacted: Floats

    def policy(self, **sections: Any) -> CompiledPolicy:
        """The study's policy with sections replaced."""
        read = parse(Policy, {**POLICY, **sections}, Path("study.toml"))
        return compile_policy(read, self.products, self.customers.schema, consents_recorded=False)


def known_bank(folder: Path, customers: int, seed: int = 0) -> Known:
    """Customers at a snapshot, drawn from all that a synthetic bank's truth tells of."""
    truth = [ds.dataset(folder / "truth" / name).to_table() for name in ("churn", "openings", "effects")]
    picked = np.random.default_rng(seed).choice(truth[0].num_rows, customers, replace=False)
    churn, openings, effects = (table.take(pa.array(picked)) for table in truth)
    for table in (openings, effects):  # the three files list the same customers in the same order
        assert table.select(["customer_id", "snapshot_date"]).equals(
            churn.select(["customer_id", "snapshot_date"])
        )
    products = [name for name in openings.column_names if name not in ("customer_id", "snapshot_date")]
    gain = _numbers(effects, [f"cross_sell:{name}" for name in products])
    # What cannot be offered has no effect and is not scored.
    chances = np.where(np.isnan(gain), np.nan, _numbers(openings, products))
    stay = 1 - _numbers(churn, ["churn"])
    alone = np.vstack([stay, chances])
    contacted = np.vstack([stay - _numbers(effects, ["retain"]), chances + gain])
    columns = {f"propensity_{name}": chances[place] for place, name in enumerate(products)}
    known = {
        "customer_id": np.arange(customers),
        "churn": 1 - stay[0],
        "balance": np.zeros(customers),
        **columns,
    }
    return Known(
        products={name: Product(annual_value=40.0 + 15.0 * place) for place, name in enumerate(products)},
        customers=pa.table({name: pa.array(values, from_pandas=True) for name, values in known.items()}),
        alone=np.clip(np.nan_to_num(alone), 0, 1),
        contacted=np.clip(np.nan_to_num(contacted), 0, 1),
    )


def decided(known: Known, policy: CompiledPolicy) -> Decisions:
    """Everyone decided; customers without an action are kept, as nothing."""
    return decide(known.customers, policy, TODAY)


def logged(known: Known, decisions: Decisions, rng: np.random.Generator) -> pa.Table:
    """What a ledger would hold once the window is over: outcomes drawn from the truth."""
    rows, place = np.arange(known.customers.num_rows), decisions.winner
    chance = np.where(decisions.control, known.alone[place, rows], known.contacted[place, rows])
    success = rng.random(len(rows)) < chance
    acted = place >= 0
    names = np.array([action.id for action in decisions.compiled.actions])[place]
    groups = np.array([action.group for action in decisions.compiled.actions])[place]
    channel = decisions.ranking.channel[place, rows]
    columns = {
        "decision_id": rows.astype(str),
        "customer": rows.astype(str),
        "decided_on": pa.array([TODAY] * len(rows)),
        "group": pa.array(groups, mask=~acted),
        "action": np.where(acted, names, "nothing"),
        "channel": pa.array(np.array(decisions.compiled.channels)[channel], mask=~acted),
        "arm": np.where(decisions.control, "control", "treatment"),
        "probability": decisions.probability,
        "expected_value": np.where(acted, decisions.factors.expected[place, channel, rows], 0.0),
        "value": np.where(acted, decisions.factors.value[place, rows], 0.0),
        "cost": np.where(acted, decisions.factors.cost[place, channel], 0.0),
        "accepted": acted & (groups == "cross_sell") & success,
        "churned": acted & (groups == "retain") & ~success,
    }
    return checked(
        pa.table({**columns, **{name: np.zeros(len(rows), bool) for name in ("declined", "ignored")}})
    )


def _numbers(table: pa.Table, names: list[str]) -> Floats:
    return np.array([table[name].cast(pa.float64()).to_numpy() for name in names])
