"""Every gate, in the order of the table."""

from collections.abc import Callable, Iterator
from typing import Final

from training.promotion.gates import (
    calibration,
    card,
    effects,
    fairness,
    parity,
    quality,
    question,
    speed,
    stability,
    tested,
)
from training.promotion.gates.case import Case, Finding

GATES: Final[tuple[Callable[[Case], Iterator[Finding]], ...]] = (
    question.check,
    tested.check,
    quality.check,
    calibration.check,
    effects.check,
    stability.check,
    fairness.check,
    parity.check,
    speed.check,
    card.check,
)


def judge(case: Case) -> list[Finding]:
    """All that every gate finds."""
    return [finding for gate in GATES for finding in gate(case)]
