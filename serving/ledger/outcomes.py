"""Outcomes: what became of a decision, recorded once a decision and kind."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Column, Connection, select

from serving.ledger.append import append
from serving.ledger.files import batch_files
from serving.ledger.opening import Ledger
from serving.ledger.schema import DECISIONS, OUTCOMES, Kind

AT_ONCE: Final = 500
"""Ids a query: less than any database's limit of parameters."""


class OutcomeKind(StrEnum):
    """What a customer did."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    IGNORED = "ignored"
    CHURNED = "churned"


@dataclass(frozen=True)
class Outcome:
    """What became of one decision, and when (with a time zone)."""

    decision_id: str
    outcome: OutcomeKind
    at: datetime


@dataclass(frozen=True)
class Recorded:
    """How many outcomes were new, and how many the ledger knew already."""

    recorded: int
    repeated: int


class UnknownDecisionsError(Exception):
    """Outcomes of decisions that the ledger does not hold."""

    def __init__(self, decision_ids: Sequence[str]) -> None:
        super().__init__(f"{len(decision_ids)} unknown decisions")
        self.decision_ids = list(decision_ids)


def record_outcomes(ledger: Ledger, outcomes: Sequence[Outcome]) -> Recorded:
    """Record outcomes in one transaction: all of them, or none.

    Of a decision each kind is recorded once: the first stays, the rest are counted as repeated.

    Raises UnknownDecisionsError naming the decisions not in the ledger.
    """
    first = {(one.decision_id, one.outcome): one for one in reversed(outcomes)}
    wanted = [first[key] for key in dict.fromkeys((one.decision_id, one.outcome) for one in outcomes)]
    with ledger.writing() as connection:
        unknown = _unknown(connection, dict.fromkeys(one.decision_id for one in wanted))
        if unknown:
            raise UnknownDecisionsError(unknown)
        there = _recorded(connection, {one.decision_id for one in wanted})
        new = [one for one in wanted if (one.decision_id, str(one.outcome)) not in there]
        append(connection, ((Kind.OUTCOME, _row(one)) for one in new), ledger.now())
    return Recorded(len(new), len(outcomes) - len(new))


def batch_row(decision_id: str) -> tuple[str, int] | None:
    """The campaign and the row that a decision's id names; None for one that is of no campaign."""
    batch_id, colon, row = decision_id.partition(":")
    # Only the one way of writing a number, so that a decision has one id.
    return (
        (batch_id, int(row)) if colon and row.isascii() and row.isdigit() and row == str(int(row)) else None
    )


def _row(one: Outcome) -> dict[str, str]:
    at = one.at.astimezone(UTC).isoformat()
    return {"decision_id": one.decision_id, "outcome": str(one.outcome), "at": at}


def _unknown(connection: Connection, decision_ids: Iterable[str]) -> list[str]:
    rows = {file.batch_id: int(file.public["rows"]) for file in batch_files(connection)}
    places = {one: batch_row(one) for one in decision_ids}
    alone = [one for one, place in places.items() if place is None]
    known = {row[0] for row in _matching(connection, (DECISIONS.c.decision_id,), alone)}
    return [
        one
        for one, place in places.items()
        if (one not in known if place is None else place[1] >= rows.get(place[0], 0))
    ]


def _recorded(connection: Connection, decision_ids: Iterable[str]) -> set[tuple[str, str]]:
    columns = (OUTCOMES.c.decision_id, OUTCOMES.c.outcome)
    return {(row[0], row[1]) for row in _matching(connection, columns, list(decision_ids))}


def _matching(
    connection: Connection, columns: tuple["Column[str]", ...], ids: list[str]
) -> Iterator[Sequence[str]]:
    """Columns of the rows whose first column is one of `ids`."""
    for start in range(0, len(ids), AT_ONCE):
        query = select(*columns).where(columns[0].in_(ids[start : start + AT_ONCE]))
        yield from (tuple(row) for row in connection.execute(query))
