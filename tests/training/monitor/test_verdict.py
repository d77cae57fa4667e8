"""Broken data is mended first; a fault is learned from where newer labels are there, else waited for."""

from datetime import date

import pytest

from training.monitor.findings import Finding
from training.monitor.verdict import verdict

DATA = Finding("data", "", "balances", "balances are stale", "余额陈旧")
OTHER = Finding("question", "churn", "window", "churn answers another question", "churn 回答另一个问题")
DRIFT = Finding("drift", "churn", "income", "income has drifted", "收入漂移")


@pytest.mark.parametrize(
    ("findings", "newer", "advice", "told"),
    [
        ([], [], "keep", "No need to retrain"),
        ([DATA, DRIFT], [date(2024, 1, 1)], "mend", "mend the data first (balances are stale)"),
        (
            [DRIFT],
            [date(2024, 1, 1)],
            "retrain",
            "labels of 2024-01-01 that the champion has not seen: income",
        ),
        ([OTHER, DRIFT], [], "retrain", "Retrain: churn answers another question; income"),
        (
            [OTHER],
            [date(2024, 1, 1)],
            "retrain",
            "labels of 2024-01-01 that the champion has not seen: churn",
        ),
        ([DRIFT], [], "wait", "complete from 2024-06-01 on, and use scores with care until then: income"),
    ],
)
def test_advice(findings: list[Finding], newer: list[date], advice: str, told: str) -> None:
    found = verdict(findings, newer, date(2024, 6, 1))
    assert found.advice == advice
    assert told in found.en
    assert all(one.zh in found.zh for one in findings if advice != "mend" or one.matter == "data")
