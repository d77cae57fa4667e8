"""The real server on a small bank: its answers, its refusals, and that it stops at Ctrl-C."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.build import build_features
from features.contract import (
    CONTRACT_FILE,
    Calibration,
    FeatureColumn,
    Head,
    ModelContract,
    TierShift,
    encode,
)
from features.errors import BadInputError
from features.layout import DECISION, Layout, load_layout
from features.progress import silent
from features.spec import BankSpec, read_spec
from features.store import open_store
from serving.forget import forget_customer
from serving.ledger.opening import open_ledger
from serving.ledger.read import decisions
from serving.ledger.replay import replay_all
from serving.ledger.verify import verify
from serving.one_customer import decide_one
from serving.registry import load_version
from serving.run import check_address, command, environment, prepare
from serving.scores import population, score_bank

SNAPSHOT = date(2024, 1, 1)
CUSTOMERS = 120
SECRET = "Mrs-Jane-Roe"
PLATT = Calibration(kind="platt", slope=0.5, intercept=-0.25)
BY_TIER = {"dormant": 0.9, "low_value": -0.4, "valuable": 0.5, "high_value": -0.7}
BANK_TOML = f"""
name = "Small bank"
[tables]
customers = {{ path = "customers.parquet" }}
transactions = {{ path = "transactions.parquet" }}
holdings = {{ path = "holdings.parquet" }}
[products.card]
annual_value = 20.0
[products.loan]
annual_value = 200.0
[snapshots]
dates = [{SNAPSHOT}]
"""


def write_bank(folder: Path) -> BankSpec:
    random = np.random.default_rng(0)
    ids = np.arange(1, CUSTOMERS + 1)
    days = random.integers(1, 300, 1_500)
    tables = {
        "customers": {
            "customer_id": ids,
            "joined_on": [date(2020, 1, 1)] * CUSTOMERS,
            "birth_date": [date(1950 + int(age), 6, 1) for age in random.integers(0, 50, CUSTOMERS)],
            "city": random.choice(["bern", "oslo"], CUSTOMERS),
        },
        "transactions": {
            "customer_id": random.choice(ids, len(days)),
            "at": [datetime.combine(SNAPSHOT, time()) - timedelta(days=int(day)) for day in days],
            "amount": random.normal(0, 100, len(days)),
        },
        "holdings": {
            "customer_id": ids[: CUSTOMERS // 2],
            "product": ["card"] * (CUSTOMERS // 2),
            "opened_on": [date(2022, 1, 1)] * (CUSTOMERS // 2),
        },
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    (folder / "bank.toml").write_text(BANK_TOML)
    return read_spec(folder)


def write_models(spec: BankSpec, layout: Layout, features: pa.Table) -> None:
    """Register a churn and a propensity champion; what they learned is noise, but no two alike."""
    from mlflow import MlflowClient

    uri = f"sqlite:///{spec.state}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    columns = tuple(
        FeatureColumn(name=name, categories=known(features, name) if kind == "text" else None)
        for name, kind in layout.model_features()
    )
    for model, heads in (("churn", ("churn",)), ("propensity", ("card", "loan"))):
        folder = spec.state / "mlartifacts" / model / "model"
        (folder / "heads").mkdir(parents=True)
        boosters = {head: fit(encode(features, columns), columns, seed) for seed, head in enumerate(heads)}
        for head, booster in boosters.items():
            booster.save_model(folder / "heads" / f"{head}.lgb")
        contract = ModelContract(
            model=model,
            feature_service=layout.service_name(model),
            columns=columns,
            heads=tuple(described(head, columns) for head in heads),
            gap_days=0,
            horizon_days=90,
            train_snapshots=(str(SNAPSHOT),),
            fingerprint=layout.fingerprint,
        )
        (folder / CONTRACT_FILE).write_text(contract.model_dump_json())
        client.create_registered_model(f"small-bank-{model}")
        client.create_model_version(f"small-bank-{model}", folder.as_uri())
        client.set_registered_model_alias(f"small-bank-{model}", "champion", "1")


def known(features: pa.Table, name: str) -> tuple[str, ...]:
    return tuple(sorted(set(features[name].drop_null().to_pylist())))


def fit(matrix: np.ndarray, columns: tuple[FeatureColumn, ...], seed: int) -> lgb.Booster:
    label = np.random.default_rng(seed).random(len(matrix)) < 0.5
    names = [column.name for column in columns]
    texts = [column.name for column in columns if column.categories is not None]
    data = lgb.Dataset(matrix, label, feature_name=names, categorical_feature=texts)
    options = {"objective": "binary", "verbose": -1, "num_threads": 1, "min_data_in_leaf": 5, "seed": seed}
    return lgb.train(options, data, 10)


def described(head: str, columns: tuple[FeatureColumn, ...]) -> Head:
    place, tier = next((place, one) for place, one in enumerate(columns) if one.name == "tier")
    shift = TierShift(column="tier", place=place, log_odds=[BY_TIER[name] for name in tier.categories or ()])
    calibration = PLATT.model_copy(update={"shift": shift}) if head == "churn" else PLATT
    return Head(
        name=head, booster_file=f"heads/{head}.lgb", calibration=calibration, base_rate=0.5, positives=60
    )


@dataclass(frozen=True)
class Answer:
    status: int
    kind: str
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Running:
    """A server, its bank, and what it logged."""

    spec: BankSpec
    features: pa.Table
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def ask(self, method: str, path: str, body: Any = None, raw: bytes | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        content = raw if body is None else json.dumps(body).encode()
        try:
            connection.request(method, path, content, {"Content-Type": "application/json"} if content else {})
            response = connection.getresponse()
            return Answer(response.status, response.getheader("Content-Type", ""), response.read().decode())
        finally:
            connection.close()

    def wait(self) -> None:
        end = monotonic() + 120
        while monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.ask("GET", "/readyz").status == 200:
                    return
            except OSError:
                sleep(0.1)
        raise TimeoutError(self.log.read_text())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    spec = write_bank(tmp_path_factory.mktemp("bank"))
    layout = build_features(spec, silent, today=SNAPSHOT)
    store = open_store(spec, layout)
    features = store.historical(store.service_name(DECISION), population(spec, layout, SNAPSHOT))
    write_models(spec, layout, features)
    port = free_port()
    assert prepare(spec, "127.0.0.1", port, silent) == ()
    log = spec.folder / "server.log"
    with log.open("wb") as sink:
        line = command("127.0.0.1", port)
        process = subprocess.Popen(line, env=environment(spec, port, 1), stdout=sink, stderr=sink)
    running = Running(spec, features, port, process, log)
    try:
        running.wait()
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        ended = process.wait(60)
    # It stops at Ctrl-C, without a trace and leaving its address free.
    assert ended in (0, 130), log.read_text()
    assert "Traceback" not in log.read_text()
    check_address("127.0.0.1", port)


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def test_models_of_another_window_are_told_before_the_server_starts(server: Running) -> None:
    window = server.spec.window.model_copy(update={"horizon_days": 30})
    notes = prepare(server.spec.model_copy(update={"window": window}), "127.0.0.1", free_port(), silent)
    assert [note.split()[0] for note in notes] == ["churn/1", "propensity/1"]
    assert all(note.endswith("bank.toml asks for 30 days after a gap of 0: train again") for note in notes)


def test_batch_service_and_plain_booster_agree(server: Running, tmp_path: Path) -> None:
    scored = score_bank(server.spec, SNAPSHOT, tmp_path / "scores.parquet", silent)
    assert (scored.missing, scored.notes) == ((), ())
    assert scored.rows in (CUSTOMERS, CUSTOMERS - 1)  # tests run in any order: one may be forgotten by now
    batch = pq.read_table(scored.path)
    answer = server.ask("POST", "/score", {"customer_ids": batch["customer_id"].to_pylist()}).body
    assert answer["versions"] == {"churn": "churn/1", "propensity": "propensity/1"}
    scored_ids = pc.is_in(server.features["customer_id"], batch["customer_id"])
    features = server.features.filter(scored_ids)
    plain = {head: plain_predictions(server, features, head) for head in ("churn", "card", "loan")}
    online = {
        "churn": [row["churn"] for row in answer["scores"]],
        "card": [row["propensities"]["card"] for row in answer["scores"]],
        "loan": [row["propensities"]["loan"] for row in answer["scores"]],
    }
    assert len(set(plain["churn"])) > 10
    for head, column in (("churn", "churn"), ("card", "propensity_card"), ("loan", "propensity_loan")):
        of_batch = np.array(batch[column].to_pylist(), dtype=float)
        of_service = np.array(online[head], dtype=float)
        np.testing.assert_array_equal(of_batch, of_service)
        held = np.isnan(of_batch)
        assert held.sum() == (CUSTOMERS // 2 if head == "card" else 0)
        np.testing.assert_allclose(of_batch[~held], plain[head][~held], rtol=0, atol=1e-9)
    assert [row["tier"] for row in answer["scores"]] == batch["tier"].to_pylist()
    assert len(set(batch["tier"].to_pylist())) > 1
    assert {row["snapshot_date"] for row in answer["scores"]} == {str(SNAPSHOT)}


def plain_predictions(server: Running, features: pa.Table, head: str) -> np.ndarray:
    """LightGBM on a matrix put together by hand, in the batch's order."""
    model = "churn" if head == "churn" else "propensity"
    booster = lgb.Booster(
        model_file=server.spec.state / "mlartifacts" / model / "model" / "heads" / f"{head}.lgb"
    )
    frame = features.sort_by("customer_id").to_pandas()
    shift = frame["tier"].map(BY_TIER).to_numpy() if head == "churn" else 0.0
    texts = frame.select_dtypes(exclude="number").columns
    for name in texts:
        frame[name] = frame[name].astype("category").cat.codes.replace(-1, np.nan)
    raw = np.asarray(booster.predict(frame[booster.feature_name()].to_numpy(dtype=float)))
    return 1 / (1 + np.exp(-(0.5 * np.log(raw / (1 - raw)) - 0.25 + shift)))


