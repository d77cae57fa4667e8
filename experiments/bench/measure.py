"""Time and memory, measured: the fastest of a few runs, or one run in a process of its own."""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

KIB = 1024


@dataclass(frozen=True)
class Run:
    """One run in a process of its own: seconds passed, seconds of all processors, its highest resident memory
    in bytes, its value.
    """

    seconds: float
    processor_seconds: float
    peak_bytes: int
    value: Any


def fastest(call: Callable[[], Any], times: int = 3) -> float:
    """Seconds of the fastest of `times` runs: the one that the machine's other work disturbed least."""
    return min(_seconds(call) for _ in range(times))


def side_by_side(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    times: int = 3,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """Seconds of the fastest run of each, taken in turns, so that a busy moment strikes both."""
    runs = [(_seconds(ours, clock), _seconds(theirs, clock)) for _ in range(times)]
    return min(run[0] for run in runs), min(run[1] for run in runs)


def apart(call: Callable[..., Any], *arguments: Any) -> Run:
    """Run `call(*arguments)` in a new process; both must be picklable. The process's start is not counted.

    Raises RuntimeError when it fails; its traceback goes to stderr.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_report, args=(sender, call, arguments))
    process.start()
    sender.close()
    try:
        run: Run = receiver.recv()
    except EOFError as error:
        raise RuntimeError(f"{call.__name__} failed in its process") from error
    finally:
        process.join()
    return run


def _report(sender: Connection, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    passed, worked = time.perf_counter(), time.process_time()
    value = call(*arguments)
    passed, worked = time.perf_counter() - passed, time.process_time() - worked
    sender.send(Run(passed, worked, peak_bytes(), value))


def peak_bytes() -> int:
    """This process's highest resident memory so far.

    Linux's own mark, not getrusage's, which a child inherits from its parent.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * KIB for line in lines if line.startswith("VmHWM"))


def _seconds(call: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    call()
    return clock() - start
