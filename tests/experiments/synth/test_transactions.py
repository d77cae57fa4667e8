"""Payments: lookups in proportion, and salaries on payday."""

from pathlib import Path

import duckdb
import numpy as np

from experiments.synth.transactions import table


def test_a_lookup_draws_in_proportion_to_its_weights() -> None:
    values, counts = np.unique(table({3: 1, 7: 2, 5: 5}), return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {3: 32, 7: 64, 5: 160}


def test_salaries_come_once_a_month_on_payday(synthetic: Path) -> None:
    days, most, smallest = duckdb.sql(
        f"""select count(distinct day), max(n), min(amount) from (
            select day(event."at") as day, amount,
                   count(*) over (partition by customer_id, date_trunc('month', event."at")) as n
            from '{synthetic}/transactions/*.parquet' as event where category = 'salary')"""
    ).fetchall()[0]
    assert (days, most) == (1, 1)
    assert smallest > 0


def test_a_customer_makes_about_nine_transactions_a_month(synthetic: Path) -> None:
    month = f"'{synthetic}/transactions/2024-03.parquet'"
    [(mean,)] = duckdb.sql(f"select count(*) / count(distinct customer_id) from {month}").fetchall()
    assert 7 < mean < 11
