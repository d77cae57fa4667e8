"""Whether a bank's tables still come in as they used to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from features.bank import Bank
from features.days import midnight
from features.point_in_time import EVENT, UNDATED, known_before
from features.spec import BankSpec
from features.vocabulary import RECORDED_AT, SNAPSHOT_DATE, Table
from features.wide import AS_OF
from training.labels.window import label_window

Days = NDArray[np.datetime64]
Counts = NDArray[np.int64]

MONTH_DAYS, PAUSE_LEAST = 30, 3
CHANCE = 4.0
"""Standard deviations of a Poisson count: fewer rows than expected by less may be chance."""
GIVEN = "labels"
"""The churn rule that reads the table of labels."""
READ = {Table.CUSTOMERS: "customer_"}
"""What features of a table begin with, where it is not the table's own name."""


@dataclass(frozen=True)
class Watched:
    """One table as of a snapshot.

    `newest` is its newest row's day, None without any; `silent_days` since then, of at most `silent_most`;
    `rows` those of the last `span_days`, usually from `rows_least` to `rows_most`; `missing` if bank.toml no
    longer names what training read. Of a table in which nothing had come in for long at any training snapshot
    nothing is expected: the most are infinite.
    """

    name: str
    missing: bool
    newest: date | None
    silent_days: int
    silent_most: float
    span_days: int
    rows: int
    rows_least: float
    rows_most: float

    @property
    def stale(self) -> bool:
        """Whether it has been silent for too long."""
        return not self.missing and self.silent_days > self.silent_most

    @property
    def thin(self) -> bool:
        """Whether far fewer rows came in than usual."""
        return not self.missing and self.rows < self.rows_least

    @property
    def swollen(self) -> bool:
        """Whether far more did."""
        return not self.missing and self.rows > self.rows_most


def watch_tables(bank: Bank, used: Collection[str], trained: Sequence[date], snapshot: date) -> list[Watched]:
    """Every dated table that the bank has, or that a model reads (`used` are its features).

    Labels among them where they say who left.
    """
    found = []
    for name in EVENT:
        read = any(one.startswith(READ.get(name, f"{name}_")) for one in used)
        if name in bank.present:
            days, rows = _daily(bank, name, snapshot)
            if not len(days) and name in UNDATED:
                continue  # no row says when it came
            found.append(_watched(bank.spec, name, days, rows, trained=trained, snapshot=snapshot))
        elif read:
            found.append(Watched(str(name), True, None, 0, 0.0, 0, 0, 0.0, 0.0))
    if bank.spec.churn is not None and bank.spec.churn.rule == GIVEN:
        found.append(_labels(bank, trained, snapshot))
    return found


def silent_most(spec: BankSpec, pause: float) -> float:
    """For how many days there may be nothing new, where `pause` days are usual."""
    return max(spec.monitoring.stale_times * pause, PAUSE_LEAST)


def _labels(bank: Bank, trained: Sequence[date], snapshot: date) -> Watched:
    """Labels, which no snapshot has before its window is over.

    Rows are those of the newest snapshot that has any: a late delivery is not an incomplete one.
    """
    spec, table = bank.spec, bank.table(Table.LABELS)
    recorded = table[RECORDED_AT]
    days, rows = _counted(table.filter(recorded.isnull() | (recorded < midnight(snapshot))), SNAPSHOT_DATE)
    wait = (label_window(snapshot, spec.window).end - snapshot).days
    over = days <= np.datetime64(snapshot - timedelta(days=wait))
    days, rows = days[over], rows[over]
    newest = int(rows[-1]) if len(rows) else 0
    learned = [int(rows[days == np.datetime64(day)].sum()) for day in trained]
    return _judged(
        spec,
        Table.LABELS,
        days,
        trained=trained,
        snapshot=snapshot,
        silent_most=wait + silent_most(spec, _longest_pause(days, max(trained) + timedelta(days=1))),
        span=1,
        rows=newest,
        usual=[number for number in learned if number] or [newest],  # old ones may have been cleared away
    )


def _daily(bank: Bank, name: Table, snapshot: date) -> tuple[Days, Counts]:
    """The days that have rows, ascending, and how many."""
    months = bank.observed_months if name is Table.HOLDINGS else None
    event = EVENT[name] if months is None else AS_OF
    known: ir.Table = known_before(bank.table(name), name, snapshot) if months is None else months
    days, rows = _counted(known, event)
    before = days < np.datetime64(snapshot)
    return days[before], rows[before]


def _counted(table: ir.Table, event: str) -> tuple[Days, Counts]:
    dated = table.filter(table[event].notnull())
    dated = dated.select(day=dated[event].cast("date"))
    counted = dated.group_by("day").aggregate(rows=dated.count()).order_by("day").to_pyarrow()
    return counted["day"].to_numpy().astype("datetime64[D]"), counted["rows"].to_numpy().astype(np.int64)


def _watched(
    spec: BankSpec, name: Table, days: Days, rows: Counts, *, trained: Sequence[date], snapshot: date
) -> Watched:
    """A table against its longest pause, and how long it had been silent at any training snapshot."""
    pause = _longest_pause(days, max(trained))
    span = max(MONTH_DAYS, pause)
    usual = [_count(days, rows, day, span) for day in trained]
    silences = [_silence(days, day) for day in trained]
    found = _judged(
        spec,
        name,
        days,
        trained=trained,
        snapshot=snapshot,
        silent_most=silent_most(spec, max(pause, *silences)),
        span=span,
        rows=_count(days, rows, snapshot, span),
        usual=usual,
    )
    # Of a book taken over whole training saw rows but none come in: none is due since. Rows gone are told.
    stopped = all(silences) and not any(usual)
    return replace(found, silent_most=np.inf, rows_least=0.0, rows_most=np.inf) if stopped else found


def _judged(
    spec: BankSpec,
    name: Table,
    days: Days,
    *,
    trained: Sequence[date],
    snapshot: date,
    silent_most: float,
    span: int,
    rows: int,
    usual: Sequence[int],
) -> Watched:
    """`rows` against the `usual` of training's snapshots, the newest of `days` against `silent_most`."""
    low, high = min(usual), max(usual)
    newest = days[-1].astype(object) if len(days) else None
    times = spec.monitoring.rows_times
    return Watched(
        name=str(name),
        missing=False,
        newest=newest,
        silent_days=(snapshot - (newest or min(trained))).days,
        silent_most=silent_most,
        span_days=span,
        rows=rows,
        rows_least=min(low / times, low - CHANCE * np.sqrt(low)),
        rows_most=max(high * times, high + CHANCE * np.sqrt(high)),
    )


def _longest_pause(days: Days, until: date) -> int:
    """The most days from one day with rows to the next, in the year before `until`."""
    year = days[(days < np.datetime64(until)) & (days >= np.datetime64(until - timedelta(days=365)))]
    return int(np.diff(year).astype(int).max()) if len(year) > 1 else MONTH_DAYS


def _silence(days: Days, day: date) -> int:
    """How many days lie between the newest row before `day` and it; 0 without any."""
    known = days[days < np.datetime64(day)]
    return int((np.datetime64(day) - known[-1]).astype(int)) if len(known) else 0


def _count(days: Days, rows: Counts, day: date, span: int) -> int:
    first, last = np.searchsorted(days, [np.datetime64(day - timedelta(days=span)), np.datetime64(day)])
    return int(rows[first:last].sum())
