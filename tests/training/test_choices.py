"""Settings given stay as they are; ways to grow are tried where customers are split."""

import numpy as np
import pyarrow as pa

from features.contract import FeatureColumn
from features.spec import BankSpec
from features.training_spec import ParameterSpec, TrainingSpec
from features.vocabulary import Model
from training.choices import choose
from training.dataset import Dataset, Examples
from training.fit import options

ROWS = 3000
COLUMNS = tuple(FeatureColumn(name=f"number_{place}") for place in range(12))


def weak() -> Dataset:
    """A little of who leaves is told by each of many numbers: drawn cuts tell most."""
    random = np.random.default_rng(0)
    matrix = random.normal(size=(ROWS, len(COLUMNS)))
    labels = random.uniform(size=ROWS) < 1 / (1 + np.exp(-0.4 * matrix.sum(axis=1)))
    keys = pa.table({"customer_id": np.arange(ROWS), "snapshot_date": np.full(ROWS, "2024-01-01", "M8[D]")})
    rows = Examples(keys, matrix, labels[:, np.newaxis].astype(float), np.ones(ROWS))
    return Dataset(COLUMNS, ("churn",), rows, (2400, 0, 300, 300))


def test_ways_to_grow_are_tried_only_where_customers_are_split(spec: BankSpec) -> None:
    parted = choose(spec, Model.CHURN, weak(), "customers")
    assert parted.settings["extra_trees"]
    assert parted.tried[-1].endswith("cuts drawn at random kept")
    in_time = choose(spec, Model.CHURN, weak(), "time")
    assert "extra_trees" not in in_time.settings
    assert not any("drawn" in note for note in in_time.tried)


def test_settings_given_stay_and_what_is_fixed_is_told(spec: BankSpec) -> None:
    given = {**options(COLUMNS, {}, 0), "num_leaves": 3}
    assert choose(spec, Model.CHURN, weak(), "customers", given).settings == given
    fixed = TrainingSpec(parameters=ParameterSpec(num_leaves=5))
    bank = spec.model_copy(update={"training": fixed})
    chosen = choose(bank, Model.CHURN, weak(), "time")
    assert chosen.settings["num_leaves"] == 5
    assert chosen.remarks == ("parameters fixed by bank.toml: num_leaves 5",)


def test_cuts_that_the_bank_fixed_are_not_drawn_where_that_would_pay(spec: BankSpec) -> None:
    fixed = TrainingSpec(parameters=ParameterSpec(extra_trees=False))
    chosen = choose(spec.model_copy(update={"training": fixed}), Model.CHURN, weak(), "customers")
    assert chosen.settings["extra_trees"] is False
    assert not any("drawn" in note for note in chosen.tried)
