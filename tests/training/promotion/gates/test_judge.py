"""The table holds every gate, in one order, and names what an all but empty version lacks."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from training.answers import Answers
from training.promotion.gates.case import Case
from training.promotion.gates.judge import judge

ROWS = 4000


def test_every_gate_is_asked_in_order(
    answered: Callable[..., Answers], case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    random = np.random.default_rng(0)
    said = random.uniform(0.05, 0.35, ROWS)
    groups = {
        "tier": np.where(np.arange(ROWS) % 3 == 0, "dormant", "valuable").astype(object),
        "sex": np.where(np.arange(ROWS) % 2 == 0, "f", "m").astype(object),
    }
    answers = answered(random.uniform(size=ROWS) < said, said, groups)
    found = judge(case_of(answers=answers, earlier=seen(1), newest=seen(2)))
    assert [one.gate.split(":")[0] for one in found] == [
        *["tested", "tested"],
        "quality",
        *["calibration error", "calibration", "calibration", "calibration"],
        *["stability", "stability"],
        *["fairness", "calibration", "fairness", "calibration"],
        *["parity", "parity", "parity"],
        *["size", "speed"],
        "card",
    ]
    assert [one.gate for one in found if not one.passed] == []


def test_a_gate_never_hides_another(case_of: Callable[..., Case], seen: Callable[..., pa.Table]) -> None:
    limits = {"leaves_most": 1, "psi_most": 0.01, "microseconds_a_row_most": 1e-4}
    found = judge(case_of(earlier=seen(1), newest=seen(2, 2.0), limits=limits))
    assert [one.gate for one in found if not one.passed] == [
        "quality: lowest Qini coefficient",  # without answers it is taken for uplift
        "stability: most moved feature",
        "stability: most moved score",
        "size: leaves",
        "speed: microseconds a row",
        "card",  # of effects each head's are asked for
    ]
