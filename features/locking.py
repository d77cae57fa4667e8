"""One process at a time."""

import fcntl
from pathlib import Path
from typing import IO


def lock_file(path: Path, *, wait: bool = True) -> IO[bytes]:
    """An open file that holds an exclusive lock until it is closed or the process ends.

    Raises BlockingIOError if another holds it and `wait` is False.
    """
    held = path.open("ab")
    try:
        fcntl.flock(held, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise
    return held
