"""What is remembered of promotions: an entry a decision, in the model's tags and the run's files."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from training.promotion.gates.case import Finding

PREFIX: Final = "promotion."


@dataclass(frozen=True)
class Entry:
    """One decision about a version: who made it, when, and which champion there was before.

    `by` is the account that ran an approval, whatever name was typed; empty in entries of older releases.
    """

    kind: Literal["promotion", "refusal", "approval", "rollback"]
    version: int
    before: int | None
    who: str
    at: str
    failed: tuple[str, ...] = ()
    by: str = ""

    def as_row(self) -> dict[str, Any]:
        """Plain values for a table; the gates that failed in one text."""
        return asdict(self) | {"failed": ", ".join(self.failed)}


def write_entry(client: Any, name: str, run_id: str, entry: Entry, findings: Sequence[Finding] = ()) -> None:
    """A tag of its own an entry: writers cannot overwrite each other. The findings go to the run's files."""
    key = f"{PREFIX}{entry.at}.{entry.kind}.{entry.version}"
    content = asdict(entry) | {"findings": [asdict(one) for one in findings]}
    path = f"promotion/{key.removeprefix(PREFIX).replace(':', '')}.json"
    client.log_text(run_id, json.dumps(content, indent=1), path)
    client.set_registered_model_tag(name, key, json.dumps(asdict(entry) | {"failed": entry.failed[:5]}))


def read_entries(client: Any, name: str) -> list[Entry]:
    """Every entry, oldest first."""
    found = client.search_registered_models(filter_string=f"name = '{name}'")
    tags = found[0].tags if found else {}
    told = [json.loads(tags[key]) for key in sorted(tags) if key.startswith(PREFIX)]
    return [Entry(**{**one, "failed": tuple(one["failed"])}) for one in told]


def before(entries: Sequence[Entry], champion: int) -> int | None:
    """Which champion there was before `champion`, the one there is now: who is left below it.

    Promotions put a version on top of those before, rollbacks take the topmost away. A decision is written
    down before it is carried out: of one that was killed between, the next finds another champion.
    """
    told = [one for one in entries if one.kind != "approval"]
    found = [*(one.before for one in told[1:]), champion]
    stack: list[int] = []
    for one, then in zip(told, found, strict=False):
        _top(stack, one.before)
        if one.kind == "promotion" and then == one.version:
            stack.append(one.version)
        elif one.kind == "rollback" and then == one.version:
            stack.pop()
            _top(stack, one.version)
    _top(stack, champion)
    return stack[-2] if len(stack) > 1 else None


def _top(stack: list[int], champion: int | None) -> None:
    """The champion that a decision found is on top, also where nothing tells how it came to be."""
    if champion is not None and stack[-1:] != [champion]:
        stack.append(champion)


def approver(entries: Sequence[Entry], version: int) -> str | None:
    """Who approved a version last, if anybody did."""
    approved = [one for one in entries if one.kind == "approval" and one.version == version]
    return approved[-1].who if approved else None


def moment(now: datetime) -> str:
    """As entries tell and sort it, UTC; a tag's name takes no plus sign."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
