"""What came true of a customer in the label window. Labels may see the whole bank; features never do."""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.bank import Bank
from features.errors import BadInputError
from features.point_in_time import before, in_hindsight, population
from features.spec import WindowSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Table
from features.windows import only
from training.reported import reported_before

LABEL = "label"


@dataclass(frozen=True)
class LabelWindow:
    """The days [start, end) in which a label comes true, for features as of `snapshot`, 00:00 UTC."""

    snapshot: date
    start: date
    end: date


class UnlabelledError(BadInputError):
    """Of no snapshot is the whole label window within the data."""


def label_window(snapshot: date, window: WindowSpec) -> LabelWindow:
    """The label window that belongs to `snapshot`."""
    start = snapshot + timedelta(days=window.gap_days)
    return LabelWindow(snapshot, start, start + timedelta(days=window.horizon_days))


def churn_labels(bank: Bank, snapshots: Sequence[date]) -> pa.Table:
    """Who left: customer_id, snapshot_date, label (1.0 or 0.0), sorted by snapshot and customer.

    The bank's churn rule says who is in it at all and what leaving means; see `ChurnSpec`. Who had left
    before the window starts is not in it. Only snapshots whose whole window lies within the data are used.

    Raises BadInputError without a churn definition or without a usable snapshot.
    """
    if bank.spec.churn is None:
        raise BadInputError(f"{bank.spec.name}: training churn needs a [churn] section in bank.toml")
    rule, evidence = RULES[bank.spec.churn.rule]
    return _all_labels(bank, _usable(bank, snapshots, evidence), rule)


def product_labels(bank: Bank, snapshots: Sequence[date]) -> pa.Table:
    """Who opened what: customer_id, snapshot_date, one column a product, sorted by snapshot and customer.

    1.0 opened in the window, 0.0 did not, null where there is nothing to predict: the product was held at the
    snapshot, as known then, was opened before the window starts, or is for other kinds of customers. With
    monthly flags a customer without a row in the window is left out: nothing is known of them.

    Raises BadInputError without products or without a usable snapshot.
    """
    if not bank.spec.products:
        raise BadInputError(f"{bank.spec.name}: training propensities needs [products] in bank.toml")
    return _all_labels(bank, _usable(bank, snapshots, last_holding_day), openings)


def label_matrix(labels: pa.Table, heads: Sequence[str]) -> NDArray[np.float64]:
    """What came true of each head, shape (rows, heads); NaN throughout for one that is labelled no more.

    A product may have left the catalogue since a model learned of it.
    """
    unknown = np.full(labels.num_rows, np.nan)
    known = set(labels.column_names)
    columns = [labels[head].to_numpy() if head in known else unknown for head in heads]
    return np.column_stack(columns).astype(np.float64)


def closed_all(bank: Bank, window: LabelWindow) -> ir.Table:
    """Left: of those with a holding open at the snapshot, none is open at the window's end."""
    holders = _distinct(_open_now(before(bank, window.snapshot).table(Table.HOLDINGS)))
    holdings = bank.table(Table.HOLDINGS)
    reachable = _seen(bank, window, _within(holders, _open_at(holdings, window.start)))
    return _absent(reachable, _open_at(holdings, window.end))


def inactive(bank: Bank, window: LabelWindow) -> ir.Table:
    """Left: of those with a transaction in `active_days` before the snapshot, none in the window."""
    assert bank.spec.churn
    since = window.snapshot - timedelta(days=bank.spec.churn.active_days)
    known = before(bank, window.snapshot).table(Table.TRANSACTIONS)
    active = _distinct(known.filter(known.at >= ibis.timestamp(since.isoformat())))
    later = bank.table(Table.TRANSACTIONS)
    return _absent(active, later.filter(_between(later.at.date(), window.start, window.end)))


