"""Uplift and propensity are watched beside churn: for drift, and product by product."""

from collections.abc import Callable, Mapping
from datetime import date

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest

from features.contract import Calibration, FeatureColumn, ModelContract
from features.spec import BankSpec, Product
from features.tracking import registered_name
from features.vocabulary import CHAMPION, CUSTOMER_ID, SNAPSHOT_DATE, Model
from training import registry
from training.artifact import TrainedModel, contract_heads
from training.dataset import History
from training.heads import FittedHead
from training.monitor.report import render
from training.monitor.watch import watch

CUSTOMERS = 1000
TRAINED = [date(2024, month, 1) for month in range(1, 6)]
TODAY = date(2024, 7, 2)
SIGNAL = np.random.default_rng(0).normal(size=CUSTOMERS)
Trained = Callable[..., BankSpec]
StoreOf = Callable[..., History]


def crown_an_effect(spec: BankSpec) -> None:
    """An uplift champion, by the signal in one arm and a constant in the other."""
    matrix, settings = SIGNAL[:, None], {"objective": "regression", "verbosity": -1, "num_threads": 1}
    stays, none = (
        lgb.train(settings, lgb.Dataset(matrix, label, feature_name=["signal"]), 5)
        for label in (SIGNAL / 10, np.zeros(CUSTOMERS))
    )
    head = FittedHead("retain", stays, Calibration(kind="identity"), 0.0, 100, control=none)
    crown(spec, Model.UPLIFT, (head,), {"qini": 0.1})


def crown(spec: BankSpec, model: Model, heads: tuple[FittedHead, ...], metrics: Mapping[str, float]) -> None:
    """A champion that nobody trained."""
    contract = ModelContract(
        model=str(model),
        feature_service=f"{model}-1",
        columns=(FeatureColumn(name="signal"),),
        heads=contract_heads(heads, {}),
        gap_days=0,
        horizon_days=30,
        train_snapshots=tuple(map(str, TRAINED)),
        fingerprint="f" * 64,
    )
    number = registry.register(
        spec,
        TrainedModel(
            contract=contract,
            heads=heads,
            metrics=metrics,
            settings={},
            split="five folds",
            refitted=True,
            tested_on="contacts",
            sample=SIGNAL[:20, None],
        ),
    )
    name = registered_name(spec, model)
    registry.open_client(spec).set_registered_model_alias(name, CHAMPION, str(number))


@pytest.mark.parametrize(("shift", "told"), [(0.0, []), (2.0, ["signal", "retain"])])
def test_uplift_is_watched_for_drift_though_its_effects_never_come_true(
    trained: Trained, store_of: StoreOf, shift: float, told: list[str]
) -> None:
    spec = trained()
    crown_an_effect(spec)
    found = watch(spec, store=store_of(shift), today=TODAY)
    one = found.models[-1]
    assert one.model is Model.UPLIFT
    assert (one.outcomes, one.newer, one.estimate, one.tested) == ([], [], None, None)
    assert [fault.subject for fault in found.findings if fault.model == "uplift"][:2] == told
    page = render(found)
    assert "`nextbest impact` measures it" in page


def test_a_product_that_left_the_catalogue_is_told_and_what_is_left_is_watched(
    trained: Trained, store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = {"name_en": "Card", "name_zh": "卡", "annual_value": 1.0}
    spec = trained().model_copy(update={"products": {"card": Product(**product)}})
    fund, card = (FittedHead(name, None, Calibration(kind="identity"), 0.1, 3) for name in ("fund", "card"))
    crown(spec, Model.PROPENSITY, (fund, card), {})

    def opened(_spec: BankSpec, _model: Model, days: list[date]) -> pa.Table:
        flags = np.random.default_rng(0).uniform(size=CUSTOMERS) < 0.1
        keys = {CUSTOMER_ID: np.arange(CUSTOMERS), SNAPSHOT_DATE: [days[0]] * CUSTOMERS}
        return pa.table({**keys, "card": flags.astype(float), "churned": flags.astype(float), "churn": flags})

    monkeypatch.setattr("training.monitor.model.read_labels", opened)
    found = watch(spec, store=store_of(), today=TODAY)
    one = next(one for one in found.models if one.model is Model.PROPENSITY)
    assert (one.products_gone, one.products_unknown) == (["fund"], [])
    assert one.outcomes[0].times.low < 1 < one.outcomes[0].times.high  # of the card alone
    told = [fault.en for fault in found.findings if fault.matter == "catalogue"]
    assert told == ["propensity: products that are no longer in the catalogue are scored: fund"]


def test_products_whose_errors_make_up_for_each_other_are_named(
    trained: Trained, store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = {"name_en": "Card", "name_zh": "卡", "annual_value": 1.0}
    both = {name: Product(**product) for name in ("card", "fund")}
    spec = trained().model_copy(update={"products": both})
    opened = np.random.default_rng(0).uniform(size=CUSTOMERS) < 0.15
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    booster = lgb.train(settings, lgb.Dataset(SIGNAL[:, None], opened, feature_name=["signal"]), 2)
    same = Calibration(kind="identity")
    crown(spec, Model.PROPENSITY, tuple(FittedHead(name, booster, same, 0.15, 150) for name in both), {})
    one, other = (np.random.default_rng(seed).uniform(size=CUSTOMERS) for seed in (1, 2))

    def labelled(_spec: BankSpec, _model: Model, days: list[date]) -> pa.Table:
        keys = {CUSTOMER_ID: np.arange(CUSTOMERS), SNAPSHOT_DATE: [days[0]] * CUSTOMERS}
        flags = {"card": (one < 0.28).astype(float), "fund": (other < 0.02).astype(float)}
        return pa.table({**keys, **flags, "churn": opened})

    monkeypatch.setattr("training.monitor.model.read_labels", labelled)
    found = watch(spec, store=store_of(), today=TODAY)
    [told] = [one for one in found.findings if (one.model, one.matter) == ("propensity", "quality")]
    assert told.subject == "fund"
    assert "1 of 2 heads came true otherwise than promised, times: fund" in told.en
