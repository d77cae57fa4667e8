"""Where a result is to be written: refused before any work is done or recorded for it."""

import os
from pathlib import Path

from features.errors import BadInputError


def require_writable(out: Path) -> None:
    """Refuse a place where `out` cannot be made; nothing is made yet.

    Raises BadInputError naming the nearest thing above `out` if it is no folder, or none to write in.
    """
    above = next(one for one in out.absolute().parents if one.exists())
    if not above.is_dir():
        raise BadInputError(f"{out}: expected a folder above it, but {above} is a file")
    if not os.access(above, os.W_OK | os.X_OK):
        raise BadInputError(f"{out}: the folder {above} cannot be written in")