def test_a_decision_is_that_of_the_core_and_of_the_command_line(server: Running) -> None:
    found = [server.ask("POST", "/decide", {"customer_id": one}).body for one in range(1, 21)]
    answer = max(found, key=lambda one: len(one["actions"]))
    values = [action["expected_value"] for action in answer["actions"]]
    assert len(values) > 1
    assert values == sorted(values, reverse=True)
    assert answer["actions"][0]["talking_point"]["zh"]
    today = date.fromisoformat(answer["decided_on"])
    told = decide_one(server.spec, str(answer["customer_id"]), today=today, trace=True)
    assert told.pop("trace")["ranked"][0]["action"] == answer["actions"][0]["action"]
    # What is only looked at on the command line is not recorded.
    assert (told.pop("decision_id"), len(answer.pop("decision_id"))) == (None, 32)
    assert told == answer


def test_every_served_decision_is_in_the_ledger_and_decides_again(server: Running) -> None:
    made = [server.ask("POST", "/decide", {"customer_id": one}).body["decision_id"] for one in (1, 2, 3)]
    ledger = open_ledger(server.spec)
    again = {one.record: one.difference for one in replay_all(ledger, partial(load_version, server.spec))}
    assert {again[f"decision {one}"] for one in made} == {None}
    assert set(again.values()) == {None}
    told = {"outcomes": [{"decision_id": made[0], "outcome": "accepted", "at": "2024-01-05T10:00:00Z"}]}
    assert server.ask("POST", "/outcome", told).body == {"recorded": 1, "repeated": 0}
    assert server.ask("POST", "/outcome", told).body == {"recorded": 0, "repeated": 1}
    assert list(verify(ledger)) == []


