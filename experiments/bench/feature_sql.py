"""The transactions and balances features as one would write them in DuckDB's SQL, without Ibis."""

from datetime import date
from itertools import pairwise
from pathlib import Path

from features.vocabulary import WINDOWS_DAYS

DIRECTIONS = (("credit", ">"), ("debit", "<"))
SHARE_WINDOWS_DAYS = (90, 365)
BALANCE_DAYS = 365 + 92


def transactions_sql(
    folder: Path, snapshot: date, channels: tuple[str, ...], categories: tuple[str, ...]
) -> str:
    """customer_id and every feature of the transactions view, one row a customer with transactions."""
    columns = [*_levels(), *_shares(), *_recency()]
    for column, values in (("channel", channels), ("category", categories)):
        columns += [_part(column, value, days) for days in WINDOWS_DAYS for value in values]
    return f"""
        WITH recent AS (
            SELECT customer_id, t."at" AS moment, amount, abs(amount) AS money, channel, category,
                   date_diff('day', t."at"::DATE, DATE '{snapshot}') AS day
            FROM read_parquet('{folder}/transactions/*.parquet') AS t
            WHERE t."at" < TIMESTAMP '{snapshot}' AND t."at" >= TIMESTAMP '{snapshot}' - INTERVAL 365 DAY
        ), gaps AS (
            SELECT customer_id, lag(day) OVER (PARTITION BY customer_id ORDER BY day DESC) - day AS gap
            FROM (SELECT DISTINCT customer_id, day FROM recent)
        ), rhythm AS (
            SELECT customer_id, avg(gap) AS transactions_gap_mean_days,
                   round(stddev_samp(gap), 4) AS transactions_gap_deviation_days,
                   max(gap)::DOUBLE AS transactions_gap_max_days
            FROM gaps GROUP BY customer_id
        ), sums AS (SELECT customer_id, {", ".join(columns)} FROM recent GROUP BY customer_id)
        SELECT * EXCLUDE (customer_id), customer_id, {", ".join(_trends())}
        FROM sums JOIN rhythm USING (customer_id)"""  # noqa: S608 - a benchmark's own names


def balances_sql(folder: Path, snapshot: date, products: tuple[str, ...]) -> str:
    """customer_id and every feature of the balances view, one row a customer with balances."""
    levels = [
        "count(*) FILTER (balance <> 0)::DOUBLE AS balances_products",
        "round(sum(balance), 4) AS balances_total_last",
        f"min(date_diff('day', as_of, DATE '{snapshot}'))::DOUBLE AS balances_days_since_last",
        "round(sum(balance * balance) / nullif(sum(abs(balance)) ** 2, 0), 9) AS balances_concentration",
        *(f"sum(balance) FILTER (product = '{name}') AS balances_last_{name}" for name in products),
    ]
    windows = [column for days in WINDOWS_DAYS for column in _balance_window(days)]
    changes = [
        f"balances_total_last - opening_{days} AS balances_total_change_{days}d" for days in WINDOWS_DAYS
    ]
    return f"""
        WITH recent AS (
            SELECT * FROM read_parquet('{folder}/balances/*.parquet')
            WHERE as_of < DATE '{snapshot}' AND as_of >= DATE '{snapshot}' - {BALANCE_DAYS}
        ), newest AS (
            SELECT customer_id, product, max_by(balance, as_of) AS balance, max(as_of) AS as_of
            FROM recent GROUP BY customer_id, product
            QUALIFY max(max(as_of)) OVER (PARTITION BY customer_id) - max(as_of) <= 27
        ), levels AS (SELECT customer_id, {", ".join(levels)} FROM newest GROUP BY customer_id
        ), totals AS (
            SELECT customer_id, date_diff('day', as_of, DATE '{snapshot}') AS day,
                   round(sum(balance), 4) AS total
            FROM recent GROUP BY ALL
        ), windows AS (SELECT customer_id, {", ".join(windows)} FROM totals GROUP BY customer_id)
        SELECT * EXCLUDE (customer_id), customer_id, {", ".join(changes)}
        FROM levels JOIN windows USING (customer_id)"""  # noqa: S608 - a benchmark's own names


