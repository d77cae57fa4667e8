"""How is one customer decided? A page with every number: `python -m experiments.worked_customer`.

It needs no bank, no model and no store: the decision core alone, on the policy and the customer below.
"""

import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from features.spec import Product
from serving.decision.compiled import compile_policy
from serving.decision.decide import Decisions, decide
from serving.decision.faults import Origin
from serving.decision.trace import RankedAction, Trace, trace
from serving.policy.file import policy_of
from serving.policy.lines import line_of_keys

TODAY = date(2025, 1, 8)
CATALOGUE = {
    "credit_card": Product(name_en="credit card", annual_value=80.0),
    "mortgage": Product(name_en="mortgage", annual_value=900.0),
    "savings_account": Product(name_en="savings account", annual_value=60.0),
}
POLICY = Path(__file__).with_name("worked_policy.toml").read_text(encoding="utf-8")
CUSTOMER: dict[str, float | str | int | None] = {
    "customer_id": 1001,
    "churn": 0.2,
    "propensity_credit_card": 0.05,
    "propensity_mortgage": 0.01,
    "propensity_savings_account": None,
    "balances_total_last": 12000.0,
    "holdings_held_savings_account": 1.0,
    "attributes_income": 24000.0,
    "occasions_days_to_birthday": 3.0,
    "consents_marketing_email": 1.0,
    "consents_marketing_call_centre": 0.0,
    "consents_marketing_any": 1.0,
    "contact_history": "200||retain:fee_waiver|email",
}


def decided() -> Decisions:
    """The customer of the page, decided by the policy of the page."""
    customers = pa.Table.from_pylist([CUSTOMER])
    # A propensity of a product held is unknown, but a number all the same.
    place = customers.schema.get_field_index("propensity_savings_account")
    schema = customers.schema.set(place, pa.field("propensity_savings_account", pa.float64()))
    policy = policy_of(tomllib.loads(POLICY), Origin("policy.toml", line_of_keys(POLICY)))
    compiled = compile_policy(policy, CATALOGUE, schema, consents_recorded=True)
    return decide(customers.cast(schema), compiled, TODAY)


def page() -> str:
    """The whole page, as it lies in docs/decisioning.md."""
    decisions = decided()
    told = trace(decisions)
    known = [(f"`{name}`", _plain(value)) for name, value in CUSTOMER.items()]
    return PAGE.format(
        policy=POLICY.rstrip(),
        customer=_table(("feature", "value"), known),
        today=TODAY,
        dropped=_dropped(told),
        conditions=_conditions(told),
        factors=_factors(told),
        sums="\n".join(f"- {_sum(one)}" for one in told.ranked),
        parts=_parts(told),
        chosen=" and ".join(f"**{one.action}** by {one.channel}" for one in told.ranked if one.chosen),
        most=told.max_actions,
        draw=f"{told.holdout_draw:.4f}",
        share=f"{told.holdout_share:.2f}",
        period=told.holdout_period,
        arm=told.arm,
    )


def _dropped(told: Trace) -> str:
    return _table(
        ("action", "channel", "stage", "reason"),
        [(one.action, one.channel or "every channel", one.stage, f"`{one.reason}`") for one in told.dropped],
    )


def _conditions(told: Trace) -> str:
    return _table(
        ("rule", "kind", "scope", "condition", "outcome"),
        [
            (f"`{one.rule}`", one.kind, one.scope, f"`{one.condition}`", one.outcome)
            for one in told.conditions
        ],
    )


def _factors(told: Trace) -> str:
    rows = [
        (
            str(one.rank),
            one.action,
            one.channel,
            one.basis,
            *_multiplied(one),
            _plain(one.cost),
            *_result(one),
        )
        for one in told.ranked
    ]
    head = ("rank", "action", "channel", "basis", "probability", "value", "weight", "lever", "cost")
    return _table((*head, "expected value", "chosen"), rows)


def _multiplied(one: RankedAction) -> list[str]:
    return [_plain(factor) for factor in (one.probability, one.value, one.context_weight, one.lever)]


def _result(one: RankedAction) -> tuple[str, str]:
    return f"**{one.expected_value:.2f}**", "yes" if one.chosen else "no"