def test_a_customer_is_forgotten_while_the_server_runs(server: Running) -> None:
    made = server.ask("POST", "/decide", {"customer_id": 77}).body["decision_id"]
    forgotten = forget_customer(server.spec, "77", silent)
    assert forgotten.partitions == len(load_layout(server.spec).views)
    assert forgotten.decisions >= 1
    assert server.ask("POST", "/decide", {"customer_id": 77}).status == 404
    assert server.ask("POST", "/decide", {"customer_id": 78}).status == 200
    ledger = open_ledger(server.spec)
    assert list(verify(ledger)) == []
    assert (
        decisions(ledger).filter(pc.equal(decisions(ledger)["decision_id"], made))["customer"][0].as_py()
        is None
    )
    again = forget_customer(server.spec, "77", silent)
    assert (again.partitions, again.decisions) == (0, 0)


def test_a_customer_nobody_knows_is_refused_on_the_command_line(server: Running) -> None:
    with pytest.raises(BadInputError, match="customer 900001: not known at 2024-01-01"):
        decide_one(server.spec, "900001")
    with pytest.raises(BadInputError, match="whole numbers"):
        decide_one(server.spec, "Jane")


@pytest.mark.parametrize(
    ("path", "body", "status", "named"),
    [
        ("/score", {"customer_ids": [1, 900_001]}, 404, "900001"),
        ("/score", {"customer_ids": [1], SECRET: 1}, 422, SECRET),
        ("/score", {"customer_ids": [SECRET]}, 422, "customer_ids.0"),
        ("/score", {"customer_ids": list(range(1_001))}, 422, "customer_ids"),
        ("/score", {"customer_ids": []}, 422, "customer_ids"),
        ("/decide", {"customer_id": 900_001}, 404, "900001"),
        ("/decide", {"customer_id": 1, "channel": SECRET}, 422, "channel"),
        ("/decide", {"customer_id": 1, "context": {"weather": SECRET}}, 422, "context.weather"),
        ("/decide", {}, 422, "customer_id"),
        ("/outcome", {"outcomes": []}, 422, "outcomes"),
        (
            "/outcome",
            {"outcomes": [{"decision_id": "nobody", "outcome": "ignored", "at": "2024-01-05T10:00:00Z"}]},
            404,
            "nobody",
        ),
    ],
)
def test_what_cannot_be_answered_is_a_problem_that_names_it(
    server: Running, path: str, body: Any, status: int, named: str
) -> None:
    answer = server.ask("POST", path, body)
    assert (answer.status, answer.kind) == (status, "application/problem+json")
    assert named in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(("raw", "status"), [(b'{"customer_ids": [1', 422), (b" " * 600_000, 413)])
