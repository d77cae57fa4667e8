"""What one stage of a decision leaves behind: whom it dropped from which action and channel, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int16]
Mask = NDArray[np.bool_]

KEPT: Final = 0


@dataclass(frozen=True)
class Stage:
    """A stage's outcome.

    `dropped` has shape (actions, channels or 1, customers or 1): 0 where kept, else the place in `reasons` of
    the first reason that applied.
    """

    name: str
    reasons: tuple[str, ...]
    dropped: Codes

    @property
    def kept(self) -> Mask:
        """Where the stage let pass, shaped as `dropped`."""
        return np.asarray(self.dropped == KEPT)


class Drops:
    """Gathers a stage's reasons one after another; the first that applies is the one that stays."""

    def __init__(self, name: str, shape: tuple[int, int, int]) -> None:
        self._name = name
        self._reasons = [""]
        self._dropped = np.zeros(shape, dtype=np.int16)

    def drop(self, reason: str, where: Mask, actions: Sequence[int] | slice = slice(None)) -> None:
        """Drop `actions` for `reason` where the mask, broadcast to the stage's shape, is true."""
        if reason not in self._reasons:
            self._reasons.append(reason)
        code = self._reasons.index(reason)
        places = actions if isinstance(actions, slice) else list(actions)
        part = self._dropped[places]
        self._dropped[places] = np.where((part == KEPT) & where, code, part)

    def done(self) -> Stage:
        """The stage's outcome."""
        return Stage(self._name, tuple(self._reasons), self._dropped)
