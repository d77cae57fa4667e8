"""Each row is told by its own action's reasons, whatever the order of the rows."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa

from features.spec import Product
from features.vocabulary import Model
from serving.campaign.reasons import told_rows
from serving.decision.actions import Action, Basis
from serving.decision.reasons import Narrator
from serving.wording_file import load_wording

PRODUCTS = {"card": Product(name_en="card", name_zh="银行卡")}
FEATURES = pa.table(
    {
        "customer_tenure_days": [400.0, 800.0, 1200.0, 1600.0],
        "interactions_complaints_open": [1.0, 2.0, 3.0, 4.0],
    }
)


class FakeModel:
    """One that is moved by tenure alone; counts the rows it is asked for."""

    name = Model.PROPENSITY
    contract = SimpleNamespace(features=["customer_tenure_days", "interactions_complaints_open"])

    def __init__(self) -> None:
        self.asked = 0

    def contributions(self, features: pa.Table, head: str) -> Any:
        assert head == "card"
        self.asked += features.num_rows
        return np.array([[1.0, 0.0, 0.0]] * features.num_rows)


def action(name: str, basis: Basis, product: str | None = None) -> Action:
    return Action(
        id=name, group="cross_sell" if product else "service", product=product, basis=basis, rate=1.0,
        value=1.0, cost=0.0, kinds=(), name_en=name, name_zh=name,
        reason_features=("interactions_complaints_open",),
    )  # fmt: skip


def test_rows_keep_their_order_and_only_winners_are_explained() -> None:
    actions = [action("complaint", "stated"), action("sell", "propensity", "card")]
    model: Any = FakeModel()
    narrator = Narrator(load_wording(), PRODUCTS)
    told = told_rows(actions, np.array([1, 0, 1, 0]), FEATURES, [model], narrator)
    said = [row.reasons.en for row in told]
    assert model.asked == 2
    assert said[0] != said[2]  # each of its own tenure
    assert all("omplaint" in said[row] for row in (1, 3))
    assert not any("omplaint" in said[row] for row in (0, 2))
    assert "sell" in told[0].talking_point.zh


def test_no_rows_tell_nothing() -> None:
    narrator = Narrator(load_wording(), PRODUCTS)
    assert told_rows([], np.array([], dtype=np.int64), FEATURES.slice(0, 0), [], narrator) == []
