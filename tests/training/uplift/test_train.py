"""From a bank's randomised contacts to a promoted uplift model that serving's files hold."""

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest

from features.contract import CONTRACT_FILE, ModelContract
from features.errors import BadInputError, GateError
from features.layout import Feature, Layout, ViewLayout
from features.spec import BankSpec, read_spec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from serving.decision.compiled import compile_policy
from serving.decision.decide import decide
from serving.decision.faults import Origin
from serving.decision.trace import trace
from serving.decision_table import decision_table
from serving.policy.file import policy_of
from serving.registry import load_models
from training import registry
from training.card.card import read_card
from training.uplift.train import train_uplift

DAY = date(2024, 1, 1)
CUSTOMERS = 3000
POLICY = {
    "version": "test",
    "actions": {"retain": {"group": "retain", "save_rate": 0.5, "value": 100.0}},
    "channels": {"app": {"cost": 1.0}},
    "value": {"balance_column": "balance"},
}
RANDOM = np.random.default_rng(0)
SIGNAL = RANDOM.uniform(-1, 1, CUSTOMERS)
TREATED = RANDOM.random(CUSTOMERS) < 0.6
LEFT = RANDOM.random(CUSTOMERS) < 0.5 - 0.4 * TREATED * np.sign(SIGNAL)


