"""What may be said of all of a customer's rows in a table: counts, sums, means, by month, by kind of row."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from features.point_in_time import EVENT
from features.vocabulary import CUSTOMER_ID, Table

VALUE: Final = {
    Table.TRANSACTIONS: "amount",
    Table.BALANCES: "balance",
    Table.INTERACTIONS: None,
    Table.HOLDINGS: None,
    Table.CONTACTS: None,
}
"""The tables that are aggregated, and the number that their rows have."""
SORTS: Final = {
    Table.TRANSACTIONS: ("category", "channel"),
    Table.BALANCES: ("product",),
    Table.INTERACTIONS: ("kind", "channel"),
    Table.HOLDINGS: ("product",),
    Table.CONTACTS: ("action", "channel"),
}
"""Columns whose values part the rows."""
SORTS_MOST: Final = 12
"""The most frequent values of each such column."""
SIGNS: Final = (" above 0", " below 0")
COUNTED: Final = ("count", "number of days", "number of months", "count a month", "count still open")
"""Aggregates of rows, not of their number."""

Parts = Mapping[str, pd.DataFrame]
"""By which rows ("" all, " above 0", " of category salary"): one row a customer, with the count."""


def aggregates(table: ir.Table, name: Table, sorts: Mapping[str, Sequence[str]]) -> Parts:
    """Per customer what may be said of all rows and of parts of them; `sorts` as `frequent` gives them."""
    whole = _whole(table, name)
    parts = {"": whole}
    for sign in SIGNS if VALUE[name] else ():
        part = pd.DataFrame({one: whole.pop(one + sign) for one in ("count", "sum")})
        parts[sign] = part[part["count"] > 0]
    for column, values in sorts.items():
        parts |= _by_sort(table, name, column, values)
    return {rows: _with_rates(part, whole["number of months"]) for rows, part in parts.items()}


def frequent(table: ir.Table, name: Table) -> dict[str, list[str]]:
    """The most frequent values of each column that parts a table's rows."""
    found = {}
    for column in SORTS[name]:
        counts = (
            table.filter(table[column].notnull()).group_by(column).aggregate(rows=lambda rows: rows.count())
        )
        most = counts.order_by(counts.rows.desc(), counts[column]).limit(SORTS_MOST)
        found[column] = most.to_pandas()[column].tolist()
    return found


def told(name: Table, rows: str, aggregate: str) -> str:
    """An aggregate in words."""
    value = VALUE[name]
    return f"the {aggregate} of {name}" + (f".{value}" if value and aggregate not in COUNTED else "") + rows


def _whole(table: ir.Table, name: Table) -> pd.DataFrame:
    """Of all rows; the counts and sums of those above and below 0 among it."""
    said: dict[str, ir.Value] = {"count": table.count().cast("float64")}
    if name is Table.HOLDINGS:
        said["count still open"] = table.closed_on.isnull().sum().cast("float64")
    if value := VALUE[name]:
        column = table[value]
        said |= {"sum": column.sum(), "min": column.min(), "max": column.max()}
        said |= {"last": column.argmax(table[EVENT[name]])}
        said |= {"standard deviation": column.std(), "median": column.median()}
        for sign, part in zip(SIGNS, (column > 0, column < 0), strict=True):
            said |= {f"count{sign}": part.sum().cast("float64"), f"sum{sign}": column.sum(where=part)}
    found: pd.DataFrame = table.group_by(CUSTOMER_ID).aggregate(**said).to_pandas()
    return found.set_index(CUSTOMER_ID).join(_by_day(table, name))


def _by_day(table: ir.Table, name: Table) -> pd.DataFrame:
    """On how many days and in how many months there were rows, and of their number a day's sum."""
    day, value = table[EVENT[name]].cast("date"), VALUE[name]
    total = {"total": table[value].sum()} if value else {}
    days = table.group_by(CUSTOMER_ID, day=day).aggregate(rows=table.count(), **total)
    said = {
        "number of days": days.day.count().cast("float64"),
        "number of months": (days.day.year() * 12 + days.day.month()).nunique().cast("float64"),
    }
    if value:
        said |= {"mean of daily sums": days.total.mean(), "max of daily sums": days.total.max()}
        said |= {"min of daily sums": days.total.min(), "last of daily sums": days.total.argmax(days.day)}
    found: pd.DataFrame = days.group_by(CUSTOMER_ID).aggregate(**said).to_pandas()
    return found.set_index(CUSTOMER_ID)


def _by_sort(
    table: ir.Table, name: Table, column: str, values: Sequence[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Of the rows with each value of a column."""
    rows, value = table.filter(table[column].isin(values)), VALUE[name]
    said = {"count": rows.count().cast("float64")} | ({"sum": rows[value].sum()} if value else {})
    found = rows.group_by(CUSTOMER_ID, sort=rows[column]).aggregate(**said).to_pandas().set_index(CUSTOMER_ID)
    for sort, part in found.groupby("sort"):
        yield f" of {column} {sort}", part.drop(columns="sort")


def _with_rates(part: pd.DataFrame, months: pd.Series) -> pd.DataFrame:
    """With means, and with counts and sums over the months in which the customer had rows of any kind."""
    active = months.reindex(part.index).replace(0.0, np.nan)
    mean = {"mean": part["sum"] / part["count"]} if "sum" in part else {}
    rates = {f"{one} a month": part[one] / active for one in ("count", "sum") if one in part}
    return pd.DataFrame({"count": part["count"], **mean}).join(part.drop(columns="count")).assign(**rates)
