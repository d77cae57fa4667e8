"""Which model is asked why an action was chosen."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa

from features.spec import Product
from features.vocabulary import Model
from serving.action_reasons import action_reasons
from serving.decision.actions import Action, Basis
from serving.decision.reasons import Narrator
from serving.wording_file import load_wording

FEATURES = pa.table({"customer_tenure_days": [730.5], "interactions_complaints_open": [1.0]})
NARRATOR = Narrator(load_wording(), {"card": Product()})


class FakeModel:
    """One whose contributions are all from tenure, for the heads it has."""

    contract = SimpleNamespace(features=["interactions_complaints_open", "customer_tenure_days"])

    def __init__(self, name: Model, *heads: str) -> None:
        self.name, self.heads = name, heads

    def contributions(self, features: pa.Table, head: str) -> Any:
        assert head in self.heads
        return np.array([[-1.0, 2.0, 9.0]] * features.num_rows)


MODELS: Any = (FakeModel(Model.CHURN, "churn"), FakeModel(Model.PROPENSITY, "card"))


def action(basis: Basis, product: str | None = None) -> Action:
    return Action(
        id="x", group="service", product=product, basis=basis, rate=1.0, value=1.0, cost=0.0, kinds=(),
        name_en="x", name_zh="x", reason_features=("interactions_complaints_open",),
    )  # fmt: skip


def told(action: Action, models: Any) -> list[str]:
    (reasons,) = action_reasons(action, FEATURES, models, NARRATOR)
    return [reason.said.en for reason in reasons]


def test_the_model_of_the_basis_is_asked_and_its_bias_left_out() -> None:
    assert told(action("churn_x_save_rate"), MODELS) == ["With the bank for 2 years"]
    assert told(action("propensity", "card"), MODELS) == ["With the bank for 2 years"]


def test_of_an_uplift_the_model_of_the_outcome_is_asked() -> None:
    assert told(action("uplift"), MODELS) == ["With the bank for 2 years"]
    assert told(action("uplift", "card"), MODELS) == ["With the bank for 2 years"]


def test_what_no_model_chose_tells_the_features_it_names() -> None:
    assert told(action("stated"), MODELS) == ["A complaint is still open"]
    assert told(action("churn_x_save_rate"), ()) == ["A complaint is still open"]