def _levels() -> list[str]:
    columns = []
    for name, sign in DIRECTIONS:
        for days in WINDOWS_DAYS:
            rows, stem = f"FILTER (amount {sign} 0 AND day <= {days})", f"transactions_{name}"
            columns += [
                f"count(*) {rows}::DOUBLE AS {stem}_count_{days}d",
                f"round(coalesce(sum(money) {rows}, 0), 4) AS {stem}_sum_{days}d",
                f"avg(money) {rows} AS {stem}_mean_{days}d",
                f"round(stddev_samp(money) {rows}, 4) AS {stem}_deviation_{days}d",
            ]
    return columns


def _shares() -> list[str]:
    timed = "moment <> date_trunc('day', moment)"
    night = f"{timed} AND (hour(moment) >= 22 OR hour(moment) < 6)"
    weekend = "isodow(moment) >= 6"
    return [
        f"count(*) FILTER (day <= {days} AND {what}) / nullif(count(*) FILTER (day <= {days} AND {of}), 0)"
        f" AS transactions_{name}_share_{days}d"
        for days in SHARE_WINDOWS_DAYS
        for name, what, of in (("night", night, timed), ("weekend", weekend, "true"))
    ]


def _recency() -> list[str]:
    each = [
        f"min(day) FILTER (amount {sign} 0)::DOUBLE AS transactions_days_since_last_{name}"
        for name, sign in DIRECTIONS
    ]
    return ["min(day)::DOUBLE AS transactions_days_since_last", *each]


def _part(column: str, value: str, days: int) -> str:
    rows, stem = f"FILTER ({column} = '{value}' AND day <= {days})", f"transactions_{column}_{value}"
    return (
        f"count(*) {rows}::DOUBLE AS {stem}_count_{days}d, "
        f"round(coalesce(sum(amount) {rows}, 0), 4) AS {stem}_sum_{days}d, "
        f"avg(amount) {rows} AS {stem}_mean_{days}d, "
        f"round(stddev_samp(amount) {rows}, 4) AS {stem}_deviation_{days}d"
    )


def _trends() -> list[str]:
    """Daily rates of a window against those of the ring around it: (a - b) / (a + b)."""
    columns = []
    for days, longer in pairwise(WINDOWS_DAYS):
        for name, parts in (
            ("count", ("credit_count", "debit_count")),
            ("credit", ("credit_sum",)),
            ("debit", ("debit_sum",)),
        ):
            inner, outer = (
                " + ".join(f"transactions_{part}_{window}d" for part in parts) for window in (days, longer)
            )
            a, b = f"(({inner}) / {days})", f"((({outer}) - ({inner})) / {longer - days})"
            columns.append(f"({a} - {b}) / nullif({a} + {b}, 0) AS transactions_{name}_trend_{days}d")
    return columns


def _balance_window(days: int) -> list[str]:
    rows, name = f"FILTER (day <= {days})", "balances_total"
    opening = f"FILTER (day > {days} AND day <= {days + 92})"
    columns = [
        f"avg(total) {rows} AS {name}_mean_{days}d",
        f"min(total) {rows} AS {name}_min_{days}d",
        f"max(total) {rows} AS {name}_max_{days}d",
        f"round(stddev_samp(total) {rows}, 4) AS {name}_deviation_{days}d",
        f"min_by(total, day) {opening} AS opening_{days}",
    ]
    if days in SHARE_WINDOWS_DAYS:
        slope = f"-regr_slope(total, day) {rows}"
        columns.append(f"round({slope} * 365.25 / 12, 4) AS {name}_slope_{days}d")
    return columns
