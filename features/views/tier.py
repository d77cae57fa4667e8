"""How valuable the customer is to the bank: dormant, low_value, valuable or high_value."""

import ibis
import ibis.expr.types as ir

from features.bank import Bank
from features.days import Day
from features.views import View
from features.views.balances import levels_by_product
from features.views.holdings import held_at
from features.vocabulary import CUSTOMER_ID, TIER, Table, Tier
from features.windows import per_customer, since, steady, sum_if

ACTIVITY = (Table.TRANSACTIONS, Table.INTERACTIONS)


def compute(bank: Bank, snapshot: Day) -> ir.Table:
    """`tier` (text), and `tier_rank`, the percentile of the customer's value from 0 to 1.

    Value is the total of the balances where the bank brings any, else the annual value of the products held;
    a customer with neither is worth 0. Dormant is who neither paid nor received nor came with anything for
    `dormant_days`; a bank without transactions and interactions has nobody dormant. Equal values rank alike,
    at the lowest of their places. Both are null where the bank brings neither balances nor holdings.
    """
    valued = values(bank, snapshot)
    known = valued.value.notnull()
    rank = ibis.percent_rank().over(ibis.window(order_by=valued.value))
    ranked = valued.mutate(tier_rank=ibis.ifelse(known, rank, ibis.null("float64")))
    tiers = bank.spec.tiers
    dormant = _inactive(bank, snapshot, ranked)
    tier = ibis.cases(
        (ranked.tier_rank.isnull(), ibis.null("string")),
        (dormant, Tier.DORMANT.value),
        (ranked.tier_rank >= tiers.high_value_from, Tier.HIGH_VALUE.value),
        (ranked.tier_rank >= tiers.valuable_from, Tier.VALUABLE.value),
        else_=Tier.LOW_VALUE.value,
    )
    return ranked.select(CUSTOMER_ID, "tier_rank", **{TIER: tier})


def values(bank: Bank, snapshot: Day) -> ir.Table:
    """What each customer is worth, in money: customer_id, value."""
    if Table.BALANCES in bank.present:
        levels = levels_by_product(bank, snapshot)
        return per_customer(bank, Table.BALANCES, levels, {"value": steady(levels.balance.sum())})
    holdings = bank.table(Table.HOLDINGS)
    worth = ibis.literal(0.0)
    for name, product in bank.spec.products.items():
        worth = ibis.ifelse(holdings["product"] == name, product.annual_value, worth)
    value = steady(sum_if(held_at(holdings, snapshot), worth))
    return per_customer(bank, Table.HOLDINGS, holdings, {"value": value})


def _inactive(bank: Bank, snapshot: Day, ranked: ir.Table) -> ir.BooleanValue:
    there = [bank.table(name) for name in ACTIVITY if name in bank.present]
    if not there:
        return ibis.literal(False)
    recent = [
        since(table, "at", snapshot, bank.spec.tiers.dormant_days).select(CUSTOMER_ID) for table in there
    ]
    active = recent[0].union(*recent[1:]) if recent[1:] else recent[0]
    return ranked[CUSTOMER_ID].notin(active[CUSTOMER_ID])


VIEW = View("tier", "The customer's grade by value and activity.", compute)