def balance_drop(bank: Bank, window: LabelWindow) -> ir.Table:
    """Left: of those with at least `minimum_balance`, the total fell by `drop_share` by the window's end.

    A total sums each product's latest balance; a product closed by then counts nothing, whatever its last
    balance said, and neither does one whose rows stopped while those of others went on, by more than
    `unreported_days`. Totals of zero or less cannot fall and are not in it.
    """
    churn = bank.spec.churn
    assert churn
    known = before(bank, window.snapshot)
    then = _total(known, known.table(Table.BALANCES), window.snapshot).rename(then="total")
    later = _total(bank, in_hindsight(bank, Table.BALANCES), window.end).rename(later="total")
    both = then.filter((then.then > 0) & (then.then >= churn.minimum_balance)).left_join(later, CUSTOMER_ID)
    left = both.then - both.later.coalesce(0.0) >= churn.drop_share * both.then
    return both.select(CUSTOMER_ID, **{LABEL: left.cast("float64")})


def given_labels(bank: Bank, window: LabelWindow) -> ir.Table:
    """Left: the bank's own labels table says so."""
    labels = in_hindsight(bank, Table.LABELS)
    chosen = labels.filter((labels.snapshot_date == ibis.date(window.snapshot)) & labels.churned.notnull())
    return chosen.select(CUSTOMER_ID, **{LABEL: chosen.churned.cast("float64")})


def openings(bank: Bank, window: LabelWindow) -> ir.Table:
    """One column a product, of everyone known at the snapshot: 1.0 opened in the window, 0.0 not, or null."""
    holdings = bank.table(Table.HOLDINGS)
    held, opened, too_early = 3, 2, 1
    known = before(bank, window.snapshot).table(Table.HOLDINGS)
    pairs = ibis.union(
        _open_now(known).select(CUSTOMER_ID, "product", state=held),
        _opened(holdings, window.start, window.end).select(CUSTOMER_ID, "product", state=opened),
        _opened(holdings, window.snapshot, window.start).select(CUSTOMER_ID, "product", state=too_early),
    )
    states = {name: ibis.ifelse(pairs.product == name, pairs.state, 0).max() for name in bank.spec.products}
    people = _seen(bank, window, population(bank, window.snapshot))
    kind = before(bank, window.snapshot).table(Table.CUSTOMERS).select(CUSTOMER_ID, "kind")
    people = people.left_join(kind, CUSTOMER_ID).drop(f"{CUSTOMER_ID}_right")
    joined = people.left_join(pairs.group_by(CUSTOMER_ID).aggregate(**states), CUSTOMER_ID)

    def label(name: str, kinds: Sequence[str]) -> ir.Value:
        came = joined[name].coalesce(0).cases((0, 0.0), (opened, 1.0)).cast("float64")
        return only(joined.kind.isnull() | joined.kind.isin(kinds), came)

    return joined.select(
        CUSTOMER_ID, **{name: label(name, product.kinds) for name, product in bank.spec.products.items()}
    )


def last_transaction_day(bank: Bank) -> date | None:
    """The last day that has transactions."""
    return _latest(bank.table(Table.TRANSACTIONS).at.date())


def last_balance_day(bank: Bank) -> date | None:
    """The last day that has balances."""
    return _latest(bank.table(Table.BALANCES).as_of)


def last_holding_day(bank: Bank) -> date | None:
    """The last day of which openings and closings are known; a monthly flag speaks for its whole month."""
    if bank.observed_months is not None:
        last = _latest(bank.observed_months.as_of)
        return last and last.replace(day=monthrange(last.year, last.month)[1])
    holdings = bank.table(Table.HOLDINGS)
    days = [_latest(holdings.opened_on), _latest(holdings.closed_on)]
    return max((day for day in days if day), default=None)


Rule = Callable[[Bank, LabelWindow], ir.Table]
Evidence = Callable[[Bank], date | None]

RULES: dict[str, tuple[Rule, Evidence | None]] = {
    "labels": (given_labels, None),
    "closed_all": (closed_all, last_holding_day),
    "inactive": (inactive, last_transaction_day),
    "balance_drop": (balance_drop, last_balance_day),
}
"""What leaving means, and until which day the data can tell; None where the labels say themselves."""

