"""What was measured, as one table: ours, what it is held against, and the ratio of the two."""

from collections.abc import Sequence
from dataclasses import dataclass

from features.console import print_table

LESS_IS_BETTER = frozenset({"s", "ms", "GiB"})


@dataclass(frozen=True)
class Line:
    """One measurement beside its reference, both in `unit`: a rate, or one of LESS_IS_BETTER."""

    what: str
    ours: float
    theirs: float
    unit: str
    reference: str
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times as good as the reference: above 1, ours is better."""
        return self.theirs / self.ours if self.unit in LESS_IS_BETTER else self.ours / self.theirs


def show(title: str, lines: Sequence[Line]) -> None:
    """Print the lines as a table."""
    rows = [
        {
            "measured": line.what,
            "ours": _figure(line.ours),
            "reference": _figure(line.theirs),
            "unit": line.unit,
            "ratio": f"{line.ratio:.2f}",
            "reference is": line.reference,
            "note": line.note,
        }
        for line in lines
    ]
    print_table(f"{title} (ratio above 1: better than the reference)", list(rows[0]), rows)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
