"""The raw export's Czech codes, dates and birth numbers decoded into the design's tables, one query each.

What is money is its account owner's: one who merely disposes of an account (`DISPONENT`) can neither
borrow nor order payments on it, and a transaction does not say which of the two made it.
"""

from collections.abc import Mapping
from typing import Final

import duckdb
import pyarrow as pa

YYMMDD: Final = """
    CREATE MACRO yymmdd(written) AS strptime('19' || left(written, 6), '%Y%m%d')::date
"""
"""Dates are `YYMMDD`, in card.asc with a time behind; all lie in the twentieth century."""

BIRTH: Final = """
    CREATE VIEW birth AS
    SELECT client_id,
           CASE WHEN month > 50 THEN 'female' ELSE 'male' END AS sex,
           yymmdd(left(birth_number, 2) || lpad((month % 50)::text, 2, '0') || right(birth_number, 2)) AS day
    FROM (SELECT client_id, birth_number, substr(birth_number, 3, 2)::int AS month FROM client)
"""
"""A birth number is `YYMMDD`, a woman's with 50 added to the month."""

OWNER: Final = """
    CREATE VIEW owner AS
    SELECT client_id::bigint AS customer_id, account_id FROM disp WHERE type = 'OWNER'
"""

POSTINGS: Final = """
    CREATE VIEW postings AS
    SELECT customer_id, account_id, yymmdd(date) AS day, operation, trim(k_symbol) AS symbol,
           bank, account AS payee, balance::double AS balance,
           CASE type WHEN 'PRIJEM' THEN amount::double ELSE -amount::double END AS amount
    FROM trans JOIN owner USING (account_id)
"""

TRANSACTIONS: Final = """
    CREATE VIEW transactions AS
    SELECT customer_id, day::timestamp AS "at", amount,
           CASE WHEN symbol IN ('UROK', 'SANKC. UROK', 'SLUZBY') THEN 'bank'
                WHEN operation = 'VYBER KARTOU' THEN 'card'
                WHEN operation IN ('VKLAD', 'VYBER') THEN 'cash'
                WHEN operation = 'PREVOD Z UCTU' THEN 'transfer'
                WHEN operation = 'PREVOD NA UCET' THEN 'standing_order' END AS channel,
           CASE symbol WHEN 'UROK' THEN 'interest'
                       WHEN 'SANKC. UROK' THEN 'penalty_interest'
                       WHEN 'SLUZBY' THEN 'statement_fee'
                       WHEN 'DUCHOD' THEN 'pension'
                       WHEN 'SIPO' THEN 'household'
                       WHEN 'POJISTNE' THEN 'insurance'
                       WHEN 'UVER' THEN 'loan_payment'
                       ELSE CASE operation WHEN 'VKLAD' THEN 'deposit'
                                           WHEN 'PREVOD Z UCTU' THEN 'incoming'
                                           WHEN 'PREVOD NA UCET' THEN 'outgoing'
                                           ELSE 'withdrawal' END END AS category
    FROM postings
"""
"""Every outgoing transfer of the extract pays a permanent order, to the haler: hence `standing_order`."""

CUSTOMERS: Final = """
    SELECT client_id::bigint AS customer_id,
           min(yymmdd(account.date)) AS joined_on,
           'individual' AS kind,
           min(birth.day) AS birth_date,
           min(birth.sex) AS sex,
           min(CASE disp.type WHEN 'OWNER' THEN 'owner' ELSE 'disponent' END) AS relation,
           min(CASE account.frequency
               WHEN 'POPLATEK MESICNE' THEN 'monthly'
               WHEN 'POPLATEK TYDNE' THEN 'weekly'
               WHEN 'POPLATEK PO OBRATU' THEN 'after_transaction' END) AS statement_frequency,
           min(district.A2) AS district,
           min(district.A3) AS region,
           min(district.A4::double) AS district_inhabitants,
           min(district.A10::double) AS district_urban_share,
           min(district.A11::double) AS district_salary
    FROM client
    JOIN birth USING (client_id)
    JOIN disp USING (client_id)
    JOIN account USING (account_id)
    JOIN district ON district.A1 = client.district_id
    GROUP BY client_id ORDER BY customer_id
"""
"""The client file knows no joining date: a client joins with the first account. Of the districts, what is
dated 1995 and 1996 (unemployment, crimes) is left out: nobody knew it in 1994."""

HOLDINGS: Final = """
    SELECT customer_id, 'account' AS product, yymmdd(date) AS opened_on, NULL::date AS closed_on
    FROM account JOIN owner USING (account_id)
    UNION
    SELECT customer_id, 'loan', yymmdd(date),
           CASE WHEN status IN ('A', 'B') THEN yymmdd(date) + to_months(duration::int) END::date
    FROM loan JOIN owner USING (account_id)
    UNION
    SELECT client_id::bigint, 'card', yymmdd(issued), NULL FROM card JOIN disp USING (disp_id)
    UNION
    SELECT customer_id, 'permanent_order', min(day), NULL
    FROM orders JOIN postings USING (account_id)
    WHERE operation = 'PREVOD NA UCET' AND bank = bank_to AND payee = account_to
    GROUP BY order_id, customer_id
    ORDER BY ALL
"""
"""An order has no date of its own: it is held from its first payment, and one never paid in the extract is
left out, since it may have been given years later. A loan of status A or B has run its months."""

BALANCES: Final = """
    WITH days AS (SELECT account_id, day, sum(amount) AS change FROM postings GROUP BY ALL),
         closing AS (SELECT account_id, day,
                            sum(change) OVER (PARTITION BY account_id ORDER BY day) AS closing FROM days)
    SELECT customer_id, 'account' AS product, day AS as_of,
           arg_min(balance, abs(balance - closing)) AS balance
    FROM postings JOIN closing USING (account_id, day)
    GROUP BY ALL ORDER BY as_of, customer_id
"""
"""The balance at the day's end. The file does not order a day's transactions, so of the balances noted that
day the one is taken that all amounts so far sum to: an account's first transaction opens it, from nothing."""

LABELS: Final = """
    WITH snapshots AS (
        SELECT unnest(generate_series(
                   DATE '1993-02-01', max("at") - INTERVAL 89 DAY, INTERVAL 1 MONTH)) AS cut
        FROM transactions
    )
    SELECT customer_id, cut::date AS snapshot_date, max("at") < cut AS churned
    FROM transactions JOIN snapshots
      ON "at" >= cut - INTERVAL 90 DAY AND "at" < cut + INTERVAL 90 DAY
    WHERE channel IN ('cash', 'card')
    GROUP BY customer_id, cut HAVING min("at") < cut
    ORDER BY snapshot_date, customer_id
"""
"""Who fell silent: made deposits or withdrawals in the 90 days before, and none in the 90 days after. No
account of the extract goes 90 days without any transaction: interest, fees, wages and permanent orders run
by themselves."""

TABLES: Final[Mapping[str, str]] = {
    "customers": CUSTOMERS,
    "holdings": HOLDINGS,
    "balances": BALANCES,
    "transactions": 'SELECT * FROM transactions ORDER BY "at", customer_id, amount',
    "labels": LABELS,
}


def decode(raw: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The design's tables from the raw ones, whose columns are all text.

    `raw` holds account, card, client, disp, district, loan, orders and trans in their own columns.
    """
    connection = duckdb.connect()
    for name, table in raw.items():
        connection.register(name, table)
    for definition in (YYMMDD, BIRTH, OWNER, POSTINGS, TRANSACTIONS):
        connection.execute(definition)
    return {name: connection.sql(query).to_arrow_table() for name, query in TABLES.items()}