def _sum(one: RankedAction) -> str:
    return f"{one.action}: {' × '.join(_multiplied(one))} − {_plain(one.cost)} = {one.expected_value:.2f}"


def _parts(told: Trace) -> str:
    rows = [
        (one.action, f"`{name}`", _plain(amount))
        for one in told.ranked
        for name, amount in one.value_parts.items()
    ]
    return _table(("action", "part of its value", "amount"), rows)


def _plain(value: float | str | int | None) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return f"`{value}`".replace("|", "\\|")
    return f"{value:.6g}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


PAGE = """\
# How a customer is decided

One customer, one policy, every number. The page is written by `python -m experiments.worked_customer`; a test
runs it again and compares.

A decision is a funnel. Each stage is one function of `serving/decision/`, looks at columns of customers, and
leaves a reason on what it drops:

1. **candidates**: which actions go through which channels at all: what a channel carries, the languages it
   speaks, its quiet hours, the channel that asks.
2. **objection**: who objected to marketing altogether is scored by no model, and nothing is read of them but
   consents and what service needs.
3. **eligible**: not held already, of a kind the product is for, and every rule satisfied: eligibility before
   applicability before suitability, and within each those of all actions before those of a group before
   those of one. A rule that comes out unknown is not satisfied.
4. **permitted**: consent by purpose and channel, of which the newest statement holds and silence is a no;
   then caps, spacing and suppression over the contact history.
5. **valued**: expected value = probability × value × context weight × lever − cost, above the minimum.
6. **ranked and chosen**: each action through its best channel, the best first, at most `max_actions`, none
   that excludes a better one. Where nothing is left, the policy's `fallback`, "nothing" unless stated.
7. **held out or not**: a keyed hash of customer and period says who belongs to the permanent control group.
8. **another way of deciding or not**: `[arms]` gives shares of the rest to `random`, `propensity_only` or
   `no_levers`, as sticky as the holdout; what is forbidden stays forbidden there. `nextbest impact` then
   tells what the decisioning itself is worth against each.

## The policy

```toml
{policy}
```

The catalogue: credit card 80 a year, mortgage 900, savings account 60. The policy's own figures replace the
card's: (95 − 15) × 4 years.

## The customer

What was known at the snapshot; decided on {today}.

{customer}

## What was dropped, and why

{dropped}

The rules came out so:

{conditions}

The savings account is held already. The income does not carry a mortgage. The fee was waived 200 days ago,
and the policy allows that once a year. The call centre may not be used for marketing: the refusal for that
channel is newer than the general consent. A greeting is not worth a call.

## What was left is valued

{factors}

{sums}

What the values are made of:

{parts}

## The decision

At most {most} actions are done: {chosen}.

The customer's number for the holdout of {period} is {draw}; below {share} would be held out. The arm is
**{arm}**.

## Beyond one customer

- **Campaign.** The list is selected under all limits at once. It is worked off over `[campaign] days`; a
  channel with a `daily_capacity` makes at most that many contacts each day, and `day` in the list says
  which are made when, the best first. Quiet hours bind a request that gives `local_hour`, languages
  everyone.
- **One customer at a time.** A channel that has made its `daily_capacity` of the day's contacts, counted
  from the ledger over all processes, is no candidate any more, but for whoever asks through it: there the
  customer is at hand. Which channels were full is kept with the decision, so that it can be made again
  alone. A campaign's contacts are not counted among them.
- **Exploring in a campaign.** With `[exploration]`, `share` of the probability goes evenly to what may
  stand in for the action selected, by the same channel, at no higher cost under a budget, never for or from
  a product with a quota: no limit can break, and each probability is exact. Thompson's drawings are for
  single decisions.
- **Arms in a campaign.** An arm has its share of every limit and fills it by its own rule: `random` in any
  order, `propensity_only` the likeliest first, `no_levers` by selecting at the worth without levers. So a
  customer there earns what all would, were they decided that way.
- **What if.** `nextbest whatif BANK --policy NEW` reads the ledger: each decision again under the new
  policy, campaigns selected anew. Decisions where it might do what was never tried are left out and
  counted; above one in twenty, or below 200 effective decisions, it is refused.
"""


if __name__ == "__main__":
    print(page(), end="")
