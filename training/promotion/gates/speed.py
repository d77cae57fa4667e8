"""Small and quick enough to be asked for every customer."""

import math
from collections.abc import Iterator

from features.contract import encode
from training.promotion.gates.case import Case, Finding
from training.size import leaves_of, microseconds_a_row


def check(case: Case) -> Iterator[Finding]:
    """Leaves of all trees, and one thread's time a row: of customers, or as the card tells it."""
    side, limits = case.challenger, case.limits
    boosters = [one for head in side.heads for one in (head.booster, head.control) if one]
    leaves = sum(map(leaves_of, boosters))
    yield Finding("size: leaves", f"{leaves:,}", f"<= {limits.leaves_most:,}", leaves <= limits.leaves_most)
    took = side.card.microseconds_a_row if side.card else None
    if case.newest is not None and case.newest.num_rows:
        took = microseconds_a_row(boosters, encode(case.newest, side.contract.columns))
    if took is not None and math.isfinite(took):
        most = limits.microseconds_a_row_most
        yield Finding("speed: microseconds a row", f"{took:.1f}", f"<= {most:g}", took <= most)
