"""A small bank whose models are formulas: it decides, keeps a ledger, and can decide again."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.errors import BadInputError
from features.spec import Product, parse
from features.vocabulary import Model
from serving.campaign.pool import pooled
from serving.campaign.run import choose
from serving.decision.decide import Decisions, decide
from serving.decision.policy import Policy
from serving.decision.request import Request
from serving.decision_table import decision_table
from serving.ledger.keys import Keys
from serving.ledger.opening import Ledger, open_at
from serving.ledger.recorder import Recorder, open_recorder
from serving.ledger.setting import Setting
from serving.ledger.witness import witnessing

NOW, TODAY, SNAPSHOT = datetime(2024, 1, 15, 9, 30, tzinfo=UTC), date(2024, 1, 15), date(2024, 1, 1)
COLUMNS = (("tier", "text"), ("balances_total_last", "number"), ("holdings_held_card", "number"))
POLICY: dict[str, Any] = {
    "version": "test",
    "actions": {"retain": {"group": "retain", "save_rate": 0.5}, "sell": {"group": "cross_sell"}},
    "channels": {"app": {"cost": 0.5, "weight": 0.5}, "call": {"cost": 4.0, "capacity": 3}},
    "rules": [{"name": "small", "scope": "cross_sell", "condition": "coalesce(request_amount, 0) < 10"}],
    "value": {"base": 20.0},
    "holdout": {"share": 0.25},
    "consent": {"no_table": "granted"},
    "request": {"amount": "number"},
}


@dataclass(frozen=True)
class FormulaModel:
    """Probabilities that fall with the balance."""

    name: Model
    heads: tuple[str, ...]
    digest: str = "d" * 64
    a_bit_more: bool = False

    @property
    def version(self) -> str:
        return f"{self.name}/1"

    @property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        return {}

    def predict(self, table: pa.Table, threads: int) -> dict[str, Any]:
        del threads
        balance = np.nan_to_num(table["balances_total_last"].to_numpy(), nan=50.0)
        top = np.nextafter(100.0, 101.0) if self.a_bit_more else 100.0
        return {head: top / (200.0 + balance) / place for place, head in enumerate(self.heads, 1)}


MODELS = (FormulaModel(Model.CHURN, ("churn",)), FormulaModel(Model.PROPENSITY, ("card", "fund")))


@dataclass
class World:
    """A bank at work: `models` are those the registry holds now."""

    ledger: Ledger
    setting: Setting
    registry: dict[str, Any] = field(default_factory=lambda: {str(one.version): one for one in MODELS})

    def load(self, version: str) -> Any:
        """As `serving.registry.load_version`."""
        if version not in self.registry:
            raise BadInputError(f"the registry holds no {version}")
        return self.registry[version]

    def features(self, ids: list[int]) -> pa.Table:
        """Features of customers, always the same for the same customer."""
        draws = [np.random.default_rng(one) for one in ids]
        return pa.table(
            {
                "customer_id": pa.array(ids, pa.int64()),
                "snapshot_date": pa.array([SNAPSHOT] * len(ids), pa.date32()),
                "tier": pa.array([[None, "valuable", "low_value"][one % 3] for one in ids], pa.string()),
                "balances_total_last": pa.array(
                    [
                        None if one % 7 == 0 else draw.lognormal(5, 1)
                        for one, draw in zip(ids, draws, strict=True)
                    ],
                    pa.float64(),
                ),
                "holdings_held_card": pa.array([float(one % 4 == 0) for one in ids], pa.float64()),
            }
        )

    def decisions(self, ids: list[int], request: Request | None = None) -> Decisions:
        """Decisions on customers."""
        models: Any = tuple(MODELS)
        customers = decision_table(self.features(ids), models)
        return decide(customers, self.setting.compiled(), TODAY, request or Request())

    def recorder(self) -> Recorder:
        models: Any = tuple(MODELS)
        return open_recorder(self.ledger, self.setting, models)

    def record(self, customer: int, **said: Any) -> str:
        """Decide one customer and keep it; returns the decision's id."""
        request = Request(said.pop("channel", None), said)
        return self.recorder().record(self.decisions([customer], request), request)

    def campaign(self, ids: list[int], chunk: int = 10) -> list[str]:
        """Decide many in chunks and keep the campaign; returns the decisions' ids."""
        models: Any = tuple(MODELS)
        with witnessing(self.ledger, self.setting, models) as witness:
            pools = []
            for start in range(0, len(ids), chunk):
                found = self.decisions(ids[start : start + chunk])
                witness.decided(found)
                pools.append(pooled(found))
            choice = choose(pools)
            kept: list[str] = witness.chosen(choice).to_pylist()
        return kept

    def with_keys(self, keys: Keys) -> "World":
        """The same ledger with other keys."""
        return replace(self, ledger=replace(self.ledger, keys=keys))


def make_setting(**sections: Any) -> Setting:
    products = {
        "card": Product(name_en="card", annual_value=100.0),
        "fund": Product(name_en="fund", annual_value=150.0),
    }
    return Setting(
        bank="Test bank",
        policy=parse(Policy, {**POLICY, **sections}, Path("policy.toml")),
        products=products,
        consents_recorded=False,
        customer_id_type="int64",
        columns=COLUMNS,
    )


def build_world(folder: Path, url: str | None = None, seal_key: bytes | None = None) -> World:
    folder.mkdir(parents=True, exist_ok=True)
    keys = Keys(b"s" * 32, seal_key)
    ledger = open_at(url or f"sqlite:///{folder / 'ledger.db'}", folder / "ledger", keys, lambda: NOW)
    return World(ledger, make_setting())


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A bank with an empty ledger in SQLite."""
    return build_world(tmp_path)


@pytest.fixture(scope="session")
def make_world() -> Callable[..., World]:
    """Build a world in a folder, with a database and a key of one's own."""
    return build_world


@pytest.fixture(scope="session")
def setting_with() -> Callable[..., Setting]:
    """The setting with sections of its policy replaced."""
    return make_setting