def test_a_body_that_cannot_be_read_is_a_problem(server: Running, raw: bytes, status: int) -> None:
    answer = server.ask("POST", "/score", raw=raw)
    assert (answer.status, answer.kind) == (status, "application/problem+json")


def test_a_wrong_method_is_a_problem(server: Running) -> None:
    assert server.ask("GET", "/decide").status == 405


def test_health_metrics_and_documentation_are_there(server: Running) -> None:
    server.ask("POST", "/score", {"customer_ids": [1]})
    assert server.ask("GET", "/livez").status == 200
    assert 'endpoint="/score"' in server.ask("GET", "/metrics").text
    paths = server.ask("GET", "/docs.json").body["paths"]
    assert {"/score", "/decide", "/readyz", "/metrics"} <= set(paths)
    assert "/outcome" in paths
    for path in ("/score", "/decide"):
        asked = paths[path]["post"]["requestBody"]["content"]["application/json"]
        assert server.ask("POST", path, asked["examples"]["example"]["value"]).status == 200


def test_the_page_at_the_root_is_ours_and_this_server_has_all_it_loads(server: Running) -> None:
    page = server.ask("GET", "/")
    assert (page.status, page.kind.split(";")[0]) == (200, "text/html")
    assert "http" not in page.text
    loaded = [*re.findall(r'(?:src|href)="([^"]*\.(?:js|css))"', page.text), "openapi.json"]
    assert len(loaded) == 3
    for one in loaded:
        assert server.ask("GET", f"/{one}").status == 200
    assert "/" not in server.ask("GET", "/openapi.json").body["paths"]


def test_the_log_says_nothing_of_what_platforms_hold_against_one_another(server: Running) -> None:
    assert "Warning" not in server.log.read_text()


def test_a_taken_address_is_refused_before_anything_is_done(server: Running) -> None:
    with pytest.raises(BadInputError, match="cannot listen there"):
        check_address("127.0.0.1", server.port)


def test_the_log_tells_no_customer_apart(server: Running) -> None:
    server.ask("POST", "/score", {"customer_ids": [987_654_321]})
    end = monotonic() + 20
    while "/score" not in (log := server.log.read_text()):  # written after the answer has gone out
        assert monotonic() < end
        sleep(0.02)
    assert "987654321" not in log
    assert SECRET not in log
