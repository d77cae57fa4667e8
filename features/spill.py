"""Folders into which DuckDB writes what does not fit into memory."""

import os
import shutil
import socket
import uuid
from pathlib import Path


def spill_folder(state: Path) -> Path:
    """A name for a new folder below `state`, for this process; those of processes that were killed go.

    DuckDB makes the folder when it is needed, and removes it on closing: only a killed process leaves one.
    """
    ours = f"spill-{socket.gethostname()}-"
    for left in state.glob(f"{ours}*"):
        process = left.name.removeprefix(ours).partition("-")[0]
        if process.isdecimal() and not _runs(int(process)):
            shutil.rmtree(left, ignore_errors=True)
    # Two connections must not share a folder.
    return state / f"{ours}{os.getpid()}-{uuid.uuid4().hex}"


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True
