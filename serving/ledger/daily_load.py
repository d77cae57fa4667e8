"""How many contacts each channel has made on a day, counted from the single decisions in the ledger."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Connection, select

from serving.ledger.further import named_actions
from serving.ledger.schema import DECISIONS


@dataclass
class DailyLoad:
    """Channels with their daily capacity (`limits`), and what they made of it on the day last asked about.

    Each reading goes on where the one before ended, so that contacts of other processes count too, and are
    read once. Held-out decisions are no contacts; campaigns have their own days.
    """

    limits: Mapping[str, int]
    _day: date | None = None
    _seen: int = 0
    _made: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def known(self, day: date) -> tuple[str, ...]:
        """The channels with nothing left on `day`, as far as read."""
        with self._lock:
            return self._full() if day == self._day else ()

    def full(self, connection: Connection, day: date) -> tuple[str, ...]:
        """The same, as the ledger has it now."""
        if not self.limits:
            return ()
        with self._lock:
            again = day == self._day
            made, seen = (self._made.copy(), self._seen) if again else (Counter(), self._seen)
            for sequence, public in self._since(connection) if again else self._of(connection, day):
                seen = max(seen, sequence)
                if public["decided_on"] == day.isoformat():
                    made.update(contacts(public))
            self._day, self._made, self._seen = day, made, seen  # only once all is read
            return self._full()

    def _full(self) -> tuple[str, ...]:
        return tuple(name for name, limit in self.limits.items() if self._made[name] >= limit)

    def _since(self, connection: Connection) -> Iterator[tuple[int, dict[str, Any]]]:
        query = select(DECISIONS.c.sequence, DECISIONS.c.public).where(DECISIONS.c.sequence > self._seen)
        return ((row.sequence, json.loads(row.public)) for row in connection.execute(query))

    def _of(self, connection: Connection, day: date) -> Iterator[tuple[int, dict[str, Any]]]:
        """From the newest back to two days before: around midnight days stand side by side."""
        before = (day - timedelta(days=1)).isoformat()
        query = select(DECISIONS.c.sequence, DECISIONS.c.public).order_by(DECISIONS.c.sequence.desc())
        with connection.execute(query.execution_options(yield_per=1_000)) as rows:
            for row in rows:
                public = json.loads(row.public)
                yield row.sequence, public
                if public["decided_on"] < before:
                    return


def contacts(public: Mapping[str, Any]) -> tuple[str, ...]:
    """The channel of each contact that a decision made."""
    if public["channel"] is None or public["arm"] == "control":
        return ()
    return (public["channel"], *(channel for _, channel in named_actions(public.get("further"))))
