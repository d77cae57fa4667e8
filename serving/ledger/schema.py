"""The ledger's tables: the chain, and what each kind of entry carries."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

from serving.ledger.chain import digest_of

METADATA: Final = MetaData()


class Kind(StrEnum):
    """What an entry is."""

    OPENING = "opening"
    POLICY = "policy"
    DECISION = "decision"
    BATCH = "batch"
    OUTCOME = "outcome"
    ERASURE = "erasure"


ENTRIES: Final = Table(
    "nextbest_entries",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
HEADS: Final = Table(
    "nextbest_heads",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)


def _table(name: str, *columns: Any) -> Table:
    return Table(
        f"nextbest_{name}",
        METADATA,
        Column("sequence", Integer, primary_key=True, autoincrement=False),
        *columns,
    )


PAYLOADS: Final[Mapping[Kind, Table]] = {
    # How the ledger was opened: a check value of the key that pseudonyms are made with.
    Kind.OPENING: _table("openings", Column("public", Text, nullable=False)),
    # What deciding rested on beside models, once each: see serving.ledger.setting.
    Kind.POLICY: _table(
        "policies",
        Column("policy", String(64), nullable=False, unique=True),
        Column("content", Text, nullable=False),
    ),
    # `personal` and `pseudonym` are null once erased; the digest of both stays.
    Kind.DECISION: _table(
        "decisions",
        Column("decision_id", String(64), nullable=False, unique=True),
        Column("public", Text, nullable=False),
        Column("personal_digest", String(64), nullable=False),
        Column("pseudonym", String(64), index=True),
        Column("personal", LargeBinary),
    ),
    Kind.BATCH: _table(
        "batches",
        Column("batch_id", String(64), nullable=False, unique=True),
        Column("public", Text, nullable=False),
    ),
    Kind.OUTCOME: _table(
        "outcomes",
        Column("decision_id", String(64), nullable=False),
        Column("outcome", String(16), nullable=False),
        Column("at", String(40), nullable=False),
        Index("nextbest_outcomes_once", "decision_id", "outcome", unique=True),
    ),
    # Which records were erased, and the files that hold what is left of them.
    Kind.ERASURE: _table("erasures", Column("public", Text, nullable=False)),
}
DECISIONS, POLICIES, BATCHES, OUTCOMES, ERASURES, OPENINGS = (
    PAYLOADS[kind]
    for kind in (Kind.DECISION, Kind.POLICY, Kind.BATCH, Kind.OUTCOME, Kind.ERASURE, Kind.OPENING)
)
ERASABLE: Final = frozenset({"pseudonym", "personal"})


def payload_digest(kind: Kind, row: Mapping[str, Any]) -> str:
    """The digest that the chain keeps of an entry's row: every column but its number and what is erasable."""
    names = [column.name for column in PAYLOADS[kind].columns]
    chained = [name for name in names if name not in ERASABLE and name != "sequence"]
    return digest_of({name: str(row[name]) for name in chained})
