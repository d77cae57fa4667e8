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
    """Which champion `champion` took the place of when it was last promoted."""
    promoted = [one for one in entries if one.kind == "promotion" and one.version == champion]
    return promoted[-1].before if promoted else None


def approver(entries: Sequence[Entry], version: int) -> str | None:
    """Who approved a version last, if anybody did."""
    approved = [one for one in entries if one.kind == "approval" and one.version == version]
    return approved[-1].who if approved else None


def moment(now: datetime) -> str:
    """As entries tell and sort it, UTC; a tag's name takes no plus sign."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
