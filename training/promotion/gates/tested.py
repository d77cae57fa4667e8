"""Something was learned, and enough came true in the test to tell whether it holds.

A model that says the same of everybody passes whatever a test without positives can ask of it.
"""

from collections.abc import Iterator

import numpy as np

from training.promotion.gates.case import Case, Finding


def check(case: Case) -> Iterator[Finding]:
    """Heads that tell customers apart, and the positives and negatives that tested these, added up."""
    side, least = case.challenger, case.limits.tested_least
    if side.answers is None:
        return  # of uplift its own gate tells
    fitted = {head.name for head in side.heads if head.tells_apart}
    number = len(side.heads)
    measured = f"{len(fitted)} of {number}" if fitted else f"none of {number}: all answer their base rate"
    limit = ">= 1: give more features, snapshots or a longer window, or a lower [training] minimum_positives"
    yield Finding("tested: heads that learned", measured, limit, bool(fitted))
    places = [place for place, head in enumerate(side.answers.heads) if head in fitted]
    labels = side.answers.labels[:, places] if fitted else side.answers.labels
    positives, negatives = int(np.nansum(labels)), int((labels == 0).sum())
    limit = f">= {least} of each: give a later snapshot, a longer label window or more customers"
    enough = min(positives, negatives) >= least
    measured = f"{positives:,} positives, {negatives:,} negatives"
    yield Finding("tested: what came true", measured, limit, enough)
