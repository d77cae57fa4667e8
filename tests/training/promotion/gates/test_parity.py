"""Files that were tampered with, and answers that depend on who else is asked about."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pyarrow as pa

from training.promotion.gates.case import Case, Side
from training.promotion.gates.parity import check


class Crowded(Side):
    """A version that tells a customer by comparison with the others of the batch."""

    def score(self, features: pa.Table) -> np.ndarray:
        alone = super().score(features)
        return alone - alone.mean()


class ByPlace(Side):
    """A version that takes columns by position."""

    def score(self, features: pa.Table) -> np.ndarray:
        return features.column(0).to_numpy().reshape(-1, 1)


def test_the_files_of_the_card_answer_alike_alone_and_together(
    case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    digest, evidence, alone = check(case_of(newest=seen()))
    assert (digest.measured, digest.passed) == ("d" * 12, True)
    assert (evidence.measured, evidence.passed) == ("as written", True)
    assert (alone.measured, alone.passed) == ("0", True)


def test_other_files_than_the_cards_are_refused(
    side: Side, case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    for other in (replace(side, digest="e" * 64), replace(side, card=None)):
        digest, _, alone = check(case_of(other, newest=seen()))
        assert (digest.passed, alone.passed) == (False, True)


def test_other_answers_than_were_written_when_it_was_tested_are_refused(
    side: Side, case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    for evidence in ({"answers.parquet": "f" * 64}, {}, {**side.evidence, "tested.parquet": "a" * 64}):
        digest, tested, _ = check(case_of(replace(side, evidence=evidence), newest=seen()))
        assert (digest.passed, tested.passed) == (True, False)
        assert tested.measured.endswith(".parquet differ")


def test_answers_that_change_with_the_batch_or_the_order_of_columns_are_refused(
    side: Side, case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    numbers = seen().select(["balance", "visits"])
    given = [getattr(side, field.name) for field in fields(side)]
    for wrong in (Crowded(*given), ByPlace(*given)):
        newest = seen() if isinstance(wrong, Crowded) else numbers
        *_, alone = check(case_of(wrong, newest=newest))
        assert not alone.passed
        assert float(alone.measured) > 0.01


def test_a_snapshot_of_training_serves_where_none_is_later_and_is_told(
    case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    *_, alone = check(case_of(newest=seen(), later=False))
    assert alone.gate == "parity: one customer against a batch, at a snapshot of training"
    assert (alone.measured, alone.passed) == ("0", True)


def test_what_nobody_was_asked_about_is_not_shown(
    case_of: Callable[..., Case], seen: Callable[..., pa.Table]
) -> None:
    for newest in (None, seen(rows=0)):
        *_, alone = check(case_of(newest=newest))
        assert (alone.measured, alone.passed) == ("no customer to ask about", False)
