"""Who was killed leaves nothing for long; who still works keeps its folder."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from features.spill import spill_folder


def test_every_folder_is_new(tmp_path: Path) -> None:
    assert len({spill_folder(tmp_path) for _ in range(3)}) == 3


def test_the_folder_of_a_killed_process_goes_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    names = {
        kind: tmp_path / f"spill-{host}-{process}-x"
        for kind, host, process in (
            ("killed", socket.gethostname(), ended.pid),
            ("ours", socket.gethostname(), os.getpid()),
            ("of another machine", "elsewhere", ended.pid),
        )
    }
    for folder in names.values():
        folder.mkdir()
        (folder / "block").touch()
    spill_folder(tmp_path)
    assert [kind for kind, folder in names.items() if folder.exists()] == ["ours", "of another machine"]
