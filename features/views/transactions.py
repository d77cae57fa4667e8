"""Money in and out: how much, how often, by which channel, for what, and when in the day and the week."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day
from features.views import View
from features.vocabulary import CUSTOMER_ID, WINDOWS_DAYS, Table
from features.windows import count_if, days_before, only, per_customer, ratio, since, steady, sum_if

Values = dict[str, ir.Value]

DIRECTIONS = ("credit", "debit")
SHARE_WINDOWS_DAYS = (90, 365)
"""Windows of the shares of night and weekend."""

RINGS = range(len(WINDOWS_DAYS))
"""The windows cut into pieces that do not overlap: ring k lies within window k but not window k - 1."""

TREND_OF = {"count": ("credit_count", "debit_count"), "credit": ("credit_sum",), "debit": ("debit_sum",)}

NIGHT_ENDS, NIGHT_BEGINS = 6, 22
SATURDAY = 5


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """Features of the last 365 days. Debits count as positive money; days are days of UTC.

    Per direction (credit, debit), channel, category and window: count, sum, mean and sample deviation, signed
    but by direction. A trend compares the daily rate of a window with that of the days between it and the
    next longer one, (a - b) / (a + b): from -1, nothing lately, to 1, nothing before. Shares of weekend and
    night (22:00 to 06:00, exactly midnight meaning that the hour is unknown); mean, deviation and maximum of
    the days from one day with transactions to the next; days since the last transaction of either direction.

    Rows are summed once by customer and ring, then rings are added up to windows: one pass over the table,
    which the window function for the gaps has already clustered by customer.
    """
    parts = {**_parts("channel", bank.channels), **_parts("category", bank.categories)}
    rows = _recent(bank, snapshot)
    rings = rows.group_by(CUSTOMER_ID, "ring").aggregate(**_ring_sums(rows, parts))
    told = (*DIRECTIONS, *parts)
    found = per_customer(bank, Table.TRANSACTIONS, rings, _window_sums(rings, parts), _recencies(rings))
    windows = _accumulated(found, told)
    return windows.select(
        CUSTOMER_ID,
        **_levels(windows, told),
        **_trends(windows),
        **_rhythm(windows),
        **{name: windows[name] for name in windows.columns if name.startswith("transactions_")},
    )


def _parts(column: str, values: tuple[str, ...]) -> dict[str, tuple[str, int]]:
    """Each value's (column, code) by its part of the features' names; parts that collide are numbered."""
    parts: dict[str, tuple[str, int]] = {}
    for code, value in enumerate(values):
        word = re.sub(r"\W+", "_", value.lower()).strip("_")
        stem = name = f"{column}_{word}"
        number = 1
        while name in parts:
            number += 1
            name = f"{stem}_{number}"
        parts[name] = (column, code)
    return parts


def _recent(bank: Bank, snapshot: Day) -> ir.Table:
    """The last 365 days, with what the sums need of each row.

    Everything is made small before the window function, whose sort is the view's dearest step.
    """
    table = since(bank.table(Table.TRANSACTIONS), "at", snapshot, WINDOWS_DAYS[-1])
    hour, timed = table["at"].hour(), table["at"] != table["at"].date().cast("timestamp")
    day = days_before(table["at"], snapshot)
    rows = table.select(
        CUSTOMER_ID,
        "amount",
        channel=_coded(table.channel, bank.channels),
        category=_coded(table.category, bank.categories),
        day=day.cast("int16"),
        ring=ibis.cases(*((day <= WINDOWS_DAYS[ring], ring) for ring in RINGS)).cast("int8"),
        credit=table.amount > 0,
        debit=table.amount < 0,
        timed=timed,
        night=timed & ((hour < NIGHT_ENDS) | (hour >= NIGHT_BEGINS)),
        weekend=table["at"].day_of_week.index() >= SATURDAY,
    )
    oldest_first = ibis.window(group_by=CUSTOMER_ID, order_by=ibis.desc("day"))
    return rows.mutate(gap=rows.day.lag().over(oldest_first) - rows.day)


def _coded(column: ir.StringColumn, values: tuple[str, ...]) -> ir.IntegerValue:
    """The position of each row's value among `values`; null for any other."""
    if not values:
        return ibis.null("int8")
    return ibis.cases(*((column == value, code) for code, value in enumerate(values))).cast("int8")


def _ring_sums(rows: ir.Table, parts: Mapping[str, tuple[str, int]]) -> Values:
    sums: Values = {"rows": rows.count().cast("float64")}
    for direction in DIRECTIONS:
        money = only(rows[direction], rows.amount.abs())
        sums[f"{direction}_count"] = count_if(rows[direction])
        sums[f"{direction}_sum"] = steady(sum_if(rows[direction], rows.amount.abs()))
        sums[f"{direction}_variance"] = money.var(how="pop").fill_null(0.0)
        sums[f"{direction}_last"] = only(rows[direction], rows.day).min()
    for share in ("timed", "night", "weekend"):
        sums[share] = count_if(rows[share])
    gap = rows.gap.cast("float64")
    sums |= {
        "gaps": count_if(gap > 0),
        "gap_sum": sum_if(gap > 0, gap),
        "gap_squares": sum_if(gap > 0, gap * gap),
    }
    sums |= {"gap_max": only(rows.gap > 0, rows.gap).max(), "last": rows.day.min()}
    for name, (column, code) in parts.items():
        its = rows[column] == code
        sums[f"{name}_count"] = count_if(its)
        sums[f"{name}_sum"] = steady(sum_if(its, rows.amount))
        sums[f"{name}_variance"] = only(its, rows.amount).var(how="pop").fill_null(0.0)
    return sums