KNOWN_BY: dict[Evidence, str] = {
    last_holding_day: "opening or closing known",
    last_transaction_day: "transaction",
    last_balance_day: "balance",
}
"""What it was that told the day."""


def _usable(bank: Bank, snapshots: Sequence[date], evidence: Evidence | None) -> list[LabelWindow]:
    """The windows that end within the data, ascending."""
    windows = [label_window(day, bank.spec.window) for day in sorted(set(snapshots))]
    if evidence is None:
        labelled = bank.table(Table.LABELS).snapshot_date.name("day").as_table().distinct().to_pyarrow()
        usable = [window for window in windows if window.snapshot in set(labelled["day"].to_pylist())]
        why = "the labels table holds none of the snapshot dates"
    else:
        last = evidence(bank)
        usable = [window for window in windows if last and window.end <= last + timedelta(days=1)]
        ends = f"the last {KNOWN_BY[evidence]} is of {last}, before the first label window ends"
        why = ends if last else "no data tells"
    if not usable:
        spans = ", ".join(
            f"{window.snapshot} (window {window.start} to {window.end})" for window in windows[:3]
        )
        raise UnlabelledError(f"{bank.spec.name}: no snapshot can be labelled: {why}. Snapshots: {spans}")
    return usable


def _all_labels(bank: Bank, windows: Sequence[LabelWindow], rule: Rule) -> pa.Table:
    return pa.concat_tables([_one_date(rule(bank, window), window.snapshot) for window in windows])


def _one_date(labels: ir.Table, snapshot: date) -> pa.Table:
    table = labels.order_by(CUSTOMER_ID).to_pyarrow()
    return table.add_column(1, SNAPSHOT_DATE, pa.repeat(pa.scalar(snapshot, pa.date32()), table.num_rows))


def _between(day: ir.Column, start: date, end: date) -> ir.BooleanColumn:
    return (day >= ibis.date(start)) & (day < ibis.date(end))


def _open_now(known: ir.Table) -> ir.Table:
    """Holdings open as far as is known, of a bank already cut in time."""
    return known.filter(known.closed_on.isnull())


def _open_at(holdings: ir.Table, day: date) -> ir.Table:
    """Holdings open at `day`, 00:00."""
    begun = holdings.opened_on.isnull() | (holdings.opened_on < ibis.date(day))
    return holdings.filter(begun & (holdings.closed_on.isnull() | (holdings.closed_on >= ibis.date(day))))


def _opened(holdings: ir.Table, start: date, end: date) -> ir.Table:
    return holdings.filter(_between(holdings.opened_on, start, end))


def _seen(bank: Bank, window: LabelWindow, people: ir.Table) -> ir.Table:
    """Those of whom the window can tell: with monthly flags, the ones with a row in it."""
    months = bank.observed_months
    if months is None:
        return people
    return _within(people, months.filter(_between(months.as_of, window.start, window.end)))


def _total(bank: Bank, balances: ir.Table, day: date) -> ir.Table:
    """Each customer's total balance before `day`: customer_id, total."""
    assert bank.spec.churn
    holdings = bank.table(Table.HOLDINGS)
    key = [CUSTOMER_ID, "product"]
    closed = holdings.anti_join(_open_at(holdings, day), key).select(key).distinct()
    amounts = reported_before(day, balances, bank.spec.churn.unreported_days).anti_join(closed, key)
    return amounts.group_by(CUSTOMER_ID).aggregate(total=amounts.balance.sum())


def _distinct(rows: ir.Table) -> ir.Table:
    return rows.select(CUSTOMER_ID).distinct()


def _within(people: ir.Table, rows: ir.Table) -> ir.Table:
    return people.semi_join(rows, CUSTOMER_ID)


def _absent(people: ir.Table, rows: ir.Table) -> ir.Table:
    """`people` with label 1.0 where they have none of `rows`, else 0.0."""
    return people.mutate(**{LABEL: people[CUSTOMER_ID].notin(rows[CUSTOMER_ID]).cast("float64")})


def _latest(day: ir.DateColumn) -> date | None:
    found: date | None = day.max().to_pyarrow().as_py()
    return found
