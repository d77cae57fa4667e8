"""How long work reports where it stands; who draws the bar is the command line's business."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with (stage, steps done, steps in all)."""


def silent(stage: str, done: int, total: int) -> None:
    """Report to nobody."""
    del stage, done, total
