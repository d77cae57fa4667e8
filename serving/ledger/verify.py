"""Verifying: the chain, every record's digest, and every campaign's file, row by row.

Any changed byte, removed record or swapped pair is found. Whoever may write everything, though, can compute a
whole new chain: against that keep the head elsewhere (`ledger show`) and name it to `ledger verify --head`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from serving.ledger.append import head_of
from serving.ledger.chain import Head, Link, sha256
from serving.ledger.files import batch_files
from serving.ledger.findings import Finding
from serving.ledger.opening import Ledger
from serving.ledger.outcomes import batch_row
from serving.ledger.record import personal_digest
from serving.ledger.schema import (
    DECISIONS,
    ENTRIES,
    ERASURES,
    HEADS,
    OUTCOMES,
    PAYLOADS,
    Kind,
    payload_digest,
)
from serving.ledger.verify_batch import check_batch

AT_ONCE: Final = 1_000
NAMES: Final = {Kind.DECISION: "decision_id", Kind.BATCH: "batch_id", Kind.POLICY: "policy"}
"""Columns that the public part says too."""


def verify(ledger: Ledger, head: str | None = None) -> Iterator[Finding]:
    """Everything wrong with the ledger, in order; nothing where it is whole.

    `head` is the hash of an entry, kept elsewhere, that must be in the chain.

    Raises BadInputError where a campaign's file is encrypted and the key is not there.
    """
    with ledger.reading() as connection:
        for stage in _stages(connection, head):
            found = False
            for finding in stage:
                found = True
                yield finding
            if found:
                return  # what the next stages should find is said by the records of this one
        for file in batch_files(connection):
            yield from check_batch(ledger, file)


def _stages(connection: Connection, head: str | None) -> Iterator[Iterator[Finding]]:
    yield _check_chain(connection, head)
    first = (Kind.ERASURE, Kind.BATCH)  # what the others rest on
    for kind in (*first, *(kind for kind in Kind if kind not in first)):
        yield _check_payloads(connection, kind)
    yield _check_outcomes(connection)


def _check_chain(connection: Connection, head: str | None) -> Iterator[Finding]:
    last, seen = Head(), head is None
    with connection.execute(_stream(select(ENTRIES).order_by(ENTRIES.c.sequence))) as rows:
        for row in rows:
            link = Link(**row._mapping)
            where = f"entry {link.sequence}"
            if link.sequence != last.sequence + 1:
                yield Finding(where, f"follows entry {last.sequence}: what lay between was removed")
            elif link.previous != last.hash:
                yield Finding(where, "does not follow the entry before it")
            if link.kind not in set(Kind) or not link.holds():
                yield Finding(where, "its hash is not that of its content")
            last, seen = Head(link.sequence, link.hash), seen or link.hash == head
    kept = connection.execute(select(HEADS)).all()
    if [(row.id, row.sequence, row.hash) for row in kept] != [(1, last.sequence, last.hash)]:
        yield Finding("head", f"is not entry {last.sequence}: entries were removed, or the head was changed")
    if not seen:
        yield Finding("head", f"no entry has the hash {head}: the chain is not the one that was")


def _check_payloads(connection: Connection, kind: Kind) -> Iterator[Finding]:
    table = PAYLOADS[kind]
    lost = select(ENTRIES.c.sequence).where(ENTRIES.c.kind == kind)
    lost = lost.where(ENTRIES.c.sequence.not_in(select(table.c.sequence))).order_by(ENTRIES.c.sequence)
    for sequence in connection.scalars(lost):
        yield Finding(f"entry {sequence}", f"its {kind} was removed")
    joined = select(table, ENTRIES.c.digest.label("chained"), ENTRIES.c.kind.label("chained_kind"))
    joined = joined.outerjoin(ENTRIES, ENTRIES.c.sequence == table.c.sequence).order_by(table.c.sequence)
    erased = _erased(connection) if kind is Kind.DECISION else frozenset()
    with connection.execute(_stream(joined)) as rows:
        for found in rows:
            row = found._asdict()
            where = f"{kind} {row.get(NAMES.get(kind, ''), '')} (entry {row['sequence']})".replace("  ", " ")
            if row["chained_kind"] != kind or payload_digest(kind, row) != row["chained"]:
                yield Finding(where, "a byte of it differs from what was appended")
                continue
            fault = _own_fault(kind, row, erased)
            if fault:
                yield Finding(where, fault)


def _own_fault(kind: Kind, row: Mapping[str, Any], erased: frozenset[str]) -> str | None:
    """What is wrong with a row whose chained columns are right."""
    if kind is Kind.POLICY:
        return None if sha256(row["content"].encode()) == row["policy"] else "it is not the text of its hash"
    if kind is not Kind.DECISION:
        return None
    if row["decision_id"] in erased:
        there = row["personal"] is not None or row["pseudonym"] is not None
        return "it was erased, and yet personal data is there" if there else None
    if row["personal"] is None or row["pseudonym"] is None:
        return "its personal part was removed, and no erasure says so"
    if personal_digest(row["pseudonym"], bytes(row["personal"])) != row["personal_digest"]:
        return "a byte of its personal part differs from what was appended"
    return None


def _check_outcomes(connection: Connection) -> Iterator[Finding]:
    """Outcomes whose decision is not there."""
    files = {file.batch_id: int(file.public["rows"]) for file in batch_files(connection)}
    strangers = select(OUTCOMES).where(OUTCOMES.c.decision_id.not_in(select(DECISIONS.c.decision_id)))
    with connection.execute(_stream(strangers.order_by(OUTCOMES.c.sequence))) as rows:
        for row in rows:
            place = batch_row(row.decision_id)
            if place is None or place[1] >= files.get(place[0], 0):
                yield Finding(f"outcome (entry {row.sequence})", "its decision is not in the ledger")


def _erased(connection: Connection) -> frozenset[str]:
    texts = connection.scalars(select(ERASURES.c.public))
    return frozenset(one for text in texts for one in json.loads(text)["decisions"])


def _stream(query: "Select[Any]") -> "Select[Any]":
    return query.execution_options(yield_per=AT_ONCE)


@dataclass(frozen=True)
class Summary:
    """What a ledger holds: entries by kind, rows of its campaigns, and the newest entry."""

    counts: Mapping[str, int]
    campaign_decisions: int
    sequence: int
    hash: str
    newest: str


def summarise(ledger: Ledger) -> Summary:
    """What the ledger says of itself, unverified."""
    with ledger.reading() as connection:
        counted = select(ENTRIES.c.kind, func.count()).group_by(ENTRIES.c.kind).order_by(ENTRIES.c.kind)
        counts = {row[0]: int(row[1]) for row in connection.execute(counted)}
        head = head_of(connection)
        newest = connection.scalar(select(ENTRIES.c.created_at).where(ENTRIES.c.sequence == head.sequence))
        rows = sum(int(file.public["rows"]) for file in batch_files(connection))
    return Summary(counts, rows, head.sequence, head.hash, newest or "")
