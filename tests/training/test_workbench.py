"""The workbench does what the commands do: the same rows, figures and versions."""

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import nextbest
from features.errors import BadInputError
from training import Workbench
from training.promotion.promote import RefusedError

pytestmark = pytest.mark.long

DAYS = [date(2024, month, 1) for month in range(1, 7)]
CUSTOMERS = 300


def frames() -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(0)
    signal = random.normal(size=CUSTOMERS)
    ids = np.arange(CUSTOMERS)
    customers = pd.DataFrame({"customer_id": ids, "joined_on": date(2020, 1, 1), "signal": signal})
    left = [random.uniform(size=CUSTOMERS) < 1 / (1 + np.exp(1 - 2 * signal)) for _ in DAYS]
    keys = pd.MultiIndex.from_product([DAYS, ids], names=["snapshot_date", "customer_id"]).to_frame(
        index=False
    )
    return {"customers": customers, "labels": keys.assign(churned=np.concatenate(left))}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    settings = {
        "name": "Frames",
        "snapshots": {"dates": DAYS},
        "churn": {"rule": "labels"},
        "window": {"horizon_days": 30},
        # Three hundred customers, who all joined on one day: their tenure has nothing to be compared with.
        "promotion": {"calibration_error_most": 0.3, "quality_margin": 0.5},
    }
    folder = tmp_path_factory.mktemp("frames") / "bank"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        bank = Workbench.of(folder, frames(), settings)
        assert bank.check(DAYS[-1]).empty
        bank.build(DAYS[-1]).train("churn")
        yield bank  # type: ignore[misc] # a generator fixture, typed as what it yields


