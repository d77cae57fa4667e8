"""From labels and features to a promoted model, on banks whose truth is known."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.contract import CONTRACT_FILE, ModelContract
from features.errors import BadInputError, GateError
from features.fingerprint import fingerprint_bank, fingerprint_data
from features.layout import Feature, Layout, ViewLayout
from features.spec import BankSpec, read_spec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training import registry
from training.pipeline import train
from training.promotion.promote import history, promote, rollback

JANUARY = date(2024, 1, 1)
MONTHS = [date(2023, month, 1) for month in range(1, 13)]
CUSTOMERS = 4000
SIGNAL = np.random.default_rng(0).normal(size=CUSTOMERS)


class FakeStore:
    """Every customer's signal, the same at every snapshot, and a text that says nothing."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith(("churn-", "propensity-"))
        values = SIGNAL[entities[CUSTOMER_ID].to_numpy()]
        return pa.table({CUSTOMER_ID: entities[CUSTOMER_ID], "signal": values, "word": ["a"] * len(values)})


def layout(snapshots: Sequence[date]) -> Layout:
    features = (Feature(name="signal", kind="number"), Feature(name="word", kind="text"))
    view = ViewLayout(name="customer", description="", for_models=True, features=features)
    return Layout(
        customer_id_type="int64",
        views=(view,),
        sensitive=(),
        snapshots=tuple(snapshots),
        fingerprint="f" * 64,
    )


def drawn(seed: int, base: float) -> np.ndarray:
    odds = 1.5 * SIGNAL + base
    return np.random.default_rng(seed).uniform(size=CUSTOMERS) < 1 / (1 + np.exp(-odds))


def customers() -> pa.Table:
    return pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)})


@pytest.fixture
def ready(
    write_bank: Any,
    with_database: Callable[[BankSpec], BankSpec],
    save_built: Callable[[BankSpec, Layout], None],
) -> Callable[..., BankSpec]:
    """A bank whose features count as built."""

    def make(tables: dict[str, Any], snapshots: Sequence[date], **given: Any) -> BankSpec:
        spec = read_spec(
            write_bank({"customers": customers(), **tables}, snapshots={"dates": list(snapshots)}, **given)
        )
        save_built(spec, layout(snapshots))
        return with_database(spec)

    return make


def labelled(days: Sequence[date], base: float = -2.0) -> pa.Table:
    return pa.concat_tables(
        pa.table(
            {
                CUSTOMER_ID: np.arange(CUSTOMERS),
                SNAPSHOT_DATE: pa.array([day] * CUSTOMERS),
                "churned": drawn(number, base),
            }
        )
        for number, day in enumerate(days)
    )


def contract_of(spec: BankSpec, model: Model) -> ModelContract:
    found = registry.open_client(spec).get_model_version_by_alias(f"{spec.slug}-{model}", "champion")
    return ModelContract.model_validate_json(
        Path(found.source.removeprefix("file://"), CONTRACT_FILE).read_bytes()
    )


def test_churn_from_a_single_snapshot_of_labels(ready: Callable[..., BankSpec]) -> None:
    spec = ready({"labels": labelled([JANUARY])}, [JANUARY], churn={"rule": "labels"})
    stages = []
    found = train(spec, Model.CHURN, lambda *step: stages.append(step), FakeStore())
    assert (found.model, found.version, found.promoted) == ("churn", 1, True)
    assert sum(found.rows.values()) == CUSTOMERS
    assert found.metrics["roc_auc"] > 0.75
    assert found.metrics["calibration_error"] < 0.05
    assert found.notes[0] == "too few snapshots to split in time: other customers calibrated and tested"
    assert any("lighter smoothing" in note for note in found.notes)
    assert ("churn: fitting again", 1, 1) in stages
    assert json.loads(json.dumps(found.as_dict()))["rows"] == found.rows
    contract = contract_of(spec, Model.CHURN)
    assert contract.names == ["signal", "word"]
    assert contract.columns[1].categories == ("a",)
    assert [head.name for head in contract.heads] == ["churn"]
    assert contract.train_snapshots == ("2024-01-01",)
    assert contract.fingerprint == fingerprint_bank(spec, fingerprint_data(spec))
    assert contract.feature_service == layout([JANUARY]).service_name("churn")


def test_monthly_snapshots_are_tested_later_in_time(ready: Callable[..., BankSpec]) -> None:
    spec = ready({"labels": labelled(MONTHS)}, MONTHS, churn={"rule": "labels"}, window={"horizon_days": 30})
    found = train(spec, Model.CHURN, store=FakeStore())
    assert found.notes[0] == (
        "trained to 2023-10-01, calibrated on 2023-11-01, fitted again on all to then, tested on 2023-12-01"
    )
    assert not any("lighter smoothing" in note for note in found.notes)
    assert found.rows == {"train": 10 * CUSTOMERS, "calibrate": CUSTOMERS, "test": CUSTOMERS}
    assert registry.show_model(spec, Model.CHURN).as_dict()["refitted"] == "false"