class FakeStore:
    """Every customer's signal."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith("uplift-")
        values = SIGNAL[entities[CUSTOMER_ID].to_numpy()]
        return pa.table({CUSTOMER_ID: entities[CUSTOMER_ID], "signal": values})


def contacts(treated: np.ndarray, probability: float = 0.6) -> pa.Table:
    return pa.table(
        {
            "contact_id": [f"c{number}" for number in range(CUSTOMERS)],
            CUSTOMER_ID: np.arange(CUSTOMERS),
            "at": [datetime(2024, 1, 2, 12)] * CUSTOMERS,  # noqa: DTZ001  # the tables hold naive UTC
            "action": ["retain"] * CUSTOMERS,
            "arm": np.where(treated, "treatment", "control"),
            "assignment_probability": np.full(CUSTOMERS, probability),
        }
    )


def require_decided_by_it(spec: BankSpec) -> None:
    """Serving values by the champion, and alike to the last bit alone and in a batch."""
    models = load_models(spec)
    columns = {CUSTOMER_ID: np.arange(40), SNAPSHOT_DATE: [DAY] * 40, "tier": ["valuable"] * 40}
    features = pa.table({**columns, "balance": np.zeros(40), "signal": SIGNAL[:40]})
    table = decision_table(features, models)
    policy = compile_policy(
        policy_of(POLICY, Origin("policy.toml", {})), {}, table.schema, consents_recorded=False
    )
    assert [action.basis for action in policy.actions] == ["uplift"]
    batch = decide(table, policy, DAY)
    for row in range(40):
        alone = decide(decision_table(features.slice(row, 1), models), policy, DAY)
        assert trace(alone) == trace(batch, row)
    signal = SIGNAL[:40]
    assert (batch.winner[signal > 0.2] == 0).all()
    assert (batch.winner[signal < -0.2] == -1).all()  # contacting would drive these away


def require_told(folder: Path) -> None:
    """The card tells of each group how its effect was predicted, and pictures lie beside."""
    card = read_card(folder)
    assert card is not None
    whole, kept = card.slices
    assert (whole.by, kept.by, kept.group, whole.head) == ("all", "snapshot", str(DAY), "retain")
    assert whole.figures["qini"].value == card.metrics["qini.retain"]
    assert whole.figures["average_effect"].low < 0.0 < whole.figures["average_effect"].high
    [reliable] = card.reliability
    assert reliable.bins[0].high < 0 < reliable.bins[-1].low
    train, test = card.parts
    assert (train.rows, test.rows) == (CUSTOMERS, 4 * CUSTOMERS / 5)
    [page, *_] = folder.glob("card.html")
    assert page.read_text().count("<svg") == 3
    pictures = {one.stem for one in folder.parent.glob("plots/*.svg")}
    assert pictures == {"qini", "calibration_of_effects", "importance"}
    assert card.importance == {"signal": 1.0}


def require_held(folder: Path) -> None:
    """Its gates looked at the effect of everyone."""
    [decision] = folder.parent.glob("promotion/*.json")
    gates = {one["gate"]: one["measured"] for one in json.loads(decision.read_text())["findings"]}
    assert "] retain, predicted " in gates["calibration: effect observed less predicted"]


@pytest.fixture
def ready(
    write_bank: Any,
    with_database: Callable[[BankSpec], BankSpec],
    save_built: Callable[[BankSpec, Layout], None],
) -> Callable[..., BankSpec]:
    """A bank with one snapshot of labels, and contacts the day after."""

    def make(offered: pa.Table, left: np.ndarray = LEFT, left_later: np.ndarray | None = None) -> BankSpec:
        told = {DAY: left} if left_later is None else {DAY: left, date(2024, 6, 1): left_later}
        days = pa.array([day for day in told for _ in range(CUSTOMERS)])
        ids = np.tile(np.arange(CUSTOMERS), len(told))
        labels = pa.table(
            {CUSTOMER_ID: ids, SNAPSHOT_DATE: days, "churned": np.concatenate([*told.values()])}
        )
        tables = {
            "customers": pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}),
            "labels": labels,
            "contacts": offered,
        }
        spec = read_spec(write_bank(tables, snapshots={"dates": [DAY]}, churn={"rule": "labels"}))
        view = ViewLayout(
            name="customer",
            description="",
            for_models=True,
            features=(Feature(name="signal", kind="number"),),
        )
        save_built(
            spec,
            Layout(
                customer_id_type="int64", views=(view,), sensitive=(), snapshots=(DAY,), fingerprint="f" * 64
            ),
        )
        return with_database(spec)

    return make


def test_what_contacting_changes_is_learned_promoted_and_decided_by(ready: Callable[..., BankSpec]) -> None:
    spec = ready(contacts(TREATED))
    found = train_uplift(spec, store=FakeStore())
    assert (found.model, found.version, found.promoted) == ("uplift", 1, True)
    assert found.rows == {"retain": CUSTOMERS}
    assert found.metrics["qini_low.retain"] > 0.05  # half gain 0.4, half lose it: at best 0.1
    assert found.metrics["qini"] == found.metrics["qini.retain"] < 0.12
    assert found.metrics["average_effect.retain"] == pytest.approx(np.mean(0.4 * np.sign(SIGNAL)), abs=0.06)
    assert found.notes[0].endswith("of 3000 contacts")
    version = registry.open_client(spec).get_model_version_by_alias(f"{spec.slug}-{Model.UPLIFT}", "champion")
    folder = Path(version.source.removeprefix("file://"))
    contract = ModelContract.model_validate_json((folder / CONTRACT_FILE).read_bytes())
    [head] = contract.heads
    assert (head.name, contract.gap_days, contract.names) == ("retain", 0, ["signal"])
    assert head.booster_file
    told = head.calibration.overall(
        np.asarray(lgb.Booster(model_file=folder / head.booster_file).predict([[-0.5], [0.5]]))
    )
    if head.control_file:
        told -= np.asarray(lgb.Booster(model_file=folder / head.control_file).predict([[-0.5], [0.5]]))
    assert told == pytest.approx([-0.4, 0.4], abs=0.2)
    require_told(folder)
    require_held(folder)
    require_decided_by_it(spec)


def test_what_only_seems_to_rank_is_refused(ready: Callable[..., BankSpec]) -> None:
    """Who leaves has nothing to do with the arm; the coefficient is above 0 as half of all such are."""
    drawn = np.random.default_rng(101).random(CUSTOMERS) < 0.6
    spec = ready(contacts(drawn), np.random.default_rng(9).random(CUSTOMERS) < 0.3)
    told = r"retain: not shown to rank better than at random: the .* Qini coefficient is 0\.00\d+ \[-0\."
    with pytest.raises(GateError, match=told):
        train_uplift(spec, store=FakeStore())
    assert registry.list_models(spec) == []


def test_arms_that_features_foretell_are_refused(ready: Callable[..., BankSpec]) -> None:
    lured = np.random.default_rng(1).random(CUSTOMERS) < np.where(SIGNAL > 0, 0.7, 0.5)
    with pytest.raises(GateError, match=r"nothing can be learned .*\n  retain: the treatment arm differs"):
        train_uplift(ready(contacts(lured)), store=FakeStore())


class KnowingStore:
    """In place of the signal: who leaves."""

    def __init__(self, left: np.ndarray) -> None:
        self.left = left

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        found = FakeStore().historical(service_name, entities)
        left = self.left[entities[CUSTOMER_ID].to_numpy()].astype(float)
        return found.set_column(found.column_names.index("signal"), "signal", pa.array(left))


def test_features_that_know_what_comes_of_contacts_are_refused(ready: Callable[..., BankSpec]) -> None:
    with pytest.raises(GateError, match=r"signal tells retain with ROC-AUC 1\.0000 at 2024-01-01"):
        train_uplift(ready(contacts(TREATED)), store=KnowingStore(LEFT))


def test_features_that_know_the_end_are_refused(ready: Callable[..., BankSpec]) -> None:
    later = np.random.default_rng(2).random(CUSTOMERS) < 0.3
    with pytest.raises(GateError, match=r"signal tells churn by the end of the data with ROC-AUC 1\.0000"):
        train_uplift(ready(contacts(TREATED), LEFT, later), store=KnowingStore(LEFT | later))


def test_contacts_that_nobody_drew_by_lot_are_refused(ready: Callable[..., BankSpec]) -> None:
    with pytest.raises(BadInputError, match="no randomised contact can be used for uplift: it needs an arm"):
        train_uplift(ready(contacts(TREATED, probability=1.0)), store=FakeStore())