def command(*words: str) -> str:
    result = CliRunner().invoke(nextbest.main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_features_are_those_of_every_customer_at_the_snapshot(bank: Workbench) -> None:
    found = bank.features(DAYS[-1].isoformat()).sort_values("customer_id")
    assert found["customer_id"].tolist() == list(range(CUSTOMERS))
    signal = next(name for name in found if name.endswith("signal"))
    np.testing.assert_array_equal(found[signal], frames()["customers"]["signal"])


def test_labels_are_those_given(bank: Workbench) -> None:
    given = frames()["labels"].set_index(["customer_id", "snapshot_date"])["churned"]
    found = bank.labels("churn").set_index(["customer_id", "snapshot_date"])["churn"]
    assert len(found)
    assert (found.to_numpy() == given.loc[list(found.index)].to_numpy()).all()


def test_a_training_is_the_commands_own(bank: Workbench) -> None:
    mine = bank.train("churn")
    told = json.loads(command("train", str(bank.spec.folder), "churn", "--json").splitlines()[-1])
    assert told["metrics"] == dict(mine.metrics)
    assert told["version"] == mine.version + 1
    assert bank.models()["version"].tolist() == list(range(1, told["version"] + 1))
    assert {"metric", "champion", "challenger"} <= set(bank.compare("churn"))


@pytest.fixture(scope="module")
def pair(bank: Workbench) -> tuple[int, int]:
    """Two versions; the first of all is the champion, unless one of the tests has made another."""
    return bank.train("churn").version, bank.train("churn").version


def champion(bank: Workbench) -> int:
    [row] = bank.models().query("aliases.str.contains('champion')").itertuples()
    return int(row.version)


def test_promotion_and_the_way_back_are_the_commands_own(bank: Workbench, pair: tuple[int, int]) -> None:
    folder, (first, second) = str(bank.spec.folder), pair
    told = json.loads(command("models", folder, "promote", "churn", "--version", str(first), "--json"))
    gates = bank.promote("churn", second, approve="Somebody Else")
    assert gates["passed"].all()
    assert gates["gate"].tolist() == [one["gate"] for one in told["gates"]]
    assert champion(bank) == second
    entries = bank.rollback("churn")
    assert champion(bank) == first
    assert entries["kind"].tolist()[-3:] == ["approval", "promotion", "rollback"]
    history = json.loads(command("models", folder, "history", "churn", "--json"))
    assert history == json.loads(bank.history("churn").to_json(orient="records"))


def test_what_is_refused_is_an_error_with_its_table(bank: Workbench, pair: tuple[int, int]) -> None:
    strict = bank.spec.promotion.model_copy(update={"leaves_most": 1})
    careful = replace(bank, spec=bank.spec.model_copy(update={"promotion": strict}))
    other = next(number for number in pair if number != champion(bank))
    with pytest.raises(RefusedError, match="size: leaves") as refused:
        careful.promote("churn", other)
    table = pd.DataFrame(refused.value.promotion.rows())
    assert table.loc[~table["passed"], "gate"].tolist() == ["size: leaves"]
    last = bank.history("churn").iloc[-1]
    assert (last["kind"], last["version"], last["failed"]) == ("refusal", other, "size: leaves")


def test_a_version_rebuilt_has_the_files_of_its_card(bank: Workbench, tmp_path: Path) -> None:
    files = bank.rebuild("churn", 1, tmp_path / "again").set_index("file")["sha256"]
    assert sorted(files.index) == ["contract.json", "model.lgb"]
    for name, digest in files.items():
        assert hashlib.sha256((tmp_path / "again" / str(name)).read_bytes()).hexdigest() == digest


def test_a_comparison_tells_whether_the_rows_are_the_same(bank: Workbench) -> None:
    assert bank.compare("churn").attrs == {"same_rows": True}


def test_a_version_is_shown_as_the_command_shows_it_and_has_its_card(bank: Workbench) -> None:
    told = json.loads(command("models", str(bank.spec.folder), "show", "churn", "--version", "1", "--json"))
    shown = bank.show("churn", 1)
    assert {one["name"]: one["value"] for one in told} == shown.to_dict()
    card = bank.card("churn", 1)
    assert (card["model"], card["version"]) == ("churn", 1)
    assert card["metrics"].items() <= shown.to_dict().items()
    assert bank.card("churn")["version"] == bank.show("churn")["version"]


def test_nothing_was_promoted_yet(tmp_path: Path) -> None:
    settings = {"name": "Young", "snapshots": {"dates": DAYS}, "churn": {"rule": "labels"}}
    young = Workbench.of(tmp_path / "bank", frames(), settings)
    assert young.history("churn").empty
    for ask in (young.promote, young.rollback):
        with pytest.raises(BadInputError, match="no churn"):
            ask("churn")


def test_a_backtest_is_the_commands_own(bank: Workbench) -> None:
    mine = bank.backtest("churn", folds=1, draws=20)
    words = ("backtest", str(bank.spec.folder), "churn", "--folds", "1", "--draws", "20", "--json")
    told = json.loads(command(*words).splitlines()[-1])
    pd.testing.assert_frame_equal(mine.snapshots, pd.DataFrame(told["snapshots"]))
    pd.testing.assert_frame_equal(mine.rules, pd.DataFrame(told["rules"]))


def test_tuning_goes_on_where_it_ended(bank: Workbench, tmp_path: Path) -> None:
    # A bank of its own: what is chosen changes every later training.
    bank = Workbench.open(shutil.copytree(bank.spec.folder, tmp_path / "bank"))
    assert bank.tune("churn", trials=1, folds=1).flat()["trials"] == 1
    assert bank.tune("churn", trials=2, folds=1).flat()["trials"] == 2
    assert Workbench.open(bank.spec.folder).spec == bank.spec


def test_uplift_needs_contacts(bank: Workbench) -> None:
    with pytest.raises(BadInputError, match="no randomised contact"):
        bank.train("uplift")


def test_other_names_are_no_part_of_it() -> None:
    import training

    with pytest.raises(AttributeError, match="Workbenches"):
        training.Workbenches  # noqa: B018 # asking is what is tested


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("train", {"model": "chrun"}, "did you mean 'churn'"),
        ("backtest", {"model": "Propensity"}, "did you mean 'propensity'"),
        ("features", {"snapshot": DAYS[0], "model": "leaving"}, "expected churn, propensity, uplift"),
        ("promote", {"model": "uplifted"}, "did you mean 'uplift'"),
        ("history", {"model": ""}, "expected churn"),
        ("compare", {"model": "chrun"}, "did you mean"),
        ("rollback", {"model": "chrun"}, "did you mean"),
        ("rebuild", {"model": "chrun", "version": 1}, "did you mean"),
        ("labels", {"model": "uplift"}, "expected churn, propensity"),
        ("tune", {"model": "uplift"}, "expected churn, propensity"),
        ("backtest", {"folds": -1}, "folds: expected 1 or more, got -1"),
        ("backtest", {"folds": 0}, "folds: expected 1 or more"),
        ("backtest", {"draws": 0}, "draws: expected 20 or more"),
        ("tune", {"trials": 0}, "trials: expected 1 or more"),
        ("tune", {"workers": 0}, "workers: expected 1 or more"),
        ("tune", {"folds": 0}, "folds: expected 1 or more"),
        ("tune", {"minutes": 0}, "minutes: expected more than 0"),
        ("tune", {"penalty": float("nan")}, "penalty: expected a number"),
        ("tune", {"trial": 2}, "tune: no 'trial'; did you mean 'trials'"),
        ("show", {"model": "chrun"}, "did you mean 'churn'"),
        ("card", {"model": "churn"}, "no churn model yet"),
    ],
)
def test_what_cannot_be_asked_is_bad_input(
    tmp_path: Path, method: str, given: dict[str, object], said: str
) -> None:
    settings = {"name": "Asked", "snapshots": {"dates": DAYS}, "churn": {"rule": "labels"}}
    asked = Workbench.of(tmp_path / "bank", frames(), settings)
    with pytest.raises(BadInputError, match=said):
        getattr(asked, method)(**given)


@pytest.mark.parametrize(
    "words", [("backtest", "--folds", "0"), ("backtest", "--draws", "19"), ("tune", "--trials", "0")]
)
def test_commands_refuse_the_same(tmp_path: Path, words: tuple[str, ...]) -> None:
    settings = {"name": "Asked", "snapshots": {"dates": DAYS}, "churn": {"rule": "labels"}}
    folder = Workbench.of(tmp_path / "bank", frames(), settings).spec.folder
    result = CliRunner().invoke(nextbest.main, [words[0], str(folder), "churn", *words[1:]])
    assert result.exit_code == 2
    assert f"'{words[1]}': {words[2]} is not in the range" in result.output
