"""A bank that goes on as it was is left alone; a planted fault is told by name, and what to do about it."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from features.errors import BadInputError
from features.layout import load_layout, partition, save_layout
from features.spec import BankSpec, WindowSpec
from features.vocabulary import CUSTOMER_ID
from training.dataset import History
from training.labels.labelled import UnlabelledError
from training.monitor.report import as_dict, render
from training.monitor.watch import watch
from training.monitor_commands import monitor

CUSTOMERS = 1000
TRAINED = [date(2024, month, 1) for month in range(1, 6)]
LATER = [date(2024, 6, 1), date(2024, 7, 1)]
TODAY = date(2024, 7, 2)
Trained = Callable[..., BankSpec]
StoreOf = Callable[..., History]


def findings(spec: BankSpec, store: History) -> Mapping[str, str]:
    found = watch(spec, store=store, today=TODAY)
    told: dict[str, str] = {"advice": found.verdict.advice}
    for one in found.findings:
        told[one.subject] = f"{told.get(one.subject, '')} {one.en}"
    return told


def test_an_undisturbed_bank_is_left_alone(trained: Trained, store_of: StoreOf) -> None:
    found = watch(trained(), store=store_of(), today=TODAY)
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


def test_a_shifted_column_is_named(trained: Trained, store_of: StoreOf) -> None:
    told = findings(trained(), store_of(shift=2.0))
    assert "signal (PSI" in told["signal"]
    assert told["advice"] == "retrain"


def test_data_restated_at_every_snapshot_are_told_though_then_and_now_are_alike(
    trained: Trained, store_of: StoreOf
) -> None:
    told = findings(trained(), store_of(restated=1.0))
    assert "signal" not in told
    assert "the test snapshot 2024-05-01 scores otherwise than it did" in told["restated"]
    assert "times what they did when tested" in told["estimated_rate"]
    assert told["advice"] == "mend"


def test_a_changed_base_rate_is_told(trained: Trained, store_of: StoreOf) -> None:
    told = findings(trained(times=2.0), store_of())
    assert "at 2024-06-01" in told["calibration"]
    assert told["advice"] == "retrain"


@pytest.mark.parametrize(("shift", "code"), [(0.0, 0), (2.0, 1)])
def test_the_command_fails_beyond_thresholds(
    trained: Trained, store_of: StoreOf, monkeypatch: pytest.MonkeyPatch, shift: float, code: int
) -> None:
    spec = trained()
    monkeypatch.setattr("training.monitor.watch.open_history", lambda *_: store_of(shift))
    as_of = [str(spec.folder), "--snapshot", str(LATER[-1])]
    done = CliRunner().invoke(monitor, [*as_of, "--json"])
    assert done.exit_code == code, done.output
    assert json.loads(done.stdout)["passed"] is (code == 0)
    plain = CliRunner().invoke(monitor, as_of)
    assert ("beyond: churn: features have drifted: signal" in plain.stdout) is bool(code)


def test_a_silent_feed_of_labels_is_told(trained: Trained, store_of: StoreOf) -> None:
    spec = trained()
    years_later = date(2025, 1, 1)
    layout = load_layout(spec)
    save_layout(spec.state, layout.model_copy(update={"snapshots": (*layout.snapshots, years_later)}))
    path = partition(spec.state, "customer", years_later)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}), path)
    told = findings(spec, store_of())
    assert "table labels: stale: newest row 2024-06-01, 214 days ago; at most 92 usually" in told["labels"]
    assert told["advice"] == "mend"


def test_labels_that_cannot_be_read_are_an_error_not_labels_to_come(
    trained: Trained, store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = trained()

    def broken(*_: Any) -> pa.Table:
        raise BadInputError("labels: not readable")

    monkeypatch.setattr("training.monitor.model.read_labels", broken)
    with pytest.raises(BadInputError, match="not readable"):
        watch(spec, store=store_of(), today=TODAY)


def test_snapshots_without_labels_await_them(
    trained: Trained, store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = trained()

    def none_yet(*_: Any) -> pa.Table:
        raise UnlabelledError("no snapshot can be labelled")

    monkeypatch.setattr("training.monitor.model.read_labels", none_yet)
    one = watch(spec, store=store_of(), today=TODAY).models[0]
    assert (one.newer, one.outcomes) == ([], [])


def test_a_window_changed_since_training_is_another_question_not_bad_calibration(
    trained: Trained, store_of: StoreOf
) -> None:
    spec = trained(times=2.0)  # as many as a window of another length may see
    other = spec.model_copy(update={"window": WindowSpec(gap_days=0, horizon_days=60)})
    told = findings(other, store_of())
    assert told.keys() == {"advice", "question"}
    assert "churn answers another question: trained for 30 days after a gap of 0" in told["question"]
    assert told["advice"] == "retrain"
    found = watch(other, store=store_of(), today=TODAY)
    assert found.models[0].newer  # to learn from
    assert (found.models[0].outcomes, found.models[0].retest) == ([], None)
    assert "outcomes of the question that bank.toml asks are not held against it" in render(found)
    assert as_dict(found)["models"][0]["other_question"] == {
        "window": {"gap_days": 0, "horizon_days": 30},
        "leaving": "labels",
    }


def test_features_that_are_built_no_more_are_named(trained: Trained, store_of: StoreOf) -> None:
    spec = trained()
    layout = load_layout(spec)
    [view] = layout.views
    words = view.model_copy(update={"features": tuple(one for one in view.features if one.name == "word")})
    save_layout(spec.state, layout.model_copy(update={"views": (words,)}))
    told = findings(spec, store_of())
    assert told.keys() == {"advice", "signal"}  # what the data would be of nobody's scores is not told
    assert "churn: 1 of its features are not built any more: signal" in told["signal"]
    assert told["advice"] == "mend"
    page = render(watch(spec, store=store_of(), today=TODAY))
    assert "nobody can be scored, so that nothing is told of scores" in page
    assert "<td>signal" not in page


def test_a_snapshot_that_is_due_and_not_built_is_told(
    trained: Trained, store_of: StoreOf, bank: BankSpec
) -> None:
    spec = trained()
    days = (*TRAINED, *LATER, date(2024, 8, 1), date(2024, 9, 1), date(2024, 10, 1))
    later = spec.model_copy(update={"snapshots": spec.snapshots.model_copy(update={"dates": days})})
    found = watch(later, store=store_of(), today=date(2024, 9, 1))
    assert found.snapshot == LATER[-1]
    [one] = found.findings
    assert one.en.startswith(
        "bank.toml names 2024-08-01, 2024-09-01, later than the newest snapshot built, 2024"
    )
    assert f"run `nextbest features {bank.folder}`" in found.verdict.en
    assert found.verdict.advice == "mend"
    assert watch(later, store=store_of(), today=date(2024, 7, 31)).findings == []
    chosen = watch(later, store=store_of(), snapshot="2024-06-01", today=date(2024, 9, 1))  # asked for
    assert (chosen.snapshot, chosen.findings) == (LATER[0], [])


def test_a_list_of_snapshots_that_ended_is_told_but_not_of_a_day_asked_for(
    trained: Trained, store_of: StoreOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = trained()
    late = watch(spec, store=store_of(), today=date(2026, 11, 29))
    assert [one.subject for one in late.findings] == ["snapshots"]
    assert "no snapshot is listed after 2024-07-01; 881 days ago" in late.findings[0].en
    assert late.verdict.advice == "mend"
    assert watch(spec, store=store_of(), snapshot=LATER[-1], today=date(2026, 11, 29)).findings == []
    monkeypatch.setattr("training.monitor.watch.open_history", lambda *_: store_of())
    done = CliRunner().invoke(monitor, [str(spec.folder)])  # the clock is years later
    assert done.exit_code == 1
    assert "beyond: no snapshot is listed after 2024-07-01" in done.stdout


def test_a_snapshot_that_is_no_date_is_refused(bank: BankSpec, store_of: StoreOf) -> None:
    with pytest.raises(BadInputError, match="'June' is not a date; expected YYYY-MM-DD"):
        watch(bank, store=store_of(), snapshot="June")


def test_without_a_champion_there_is_nothing_to_watch(bank: BankSpec, store_of: StoreOf) -> None:
    with pytest.raises(BadInputError, match="no champion to watch; run `nextbest train"):
        watch(bank, store=store_of(), today=TODAY)
