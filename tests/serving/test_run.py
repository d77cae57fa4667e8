"""The server is started with a checked address, in the bank's name, and without reports to anyone."""

import socket
import sys
from datetime import date
from pathlib import Path

import pytest

import serving
from features.errors import BadInputError
from features.spec import BankSpec
from serving.run import check_address, command, environment


@pytest.fixture
def spec(tmp_path: Path) -> BankSpec:
    return BankSpec.model_validate(
        {
            "folder": tmp_path,
            "name": "A bank",
            "tables": {"customers": {"path": "customers.csv"}},
            "snapshots": {"dates": (date(2024, 1, 1),)},
        }
    )


@pytest.mark.parametrize("host", ["bank.example", "localhost", "", "300.1.1.1"])
def test_a_host_that_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(BadInputError, match="expected an IP address"):
        check_address(host, 0)


def test_a_port_in_use_is_refused_and_a_free_one_left_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInputError, match=f"127.0.0.1:{port}: cannot listen there"):
            check_address("127.0.0.1", port)
    check_address("127.0.0.1", port)
    check_address("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(BadInputError, match="cannot listen there"):
        check_address("192.0.2.1", 0)


def test_the_server_finds_our_packages_wherever_it_is_started() -> None:
    line = command("127.0.0.1", 3000)
    house = Path(line[line.index("--working-dir") + 1])
    assert line[0] == sys.executable
    assert house / "serving" == Path(serving.__file__).parent
    assert line[-4:] == ["--host", "127.0.0.1", "--port", "3000"]


def test_the_environment_names_the_bank_and_keeps_state_beside_it(
    spec: BankSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BENTOML_HOME", raising=False)
    monkeypatch.setenv("BENTOML_DO_NOT_TRACK", "False")
    found = environment(spec, 3000, workers=2)
    assert found["NEXTBEST_BANK"] == str(spec.folder)
    assert found["NEXTBEST_WORKERS"] == "2"
    assert found["BENTOML_DO_NOT_TRACK"] == "True"
    assert Path(found["BENTOML_HOME"]).is_relative_to(spec.state)
    assert found["BENTOML_HOME"] != environment(spec, 3001, workers=2)["BENTOML_HOME"]
    monkeypatch.setenv("BENTOML_HOME", "/srv/bentoml")
    assert environment(spec, 3000, workers=1)["BENTOML_HOME"] == "/srv/bentoml"


def test_the_server_counts_in_a_folder_of_its_own(spec: BankSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/tmp/feast_metrics")
    monkeypatch.setenv("PROMETHEUS_MULTIPROCESS_DIR", "/tmp/feast_metrics")
    assert "/tmp/feast_metrics" not in environment(spec, 3000, workers=1).values()
