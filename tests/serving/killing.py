"""Processes that kill themselves before a step, one step further each time; for scripts, not for pytest."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def dying_before(step: int) -> Callable[..., None]:
    """Call it at every step: the step-th call ends the process by SIGKILL."""
    left = step

    def count(*_: Any, **__: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return count


def forked(work: Callable[[], None]) -> int:
    """Run in a process of its own; its exit code, negative for a signal."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed(
    base: Path,
    home: Path,
    attempt: Callable[[Path, int], None],
    inspect: Callable[[Path], None],
    stride: int = 1,
) -> int:
    """How often `attempt` dies on copies of `base` in `home` before it gets through; `inspect`s each."""
    times = 0
    while True:
        step = 1 + times * stride
        copy = home / f"step{step}"
        shutil.copytree(base, copy)
        code = forked(lambda copy=copy, step=step: attempt(copy, step))
        if code == 0:
            return times
        assert code == -signal.SIGKILL, code
        assert forked(lambda copy=copy: inspect(copy)) == 0, step
        times += 1
