"""A lock dies with its holder."""

import subprocess
import sys
from pathlib import Path

import pytest

from features.locking import lock_file


def test_a_lock_is_held_by_one_and_freed_when_its_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    program = (
        "import sys, time; from pathlib import Path; from features.locking import lock_file;"
        "held = lock_file(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    with pytest.raises(BlockingIOError):
        lock_file(path, wait=False)
    process.kill()
    process.wait()
    process.stdout.close()
    lock_file(path, wait=False).close()