def _window_sums(rings: ir.Table, parts: Mapping[str, tuple[str, int]]) -> Values:
    """What adds up: by ring where windows combine it further, by window where it is ready."""
    sums: Values = {name: rings[name].sum() for name in ("gaps", "gap_sum", "gap_squares")}
    for part in (*DIRECTIONS, *parts):
        for ring in RINGS:
            for what in ("count", "sum", "variance"):
                name = f"{part}_{what}"
                sums[f"{name}_{ring}"] = sum_if(rings.ring == ring, rings[name])
    for days in SHARE_WINDOWS_DAYS:
        within = rings.ring <= WINDOWS_DAYS.index(days)
        for name in ("rows", "timed", "night", "weekend"):
            sums[f"{name}_{days}d"] = sum_if(within, rings[name])
    return sums


def _recencies(rings: ir.Table) -> Values:
    last = {f"transactions_days_since_last_{each}": rings[f"{each}_last"].min() for each in DIRECTIONS}
    values = {"transactions_days_since_last": rings["last"].min(), **last}
    values["transactions_gap_max_days"] = rings.gap_max.max()
    return {name: value.cast("float64") for name, value in values.items()}


def _accumulated(windows: ir.Table, parts: Sequence[str]) -> ir.Table:
    """With what deviations need of each part: sums and counts of windows, then their means and the rings'.

    As columns of their own: written out in every deviation, they take DuckDB longer to plan than to compute.
    """
    steps: Values = {}
    for part in parts:
        for ring in RINGS:
            for what in ("count", "sum"):
                rings = [windows[f"{part}_{what}_{inner}"] for inner in range(ring + 1)]
                steps[f"{part}_{what}_to_{ring}"] = _total(rings)
    summed = windows.mutate(**steps)
    means = {
        f"{part}_mean_{where}": ratio(summed[f"{part}_sum_{where}"], summed[f"{part}_count_{where}"])
        for part in parts
        for ring in RINGS
        for where in (f"{ring}", f"to_{ring}")
    }
    return summed.mutate(**means)


def _levels(windows: ir.Table, parts: Sequence[str]) -> Values:
    """Count, sum, mean and deviation of each part, a direction, channel or category, from its rings.

    Squared deviations combine as within plus between rings (Chan, Golub & LeVeque 1979), never as a
    difference of large sums of squares.
    """
    features: Values = {}
    for part in parts:
        for last, days in enumerate(WINDOWS_DAYS):
            count, total, mean = (windows[f"{part}_{what}_to_{last}"] for what in ("count", "sum", "mean"))
            squares = _total([_squares(windows, part, ring, mean) for ring in range(last + 1)])
            features |= {
                f"transactions_{part}_count_{days}d": count,
                f"transactions_{part}_sum_{days}d": steady(total),
                f"transactions_{part}_mean_{days}d": mean,
                f"transactions_{part}_deviation_{days}d": steady(
                    ratio(squares, ibis.greatest(count - 1.0, 0.0)).sqrt()
                ),
            }
    return features


def _squares(windows: ir.Table, part: str, ring: int, mean: ir.Value) -> ir.Value:
    """A ring's squared deviations from `mean`."""
    apart = (windows[f"{part}_mean_{ring}"] - mean).fill_null(0.0)
    return windows[f"{part}_count_{ring}"] * (windows[f"{part}_variance_{ring}"] + apart * apart)


def _total(values: list[ir.Value]) -> ir.Value:
    return sum(values[1:], values[0])


def _trends(windows: ir.Table) -> Values:
    """(a - b) / (a + b) of daily rates, a in the window and b in the ring around it."""
    features: Values = {}
    for place, (days, longer) in enumerate(pairwise(WINDOWS_DAYS)):
        for name, columns in TREND_OF.items():
            lately = _total([windows[f"{column}_{ring}"] for column in columns for ring in range(place + 1)])
            before = _total([windows[f"{column}_{place + 1}"] for column in columns])
            a, b = lately / float(days), before / float(longer - days)
            features[f"transactions_{name}_trend_{days}d"] = ratio(a - b, a + b)
    return features


def _rhythm(windows: ir.Table) -> Values:
    """Shares of night and weekend, and the gaps between days with transactions."""
    features: Values = {}
    for days in SHARE_WINDOWS_DAYS:
        features[f"transactions_night_share_{days}d"] = ratio(
            windows[f"night_{days}d"], windows[f"timed_{days}d"]
        )
        features[f"transactions_weekend_share_{days}d"] = ratio(
            windows[f"weekend_{days}d"], windows[f"rows_{days}d"]
        )
    mean = ratio(windows.gap_sum, windows.gaps)
    # Whole numbers of days: their sums of squares are exact.
    variance = ratio(windows.gap_squares - windows.gap_sum * mean, ibis.greatest(windows.gaps - 1.0, 0.0))
    return {
        **features,
        "transactions_gap_mean_days": mean,
        "transactions_gap_deviation_days": steady(ibis.ifelse(variance < 0.0, 0.0, variance).sqrt()),
    }


VIEW = View("transactions", "Money in and out by direction, channel and category, and its rhythm.", compute)
