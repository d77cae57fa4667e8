"""A backtest of uplift by command and from a notebook: the same figures, of a bank's own tables."""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

import nextbest
from features.errors import BadInputError
from features.layout import Feature, Layout, ViewLayout
from features.spec import BankSpec, read_spec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model
from training.backtest import effects
from training.backtest.run import run_backtest
from training.workbench import Workbench

DAYS = (date(2024, 1, 1), date(2024, 4, 1))
CUSTOMERS = 1000
RANDOM = np.random.default_rng(0)
SIGNAL = RANDOM.uniform(-1, 1, CUSTOMERS)
TREATED = [RANDOM.random(CUSTOMERS) < 0.5 for _ in DAYS]
LEFT = [RANDOM.random(CUSTOMERS) < 0.5 - 0.4 * treated * np.sign(SIGNAL) for treated in TREATED]


class FakeStore:
    """Every customer's signal."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith("uplift-")
        return pa.table({"signal": SIGNAL[entities[CUSTOMER_ID].to_numpy()]})


@pytest.fixture
def spec(
    write_bank: Any,
    with_database: Callable[[BankSpec], BankSpec],
    save_built: Callable[[BankSpec, Layout], None],
    monkeypatch: pytest.MonkeyPatch,
) -> BankSpec:
    """A bank that contacted everyone after each of two snapshots, a label window apart."""
    keys = {
        CUSTOMER_ID: np.tile(np.arange(CUSTOMERS), len(DAYS)),
        SNAPSHOT_DATE: [day for day in DAYS for _ in range(CUSTOMERS)],
    }
    contacts = {
        "contact_id": [f"c{number}" for number in range(len(DAYS) * CUSTOMERS)],
        CUSTOMER_ID: keys[CUSTOMER_ID],
        "at": [datetime(day.year, day.month, 2, 12) for day in keys[SNAPSHOT_DATE]],  # noqa: DTZ001  # naive UTC
        "action": ["retain"] * len(DAYS) * CUSTOMERS,
        "arm": np.where(np.concatenate(TREATED), "treatment", "control"),
        "assignment_probability": [0.5] * len(DAYS) * CUSTOMERS,
    }
    tables = {
        "customers": pa.table({CUSTOMER_ID: np.arange(CUSTOMERS)}),
        "labels": pa.table({**keys, "churned": np.concatenate(LEFT)}),
        "contacts": pa.table(contacts),
    }
    given = {"snapshots": {"dates": list(DAYS)}, "churn": {"rule": "labels"}, "window": {"horizon_days": 90}}
    found = read_spec(write_bank(tables, **given))
    feature = Feature(name="signal", kind="number")
    view = ViewLayout(name="customer", description="", for_models=True, features=(feature,))
    layout = {"customer_id_type": "int64", "sensitive": (), "snapshots": DAYS, "fingerprint": "f" * 64}
    save_built(found, Layout(views=(view,), **layout))
    monkeypatch.setattr(effects, "open_history", lambda *_: FakeStore())
    return with_database(found)


def test_command_and_notebook_tell_the_same(spec: BankSpec) -> None:
    words = ["backtest", str(spec.folder), "uplift", "--draws", "20"]
    result = CliRunner().invoke(nextbest.main, [*words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert {one["snapshot"] for one in told["snapshots"]} == {"2024-04-01", "mean"}
    [qini] = (one for one in told["snapshots"] if (one["metric"], one["action"]) == ("qini", "all"))
    assert 0.05 < qini["low"] < qini["value"] < 0.12  # half gain 0.4, half lose it: at best 0.1
    mine = Workbench(spec).backtest("uplift", draws=20)
    for name in ("snapshots", "rules", "ages", "curve"):
        pd.testing.assert_frame_equal(getattr(mine, name), pd.DataFrame(told[name]))
    text = CliRunner().invoke(nextbest.main, words, catch_exceptions=False).stdout
    assert "uplift: By test snapshot, with 95 % intervals" in text
    assert "uplift: Ahead of simple rules, on the same rows" in text


def test_a_learning_curve_of_uplift_is_refused_before_anything_is_read(spec: BankSpec) -> None:
    result = CliRunner().invoke(nextbest.main, ["backtest", str(spec.folder), "uplift", "--curve"])
    assert result.exit_code == 2
    assert "--curve is for churn and propensity; uplift has none" in result.output
    with pytest.raises(BadInputError, match="no learning curve"):
        run_backtest(spec, Model.UPLIFT, curve=True)


def test_a_bank_whose_contacts_cannot_be_judged_is_told_why(spec: BankSpec) -> None:
    window = spec.window.model_copy(update={"horizon_days": 92})  # January's are not known in April
    with pytest.raises(BadInputError, match=r"no uplift can be backtested:\n  not judged: retain: "):
        run_backtest(spec.model_copy(update={"window": window}), Model.UPLIFT, draws=20)