def test_training_again_gives_a_challenger_that_predicts_the_same(ready: Callable[..., BankSpec]) -> None:
    spec = ready({"labels": labelled([JANUARY])}, [JANUARY], churn={"rule": "labels"})
    first, second = (train(spec, Model.CHURN, store=FakeStore()) for _ in range(2))
    assert (first.promoted, second.promoted) == (True, False)
    assert first.metrics == second.metrics
    assert second.notes[-1] == "version 2 is the challenger of champion 1"
    promoted = promote(spec, Model.CHURN, store=FakeStore())
    assert promoted.said == "churn version 2 is now the champion, in place of version 1"
    assert rollback(spec, Model.CHURN).startswith("churn version 1 is the champion again")
    assert [entry.kind for entry in history(spec, Model.CHURN)] == ["promotion", "promotion", "rollback"]
    with pytest.raises(GateError, match="is the first champion: nothing came before it"):
        rollback(spec, Model.CHURN)


def test_what_nobody_tested_is_never_promoted_and_why_is_told(ready: Callable[..., BankSpec]) -> None:
    """Twenty leavers in all, none of them in the test: a base rate for everybody, held to nothing."""
    leave = np.arange(CUSTOMERS) % 2000 == 0
    rows = [
        pa.table({CUSTOMER_ID: np.arange(CUSTOMERS), SNAPSHOT_DATE: [day] * CUSTOMERS, "churned": leaves})
        for day, leaves in zip(MONTHS, [leave] * 11 + [np.zeros(CUSTOMERS, dtype=bool)], strict=True)
    ]
    labels, window = {"labels": pa.concat_tables(rows)}, {"horizon_days": 30}
    spec = ready(labels, MONTHS, churn={"rule": "labels"}, window=window)
    for _ in range(2):
        found = train(spec, Model.CHURN, store=FakeStore())
        assert not found.promoted
        told = found.notes[-1]
        assert "tested: heads that learned: none of 1: all answer their base rate, must be >= 1: give" in told
        assert "tested: what came true: 0 positives, 4,000 negatives, must be >= 10 of each: give" in told
    assert registry.champion_version(spec, Model.CHURN) is None


def test_propensity_has_a_head_for_every_product(ready: Callable[..., BankSpec]) -> None:
    card = np.flatnonzero(drawn(1, -1.0))
    holdings = [
        {CUSTOMER_ID: int(customer), "product": "card", "opened_on": date(2024, 1, 10)} for customer in card
    ]
    holdings += [{CUSTOMER_ID: 0, "product": "loan", "opened_on": date(2024, 4, 30)}]
    holdings += [{CUSTOMER_ID: 1, "product": "fund", "opened_on": date(2020, 1, 1)}]
    spec = ready({"holdings": holdings}, [JANUARY], products={"card": {}, "loan": {}, "fund": {}})
    found = train(spec, Model.PROPENSITY, store=FakeStore())
    contract = contract_of(spec, Model.PROPENSITY)
    assert {head.name: head.booster_file for head in contract.heads} == {
        "card": "model.lgb",
        "loan": None,
        "fund": None,
    }
    assert found.metrics["card/roc_auc"] > 0.75
    assert found.metrics["map_at_7"] > 0.99  # nothing but cards is opened
    assert any(note.startswith("loan: 0 positives among") for note in found.notes)
    assert 0 < contract.heads[2].base_rate < 0.001  # never opened: as good as nobody, and not for certain


@pytest.mark.parametrize("base", [-100.0, 100.0])
def test_nobody_or_everybody_leaving_cannot_be_learned(ready: Callable[..., BankSpec], base: float) -> None:
    spec = ready({"labels": labelled([JANUARY], base)}, [JANUARY], churn={"rule": "labels"})
    with pytest.raises(BadInputError, match="customers to train on left; learning needs both outcomes"):
        train(spec, Model.CHURN, store=FakeStore())
    assert registry.list_models(spec) == []


def test_one_customer(ready: Callable[..., BankSpec], write_bank: Any) -> None:
    labels = [{CUSTOMER_ID: 0, SNAPSHOT_DATE: JANUARY, "churned": True}]
    spec = ready({"labels": labels}, [JANUARY], churn={"rule": "labels"})
    with pytest.raises(BadInputError, match="learning needs both outcomes"):
        train(spec, Model.CHURN, store=FakeStore())


def test_features_must_be_built_first(write_bank: Any) -> None:
    spec = read_spec(write_bank({"customers": customers()}))
    with pytest.raises(BadInputError, match="run `nextbest features"):
        train(spec, Model.CHURN, store=FakeStore())
