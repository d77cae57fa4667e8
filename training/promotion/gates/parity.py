"""The stored files are those that were tested, and answer the same however they are asked."""

from collections.abc import Iterator

import numpy as np

from training.promotion.gates.case import Case, Finding, Side

ROWS = 50
TOLERANCE = 1e-12


def check(case: Case) -> Iterator[Finding]:
    """The files' digests are the card's; a customer alone, columns in any order, gets a batch's answer.

    Both are of the files, read back from the registry as serving reads them, at whatever snapshot is built.
    """
    card = case.challenger.card
    kept = card is not None and card.rebuilding.digest == case.challenger.digest
    yield Finding("parity: digest of the files", case.challenger.digest[:12], "the card's", kept)
    yield _evidence(case.challenger)
    name = "parity: one customer against a batch"
    if case.newest is None or not case.newest.num_rows:
        yield Finding(name, "no customer to ask about", "asked", passed=False)
        return
    rows = case.newest.slice(0, ROWS)
    together = case.challenger.score(rows)
    turned = rows.select(rows.column_names[::-1])
    alone = np.concatenate([case.challenger.score(turned.slice(row, 1)) for row in range(turned.num_rows)])
    worst = float(np.abs(alone - together).max())
    name += "" if case.later else ", at a snapshot of training"
    yield Finding(name, f"{worst:.2g}", f"<= {TOLERANCE:g}", worst <= TOLERANCE)


def _evidence(side: Side) -> Finding:
    """Whether the files that the other gates judge by are those that were written when it was tested."""
    told = side.card is not None and bool(side.card.rebuilding.evidence)
    measured = f"{', '.join(side.altered)} differ" if side.altered else "as written" if told else "not told"
    return Finding("parity: how it was tested", measured, "the card's", told and not side.altered)
