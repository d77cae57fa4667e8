"""`nextbest monitor` says what is beyond its threshold, in both languages or as JSON, and fails then."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result

from features.spec import BankSpec
from training.monitor.findings import Finding
from training.monitor.verdict import verdict
from training.monitor.watch import Watch
from training.monitor_commands import monitor

DRIFT = Finding("drift", "churn", "income", "income has drifted", "收入已漂移")


@pytest.fixture
def run(bank: BankSpec, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Call the command where watching finds what is given."""

    def invoke(findings: list[Finding], *arguments: str) -> Result:
        def watched(spec: BankSpec, _: Any, *, snapshot: date | None) -> Watch:
            return Watch(
                spec.name, snapshot or date(2024, 7, 1), [], [], findings, verdict(findings, [], None)
            )

        monkeypatch.setattr("training.monitor.watch.watch", watched)
        return CliRunner().invoke(monitor, [str(bank.folder), *arguments])

    return invoke


def test_what_is_beyond_is_named_and_fails(run: Callable[..., Result]) -> None:
    found = run([DRIFT])
    assert found.exit_code == 1
    beyond, en, zh, page = found.stdout.splitlines()
    assert beyond == "beyond: income has drifted"
    assert en.startswith("Retrain once newer labels are complete")
    assert "收入已漂移" in zh
    assert page.endswith("2024-07-01.html")


def test_nothing_beyond_is_said_and_passes(run: Callable[..., Result]) -> None:
    found = run([])
    assert found.exit_code == 0
    assert found.stdout.startswith("No need to retrain")


def test_programs_get_json_with_the_page_and_the_same_exit(
    run: Callable[..., Result], bank: BankSpec
) -> None:
    for findings in ([], [DRIFT]):
        found = run(findings, "--json", "--snapshot", "2024-06-01")
        told = json.loads(found.stdout)
        assert (found.exit_code, told["passed"]) == (len(findings), not findings)
        assert told["page"] == str(bank.state / "monitor" / "2024-06-01.html")
