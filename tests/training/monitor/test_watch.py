"""A bank that goes on as it was is left alone; a planted fault is told by name, and what to do about it."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from features.contract import Calibration, FeatureColumn, ModelContract
from features.errors import BadInputError
from features.layout import Layout, load_layout, partition, save_layout
from features.spec import BankSpec, Product, WindowSpec
from features.tracking import registered_name
from features.vocabulary import CHAMPION, CUSTOMER_ID, SNAPSHOT_DATE, Model
from training import registry
from training.artifact import TrainedModel, contract_heads
from training.heads import FittedHead
from training.labels import UnlabelledError
from training.monitor.report import as_dict, render
from training.monitor.watch import watch
from training.monitor_commands import monitor
from training.pipeline import train

CUSTOMERS = 1000
TRAINED = [date(2024, month, 1) for month in range(1, 6)]
LATER = [date(2024, 6, 1), date(2024, 7, 1)]
TODAY = date(2024, 7, 2)
SIGNAL = np.random.default_rng(0).normal(size=CUSTOMERS)


class Store:
    """A signal of every customer; `shift` moves that of the last snapshot, `restated` that of all of them."""

    def __init__(self, shift: float = 0.0, restated: float = 0.0) -> None:
        self.shift, self.restated = shift, restated

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name
        newest = np.array([day == LATER[-1] for day in entities[SNAPSHOT_DATE].to_pylist()])
        values = SIGNAL[entities[CUSTOMER_ID].to_numpy()] + self.shift * newest + self.restated
        return pa.table({"signal": values, "word": ["a"] * len(values)})


def labels(times: float) -> pa.Table:
    """Who left at each snapshot; after training `times` as many as before."""
    random, parts = np.random.default_rng(2), []
    for day in (*TRAINED, *LATER[:1]):
        chance = 1 / (1 + np.exp(2.5 - 1.5 * SIGNAL)) * (times if day in LATER else 1)
        left = random.uniform(size=CUSTOMERS) < chance
        parts.append(
            pa.table({CUSTOMER_ID: np.arange(CUSTOMERS), SNAPSHOT_DATE: [day] * CUSTOMERS, "churned": left})
        )
    return pa.concat_tables(parts)


Trained = Callable[..., BankSpec]


@pytest.fixture
def trained(bank: BankSpec, tmp_path: Path, save_built: Callable[[BankSpec, Layout], None]) -> Trained:
    """A bank with a champion, two snapshots later."""

    def make(times: float = 1.0, **toml: Any) -> BankSpec:
        folder = bank.folder
        pq.write_table(pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}), folder / "customers.parquet")
        pq.write_table(labels(times), folder / "labels.parquet")
        layout = load_layout(bank)
        save_built(bank, layout.model_copy(update={"snapshots": tuple(TRAINED)}))
        assert train(bank, Model.CHURN, store=Store()).promoted
        save_layout(bank.state, layout.model_copy(update={"snapshots": (*TRAINED, *LATER)}))
        for day in (*TRAINED, *LATER):
            path = partition(bank.state, "customer", day)
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}), path)
        return bank

    return make


def findings(spec: BankSpec, store: Store) -> Mapping[str, str]:
    found = watch(spec, store=store, today=TODAY)
    told: dict[str, str] = {"advice": found.verdict.advice}
    for one in found.findings:
        told[one.subject] = f"{told.get(one.subject, '')} {one.en}"
    return told


def test_an_undisturbed_bank_is_left_alone(trained: Trained) -> None:
    found = watch(trained(), store=Store(), today=TODAY)
    assert found.findings == []
    assert found.verdict.advice == "keep"
    one = found.models[0]
    assert one.newer == [date(2024, 6, 1)]
    assert one.outcomes[0].times.low < 1 < one.outcomes[0].times.high
    assert one.estimate is not None
    assert one.estimate_before is not None
    assert one.tested is not None
    assert one.estimate_before.rows == CUSTOMERS  # of the one snapshot tested, not of those learned from
    assert abs(one.estimate_before.roc_auc.value - one.tested) < 0.05
    assert one.retest is not None
    assert (one.retest.snapshot, one.retest.rows, one.retest.psi) == (TRAINED[-1], CUSTOMERS, 0)
    assert one.estimate.roc_auc.low < one.outcomes[0].roc_auc.value < one.estimate.roc_auc.high


def test_a_shifted_column_is_named(trained: Trained) -> None:
    told = findings(trained(), Store(shift=2.0))
    assert "signal (PSI" in told["signal"]
    assert told["advice"] == "retrain"


def test_data_restated_at_every_snapshot_are_told_though_then_and_now_are_alike(trained: Trained) -> None:
    told = findings(trained(), Store(restated=1.0))
    assert "signal" not in told
    assert "the test snapshot 2024-05-01 scores otherwise than it did" in told["restated"]
    assert "times what they did when tested" in told["estimated_rate"]
    assert told["advice"] == "mend"


def test_a_changed_base_rate_is_told(trained: Trained) -> None:
    told = findings(trained(times=2.0), Store())
    assert "at 2024-06-01" in told["calibration"]
    assert told["advice"] == "retrain"


@pytest.mark.parametrize(("shift", "code"), [(0.0, 0), (2.0, 1)])
def test_the_command_fails_beyond_thresholds(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, shift: float, code: int
) -> None:
    spec = trained()
    monkeypatch.setattr("training.monitor.watch.open_history", lambda *_: Store(shift))
    as_of = [str(spec.folder), "--snapshot", str(LATER[-1])]
    done = CliRunner().invoke(monitor, [*as_of, "--json"])
    assert done.exit_code == code, done.output
    assert json.loads(done.stdout)["passed"] is (code == 0)
    plain = CliRunner().invoke(monitor, as_of)
    assert ("beyond: churn: features have drifted: signal" in plain.stdout) is bool(code)


def test_a_silent_feed_of_labels_is_told(trained: Trained) -> None:
    spec = trained()
    years_later = date(2025, 1, 1)
    layout = load_layout(spec)
    save_layout(spec.state, layout.model_copy(update={"snapshots": (*layout.snapshots, years_later)}))
    path = partition(spec.state, "customer", years_later)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}), path)
    told = findings(spec, Store())
    assert "table labels: stale: newest row 2024-06-01, 214 days ago; at most 92 usually" in told["labels"]
    assert told["advice"] == "mend"


def test_labels_that_cannot_be_read_are_an_error_not_labels_to_come(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = trained()

    def broken(*_: Any) -> pa.Table:
        raise BadInputError("labels: not readable")

    monkeypatch.setattr("training.monitor.model.read_labels", broken)
    with pytest.raises(BadInputError, match="not readable"):
        watch(spec, store=Store(), today=TODAY)


def test_snapshots_without_labels_await_them(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = trained()

    def none_yet(*_: Any) -> pa.Table:
        raise UnlabelledError("no snapshot can be labelled")

    monkeypatch.setattr("training.monitor.model.read_labels", none_yet)
    one = watch(spec, store=Store(), today=TODAY).models[0]
    assert (one.newer, one.outcomes) == ([], [])


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
        heads=contract_heads(heads),
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
    trained: Trained, shift: float, told: list[str]
) -> None:
    spec = trained()
    crown_an_effect(spec)
    found = watch(spec, store=Store(shift), today=TODAY)
    one = found.models[-1]
    assert one.model is Model.UPLIFT
    assert (one.outcomes, one.newer, one.estimate, one.tested) == ([], [], None, None)
    assert [fault.subject for fault in found.findings if fault.model == "uplift"][:2] == told
    page = render(found)
    assert "`nextbest impact` measures it" in page


def test_a_product_that_left_the_catalogue_is_told_and_what_is_left_is_watched(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
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
    found = watch(spec, store=Store(), today=TODAY)
    one = next(one for one in found.models if one.model is Model.PROPENSITY)
    assert (one.products_gone, one.products_unknown) == (["fund"], [])
    assert one.outcomes[0].times.low < 1 < one.outcomes[0].times.high  # of the card alone
    told = [fault.en for fault in found.findings if fault.matter == "catalogue"]
    assert told == ["propensity: products that are no longer in the catalogue are scored: fund"]


def test_a_window_changed_since_training_is_another_question_not_bad_calibration(trained: Trained) -> None:
    spec = trained(times=2.0)  # as many as a window of another length may see
    other = spec.model_copy(update={"window": WindowSpec(gap_days=0, horizon_days=60)})
    told = findings(other, Store())
    assert told.keys() == {"advice", "window"}
    assert "churn answers another question: trained for 30 days after a gap of 0" in told["window"]
    assert told["advice"] == "retrain"
    found = watch(other, store=Store(), today=TODAY)
    assert found.models[0].newer  # to learn from
    assert (found.models[0].outcomes, found.models[0].retest) == ([], None)
    assert "outcomes of bank.toml's label window are not held against it" in render(found)
    assert as_dict(found)["models"][0]["other_window"] == {"gap_days": 0, "horizon_days": 30}


def test_features_that_are_built_no_more_are_named(trained: Trained) -> None:
    spec = trained()
    layout = load_layout(spec)
    [view] = layout.views
    words = view.model_copy(update={"features": tuple(one for one in view.features if one.name == "word")})
    save_layout(spec.state, layout.model_copy(update={"views": (words,)}))
    told = findings(spec, Store())
    assert told.keys() == {"advice", "signal"}  # what the data would be of nobody's scores is not told
    assert "churn: 1 of its features are not built any more: signal" in told["signal"]
    assert told["advice"] == "mend"
    page = render(watch(spec, store=Store(), today=TODAY))
    assert "nobody can be scored, so that nothing is told of scores" in page
    assert "<td>signal" not in page


def test_a_snapshot_that_is_due_and_not_built_is_told(trained: Trained, bank: BankSpec) -> None:
    spec = trained()
    days = (*TRAINED, *LATER, date(2024, 8, 1), date(2024, 9, 1), date(2024, 10, 1))
    later = spec.model_copy(update={"snapshots": spec.snapshots.model_copy(update={"dates": days})})
    found = watch(later, store=Store(), today=date(2024, 9, 1))
    assert found.snapshot == LATER[-1]
    [one] = found.findings
    assert one.en.startswith(
        "bank.toml names 2024-08-01, 2024-09-01, later than the newest snapshot built, 2024"
    )
    assert f"run `nextbest features {bank.folder}`" in found.verdict.en
    assert found.verdict.advice == "mend"
    assert watch(later, store=Store(), today=date(2024, 7, 31)).findings == []
    chosen = watch(later, store=Store(), snapshot="2024-06-01", today=date(2024, 9, 1))  # asked for, not late
    assert (chosen.snapshot, chosen.findings) == (LATER[0], [])


def test_a_list_of_snapshots_that_ended_is_told_but_not_of_a_day_asked_for(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = trained()
    late = watch(spec, store=Store(), today=date(2026, 11, 29))
    assert [one.subject for one in late.findings] == ["snapshots"]
    assert "no snapshot is listed after 2024-07-01; 881 days ago" in late.findings[0].en
    assert late.verdict.advice == "mend"
    assert watch(spec, store=Store(), snapshot=LATER[-1], today=date(2026, 11, 29)).findings == []
    monkeypatch.setattr("training.monitor.watch.open_history", lambda *_: Store())
    done = CliRunner().invoke(monitor, [str(spec.folder)])  # the clock is years later
    assert done.exit_code == 1
    assert "beyond: no snapshot is listed after 2024-07-01" in done.stdout


def test_a_snapshot_that_is_no_date_is_refused(bank: BankSpec) -> None:
    with pytest.raises(BadInputError, match="'June' is not a date; expected YYYY-MM-DD"):
        watch(bank, store=Store(), snapshot="June")


def test_without_a_champion_there_is_nothing_to_watch(bank: BankSpec) -> None:
    with pytest.raises(BadInputError, match="no champion to watch; run `nextbest train"):
        watch(bank, store=Store(), today=TODAY)
