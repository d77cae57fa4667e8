"""What the customer keeps with the bank: level, movement and spread of the balances."""

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day
from features.views import View
from features.vocabulary import CUSTOMER_ID, DAYS_PER_MONTH, WINDOWS_DAYS, Table
from features.windows import (
    count_if,
    days_before,
    newest,
    only,
    per_customer,
    ratio,
    since,
    steady,
    sum_if,
)

CURRENT_DAYS = 27
"""A product is still there when its newest row is at most this much older than the customer's newest one.

Less than a month: a product that the last month-end no longer lists is gone.
"""

CARRY_DAYS = 92
"""How long before a window the total it opens with may lie: a quarter."""

TREND_WINDOWS_DAYS = (90, 365)


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """Levels, and over each window the movement of the customer's total; in the bank's currency.

    The level is the sum over products of their newest balance. The total of a day is the sum of that day's
    rows: a bank reports all products of a customer on the same days. Over each window: mean, minimum, maximum
    and sample deviation of the totals, and the change of the level against the last total before the window;
    over 90 and 365 days also the least-squares slope, money a month. Concentration is the Herfindahl index of
    the absolute balances, from 1 / products to 1.
    """
    levels = levels_by_product(bank, snapshot)
    found = per_customer(bank, Table.BALANCES, levels, *_level(bank, levels, snapshot))
    windows = _windows(_totals(bank, snapshot))
    both = found.left_join(windows, CUSTOMER_ID)
    features = [name for name in both.columns if name.startswith("balances_")]
    changes = {
        f"balances_total_change_{days}d": both.balances_total_last - both[f"opening_{days}"]
        for days in WINDOWS_DAYS
    }
    # Finer than `steady`: products in a fixed proportion put many customers right between two coarse steps.
    concentration = ratio(both.squares, both.absolute * both.absolute).round(9)
    return both.select(CUSTOMER_ID, *features, **changes, balances_concentration=concentration)


def levels_by_product(bank: Bank, snapshot: Day) -> ir.Table:
    """The newest balance of each product a customer still has: customer_id, product, as_of, balance.

    Rows older than the longest window are not looked at.
    """
    rows = _recent(bank, snapshot)
    last = rows.group_by(CUSTOMER_ID, "product").aggregate(
        balance=newest(rows.balance, rows.as_of), as_of=rows.as_of.max()
    )
    of_customer = last.as_of.max().over(ibis.window(group_by=CUSTOMER_ID))
    dated = last.mutate(behind=of_customer.delta(last.as_of, unit="day"))
    return dated.filter(dated.behind <= CURRENT_DAYS).drop("behind")


def _recent(bank: Bank, snapshot: Day) -> ir.Table:
    table = bank.table(Table.BALANCES)
    recent = since(table, "as_of", snapshot, WINDOWS_DAYS[-1] + CARRY_DAYS)
    return recent.filter(recent.balance.notnull())


def _level(bank: Bank, levels: ir.Table, snapshot: Day) -> tuple[dict[str, ir.Value], dict[str, ir.Value]]:
    balance = levels.balance
    products = {
        f"balances_last_{product}": only(levels["product"] == product, balance).sum()
        for product in bank.spec.products
    }
    others = {
        "balances_total_last": steady(balance.sum()),
        "balances_days_since_last": days_before(levels.as_of, snapshot).min().cast("float64"),
        "absolute": balance.abs().sum(),
        "squares": (balance * balance).sum(),
    }
    return {"balances_products": count_if(balance != 0.0)}, {**others, **products}


def _totals(bank: Bank, snapshot: Day) -> ir.Table:
    """The total of each customer and day: customer_id, as_of, day (before the snapshot), total."""
    rows = _recent(bank, snapshot)
    totals = rows.group_by(CUSTOMER_ID, "as_of").aggregate(total=steady(rows.balance.sum()))
    return totals.mutate(day=days_before(totals.as_of, snapshot))


def _windows(totals: ir.Table) -> ir.Table:
    features: dict[str, ir.Value] = {}
    for days in WINDOWS_DAYS:
        within = totals.day <= days
        opening = (totals.day > days) & (totals.day <= days + CARRY_DAYS)
        total = only(within, totals.total)
        mean = ratio(steady(sum_if(within, totals.total)), count_if(within))
        features |= {
            f"balances_total_mean_{days}d": mean,
            f"balances_total_min_{days}d": total.min(),
            f"balances_total_max_{days}d": total.max(),
            f"balances_total_deviation_{days}d": steady(total.std(how="sample")),
            f"opening_{days}": newest(only(opening, totals.total), only(opening, totals.as_of)),
        }
        if days in TREND_WINDOWS_DAYS:
            features[f"balances_total_slope_{days}d"] = _slope(within, totals)
    return totals.group_by(CUSTOMER_ID).aggregate(**features)


def _slope(within: ir.BooleanValue, totals: ir.Table) -> ir.FloatingScalar:
    """Least squares from sums over whole days, which no order of summing changes; null for a single day."""
    day = -totals.day.cast("float64")
    count, days, squares = count_if(within), sum_if(within, day), sum_if(within, day * day)
    money, moments = steady(sum_if(within, totals.total)), steady(sum_if(within, day * totals.total))
    per_day = ratio(count * moments - days * money, count * squares - days * days)
    return steady(per_day * DAYS_PER_MONTH)


VIEW = View("balances", "Level, movement and concentration of what the customer keeps.", compute)
