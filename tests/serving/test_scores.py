"""Scores are a table in the features' order; a score file is whole or not there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from features.contract import ModelContract
from features.errors import BadInputError
from features.spec import BankSpec
from features.vocabulary import Model
from serving.models import ScoringModel
from serving.scores import check_suffix, question_notes, require_built, score_table, told, write_aside

DAY = date(2024, 5, 1)
FEATURES = pa.table(
    {
        "customer_id": ["c", "a", "b"],
        "snapshot_date": pa.array([DAY] * 3, pa.date32()),
        "tier": ["valuable", None, "dormant"],
        "balance": [0.25, 0.5, 0.75],
        "holdings_held_card": [1.0, 0.0, None],
    }
)


@dataclass(frozen=True)
class FakeModel:
    """Each head's probability is the balance plus a constant."""

    name: Model
    version: str
    heads: dict[str, float]
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def predict(self, features: pa.Table, threads: int) -> dict[str, Any]:
        assert threads == 1
        balance = features["balance"].to_numpy()
        return {head: balance + constant for head, constant in self.heads.items()}


VERSIONS: Final = {"churn": "churn/3", "uplift": "uplift/1"}


def contract(model: str) -> ModelContract:
    """Of a model that answers for 90 days."""
    return ModelContract(
        model=model,
        feature_service=f"{model}-00000000",
        columns=(),
        heads=(),
        gap_days=0,
        horizon_days=90,
        train_snapshots=("2024-01-01",),
        fingerprint="0" * 64,
    )


CHURN = FakeModel(Model.CHURN, "churn/3", {"churn": 0.1})
PROPENSITY = FakeModel(Model.PROPENSITY, "propensity/2", {"card": 0.0, "loan": 0.125})


def test_a_row_a_customer_in_the_order_given() -> None:
    table = score_table(FEATURES, (CHURN, PROPENSITY))
    assert table.to_pydict() == {
        "customer_id": ["c", "a", "b"],
        "snapshot_date": [DAY] * 3,
        "churn": [0.25 + 0.1, 0.5 + 0.1, 0.75 + 0.1],
        "propensity_card": [None, 0.5, 0.75],  # c holds a card; whether b does is not known
        "propensity_loan": [0.375, 0.625, 0.875],
        "tier": ["valuable", None, "dormant"],
        "model_versions": ["churn/3, propensity/2"] * 3,
    }


def test_nothing_is_said_of_a_product_for_other_kinds_of_customers() -> None:
    features = FEATURES.append_column("customer_kind", pa.array(["company", "individual", None]))
    table = score_table(features, (replace(PROPENSITY, kinds={"loan": ("company",), "card": ()}),))
    assert table["propensity_loan"].to_pylist() == [0.375, None, 0.875]  # b's kind is not known
    assert table["propensity_card"].to_pylist() == [None, 0.5, 0.75]


@pytest.mark.parametrize(
    ("models", "columns"),
    [((CHURN,), {"churn"}), ((PROPENSITY,), {"propensity_card", "propensity_loan"})],
)
def test_a_model_that_is_not_trained_has_no_columns(models: Any, columns: set[str]) -> None:
    found = set(score_table(FEATURES, models).column_names)
    assert found == {"customer_id", "snapshot_date", "tier", "model_versions"} | columns


def test_nobody_has_the_same_columns() -> None:
    nobody = score_table(FEATURES.slice(0, 0), (CHURN, PROPENSITY))
    assert nobody.schema == score_table(FEATURES, (CHURN, PROPENSITY)).schema
    assert nobody.num_rows == 0


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_file_holds_every_chunk_to_the_last_bit(tmp_path: Path, suffix: str) -> None:
    table = score_table(FEATURES, (CHURN, PROPENSITY))
    out = tmp_path / "new" / f"scores{suffix}"
    assert write_aside(out, (table.slice(start, 1) for start in range(3))) == 3
    read = pq.read_table(out) if suffix == ".parquet" else csv.read_csv(out)
    assert read.column_names == table.column_names
    for name in ("churn", "propensity_card", "customer_id", "snapshot_date"):
        assert read[name].to_pylist() == table[name].to_pylist()
    assert [path.name for path in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
@pytest.mark.parametrize("failing_chunk", [0, 1])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, suffix: str, failing_chunk: int
) -> None:
    out = tmp_path / f"scores{suffix}"
    out.write_text("old")

    def tables() -> Iterator[pa.Table]:
        yield from [FEATURES] * failing_chunk
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        write_aside(out, tables())
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("name", ["scores", "scores.xlsx", "scores.csv.gz"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInputError, match=r"expected a name ending in \.parquet or \.csv"):
        check_suffix(tmp_path / name)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "scores.csv"
    folder.mkdir()
    with pytest.raises(BadInputError, match="found a folder"):
        check_suffix(folder)


@pytest.mark.parametrize(
    ("asked", "nearest"), [(date(2024, 1, 1), "2024-03-01"), (date(2024, 4, 2), "2024-05-01")]
)
def test_a_snapshot_not_built_names_the_nearest(asked: date, nearest: str) -> None:
    built = [date(2024, 3, 1), date(2024, 5, 1)]
    require_built(built, built[0])
    with pytest.raises(BadInputError, match=f"nearest with features is {nearest}"):
        require_built(built, asked)


def test_progress_counts_customers() -> None:
    seen: list[tuple[str, int, int]] = []
    list(told([FEATURES, FEATURES], 6, lambda *step: seen.append(step)))
    assert seen == [("score", 0, 6), ("score", 3, 6), ("score", 6, 6)]


@pytest.mark.parametrize(
    ("window", "notes"),
    [
        ({"horizon_days": 90}, ()),
        ({"horizon_days": 30}, ("churn/3", "uplift/1")),
        (
            {"gap_days": 7, "horizon_days": 90},
            ("churn/3",),
        ),  # effects begin with the contact, whatever the gap
    ],
)
def test_a_champion_of_another_window_than_is_asked_for_is_noted(
    tmp_path: Path, window: dict[str, int], notes: tuple[str, ...]
) -> None:
    spec = BankSpec(
        folder=tmp_path,
        name="A Bank",
        tables={"customers": {"path": "customers.csv"}},
        snapshots={"dates": (DAY,)},
        window=window,
    )
    models = [ScoringModel(contract(name), version, {}, "d") for name, version in VERSIONS.items()]
    found = question_notes(spec, models)
    assert tuple(note.split()[0] for note in found) == notes
    asked = f"{window['horizon_days']} days after a gap of {window.get('gap_days', 0)}"
    told = f" answers for 90 days after a gap of 0, bank.toml asks for {asked}: train again"
    assert all(note.endswith(told) for note in found)


def test_uplift_has_a_column_an_action_and_none_for_what_is_held() -> None:
    uplift = FakeModel(Model.UPLIFT, "uplift/1", {"retain": -0.5, "cross_sell:card": 0.0})
    table = score_table(FEATURES, (uplift,))
    assert table["uplift_retain"].to_pylist() == [-0.25, 0.0, 0.25]
    assert table["uplift_cross_sell:card"].to_pylist() == [None, 0.5, 0.75]
