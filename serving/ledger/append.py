"""Appending: the only way anything enters the ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from serving.ledger.chain import Head, Link
from serving.ledger.schema import ENTRIES, HEADS, PAYLOADS, Kind, payload_digest

Entry = tuple[Kind, Mapping[str, Any]]
"""A kind and the row of its table, but for the sequence number."""


def append(connection: Connection, entries: Iterable[Entry], now: datetime) -> Head:
    """Append entries within a transaction of `Ledger.writing`; returns the new head.

    Nothing is there before the transaction commits, and all of it is after.
    """
    before = head_of(connection)
    moment, head = now.astimezone(UTC).isoformat(), before
    links: list[dict[str, Any]] = []
    rows: dict[Kind, list[dict[str, Any]]] = {}
    for kind, row in entries:
        link = Link.after(head, kind, moment, payload_digest(kind, row))
        links.append(asdict(link))
        rows.setdefault(kind, []).append({"sequence": link.sequence, **row})
        head = Head(link.sequence, link.hash)
    if not links:
        return head
    connection.execute(insert(ENTRIES), links)
    for kind, of_kind in rows.items():
        connection.execute(insert(PAYLOADS[kind]), of_kind)
    values = {"sequence": head.sequence, "hash": head.hash}
    if before.sequence:
        connection.execute(update(HEADS).where(HEADS.c.id == 1).values(values))
    else:
        connection.execute(insert(HEADS), [{"id": 1, **values}])
    return head


def head_of(connection: Connection) -> Head:
    """The head as it is written down."""
    found = connection.execute(select(HEADS.c.sequence, HEADS.c.hash).where(HEADS.c.id == 1)).first()
    return Head(found.sequence, found.hash) if found else Head()
