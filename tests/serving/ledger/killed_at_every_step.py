"""Kill writers by SIGKILL before each of their writes, commits, renames and removals; look at what is left.

Run as a script: FOLDER. Each attempt is a process forked from this one; writes one line of JSON.
"""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event

from serving.ledger.forget import forget_in_ledger
from serving.ledger.outcomes import Outcome, OutcomeKind, record_outcomes
from serving.ledger.read import decisions
from serving.ledger.verify import summarise, verify
from tests.serving.killing import dying_before, forked, killed
from tests.serving.ledger.conftest import build_world

AT = datetime(2024, 2, 1, tzinfo=UTC)
BEFORE = list(range(1, 8))
LATER = list(range(10, 30))


def prepare(folder: Path) -> None:
    """A ledger with a decision and a campaign."""
    world = build_world(folder)
    world.record(1)
    world.campaign(BEFORE)


def outcomes(world: Any) -> None:
    ids = decisions(world.ledger)["decision_id"].to_pylist()
    record_outcomes(world.ledger, [Outcome(one, OutcomeKind.ACCEPTED, AT) for one in ids])


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "append": lambda world: world.record(2),
    "campaign": lambda world: world.campaign(LATER),
    "outcomes": outcomes,
    "forget": lambda world: forget_in_ledger(world.ledger, 1),
}


def kill_before(step: int, engine: Any) -> None:
    """Count what is about to be written; die before the step-th."""
    count = dying_before(step)

    def executed(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.startswith(("SELECT", "PRAGMA main", "BEGIN")):
            count()

    event.listen(engine, "before_cursor_execute", executed)
    event.listen(engine, "commit", count)
    for name in ("replace", "unlink"):
        genuine = getattr(Path, name)

        def counted(self: Path, *given: Any, genuine: Any = genuine, **named: Any) -> Any:
            count()
            return genuine(self, *given, **named)

        setattr(Path, name, counted)


def attempt(folder: Path, operation: str, step: int) -> None:
    world = build_world(folder)
    kill_before(step, world.ledger.engine)
    OPERATIONS[operation](world)


def inspect(folder: Path, operation: str, whole: dict[str, Any]) -> None:
    """All or nothing is there; a second start finishes, and nothing is there twice."""
    world = build_world(folder)
    assert list(verify(world.ledger)) == []
    left = state(world)
    assert left in (whole["before"], whole["after"]), left
    if operation != "append" or left == whole["before"]:
        OPERATIONS[operation](world)
    assert state(world) == whole["after"], state(world)
    assert list(verify(world.ledger)) == []


def state(world: Any) -> dict[str, Any]:
    table = decisions(world.ledger)
    accepted, customers = table["accepted_at"].to_pylist(), table["customer"].to_pylist()
    return {
        "counts": dict(summarise(world.ledger).counts),
        "files": len(list(world.ledger.folder.iterdir())),
        "contacted": sum(table["contacted"].to_pylist()),
        "accepted": sum(one is not None for one in accepted),
        "erased": sum(one is None for one in customers),
    }


def reference(folder: Path, operation: str, into: Path) -> None:
    world = build_world(folder)
    before = state(world)
    OPERATIONS[operation](world)
    into.write_text(json.dumps({"before": before, "after": state(world)}))


def main(folder: Path) -> None:
    create_engine("sqlite://").dispose()  # what each attempt would else import anew
    forked(lambda: prepare(folder / "base"))
    sys.stdout.write(json.dumps({operation: kill(folder, operation) for operation in OPERATIONS}))


def kill(home: Path, operation: str) -> dict[str, Any]:
    """How often an operation was killed, and what is there before and after it."""
    base, folder = home / "base", home / operation
    folder.mkdir()
    told = folder / "whole.json"
    shutil.copytree(base, folder / "whole")
    assert forked(lambda: reference(folder / "whole", operation, told)) == 0
    whole = json.loads(told.read_text())
    times = killed(
        base,
        folder,
        lambda copy, step: attempt(copy, operation, step),
        lambda copy: inspect(copy, operation, whole),
    )
    return {"killed": times, **whole}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
