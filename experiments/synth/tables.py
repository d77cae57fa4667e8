"""The simulation's arrays as the design's tables, one file a month where a table is large."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from experiments.synth.balances import Balances
from experiments.synth.contacts import (
    NOBODY,
    OFFER_TREATED,
    RETAIN,
    RETAIN_TREATED,
    Campaign,
)
from experiments.synth.interactions import INTERACTION_CHANNELS, INTERACTIONS, Encounters
from experiments.synth.population import NO_DAY, REGIONS, SEXES, Flags, Floats, People
from experiments.synth.products import KINDS, PRODUCTS, STAGES
from experiments.synth.state import Spells, State
from experiments.synth.transactions import CATEGORIES, CHANNELS, Payments
from experiments.synth.truth import Truth
from experiments.synth.writing import days, ids, moments, numbers, words, write

DAY_SECONDS = 86_400
CONSENT_CHANNELS = ("app", "email", "call_centre", "branch")
MANAGER, MANAGED_SHARE = "relationship_manager", 0.1
"""The wealthiest have a manager, and are asked whether he may call."""
OUTCOMES = ("accepted", "declined", "ignored")
ACCEPTED, DECLINED, IGNORED = range(3)
IGNORED_AFTER_DAYS = 14


def write_customers(out: Path, people: People) -> None:
    """customers: one row each, with the further columns sex, region and uses_app."""
    write(
        out / "customers.parquet",
        {
            "customer_id": ids(np.arange(len(people))),
            "joined_on": days(people.joined),
            "kind": words(people.kind, KINDS),
            "birth_date": days(people.born),
            "sex": words(people.sex, SEXES, null=True),
            "region": words(people.region, REGIONS),
            "uses_app": pa.array(people.digital.astype(np.int8)),
        },
    )


def write_attributes(out: Path, people: People, present: Flags, day: int, month: str) -> None:
    """attributes: life stage and a band of monthly income of the customers present, as of a day."""
    who = np.flatnonzero(present)
    band = np.exp(np.round(np.log(people.income[who]), 1))
    write(
        out / "attributes" / f"{month}.parquet",
        {
            "customer_id": ids(who),
            "as_of": days(np.maximum(people.joined[who], day)),
            "life_stage": words(people.stage(day)[who], STAGES),
            "income": pa.array(np.round(band, -2)),
        },
    )


def write_holdings(out: Path, state: State) -> None:
    """holdings: the spells that ended and those still open, by customer."""
    state.spells.add(state.held, state.opened, np.array(NO_DAY))
    spells: Spells = state.spells
    customer, product, opened, closed = (
        np.concatenate(parts) for parts in (spells.customer, spells.product, spells.opened, spells.closed)
    )
    order = np.lexsort((opened, product, customer))
    write(
        out / "holdings.parquet",
        {
            "customer_id": ids(customer[order]),
            "product": words(product[order], PRODUCTS),
            "opened_on": days(opened[order]),
            "closed_on": days(closed[order]),
        },
    )


def write_consents(out: Path, people: People, rng: np.random.Generator) -> None:
    """consents: to marketing, by channel, given on joining and by some withdrawn later.

    The wealthiest are asked about their manager's calls too.
    """
    customer, channel = (each.ravel() for each in np.indices((len(people), len(CONSENT_CHANNELS))))
    managed = np.flatnonzero(people.wealth >= np.quantile(people.wealth, 1 - MANAGED_SHARE))
    customer = np.concatenate([customer, managed])
    channel = np.concatenate([channel, np.full(len(managed), len(CONSENT_CHANNELS))])
    granted = people.consents[customer] & (rng.random(len(customer)) < 0.85)
    withdrawn = granted & (people.withdraws[customer] != NO_DAY)
    who = np.concatenate([customer, customer[withdrawn]])
    when = np.concatenate([people.joined[customer], people.withdraws[customer[withdrawn]]])
    write(
        out / "consents.parquet",
        {
            "customer_id": ids(who),
            "at": moments(when * DAY_SECONDS + 12 * 3600),
            "purpose": pa.array(["marketing"] * len(who)),
            "channel": words(np.concatenate([channel, channel[withdrawn]]), (*CONSENT_CHANNELS, MANAGER)),
            "granted": pa.array(np.concatenate([granted, np.zeros(withdrawn.sum(), dtype=bool)])),
        },
    )


def write_transactions(out: Path, payments: Payments, month: str) -> None:
    """transactions of one month, by customer."""
    write(
        out / "transactions" / f"{month}.parquet",
        {
            "customer_id": ids(payments.customer),
            "at": moments(payments.second),
            "amount": pa.array(payments.amount),
            "channel": words(payments.channel, CHANNELS),
            "category": words(payments.category, CATEGORIES),
        },
    )


def write_balances(out: Path, balances: Balances, day: int, month: str) -> None:
    """balances on a month's last day."""
    write(
        out / "balances" / f"{month}.parquet",
        {
            "customer_id": ids(balances.customer),
            "product": words(balances.product, PRODUCTS),
            "as_of": days(np.full(len(balances.customer), day)),
            "balance": pa.array(balances.balance),
        },
    )


def write_interactions(
    out: Path, encounters: Encounters, end: int, month: str, rng: np.random.Generator
) -> None:
    """interactions of one month, resolved by the data's end or not; some visits are recorded late."""
    count = len(encounters.customer)
    second = encounters.day * DAY_SECONDS + rng.integers(8 * 3600, 20 * 3600, count)
    late = (encounters.channel == INTERACTION_CHANNELS.index("branch")) & (rng.random(count) < 0.3)
    recorded = np.minimum(second + late * DAY_SECONDS, end * DAY_SECONDS - 1)
    unresolved = (encounters.resolved == NO_DAY) | (encounters.resolved >= end)
    write(
        out / "interactions" / f"{month}.parquet",
        {
            "customer_id": ids(encounters.customer),
            "at": moments(second),
            "kind": words(encounters.kind, INTERACTIONS),
            "channel": words(encounters.channel, INTERACTION_CHANNELS),
            "resolved_at": moments(encounters.resolved * DAY_SECONDS + 21 * 3600, unresolved),
            "recorded_at": moments(recorded),
        },
    )


def write_contacts(
    out: Path, campaign: Campaign, opened: Flags, *, day: int, month: str, rng: np.random.Generator
) -> None:
    """contacts of one month; an offer is accepted if the product is opened in the month."""
    count = len(campaign.customer)
    retain = campaign.product == RETAIN
    assert (campaign.product != NOBODY).all()
    second = (day + rng.integers(0, 2, count)) * DAY_SECONDS + rng.integers(9 * 3600, 18 * 3600, count)
    took = np.where(retain, rng.random(count) < 0.35, opened[campaign.customer, campaign.product])
    outcome = np.where(took, ACCEPTED, np.where(rng.random(count) < 0.3, DECLINED, IGNORED))
    outcome = np.where(campaign.treated, outcome, -1)
    waited = np.where(outcome == IGNORED, IGNORED_AFTER_DAYS, rng.integers(1, 6, count))
    actions = ("retain", *(f"cross_sell:{product}" for product in PRODUCTS))
    write(
        out / "contacts" / f"{month}.parquet",
        {
            "contact_id": pa.array([f"{month}-{number:07d}" for number in range(count)]),
            "customer_id": ids(campaign.customer),
            "at": moments(second),
            "action": words(campaign.product + 1, actions),
            "channel": words(rng.integers(0, len(CONSENT_CHANNELS), count), CONSENT_CHANNELS),
            "arm": words(campaign.treated.astype(int), ("control", "treatment")),
            "assignment_probability": pa.array(np.where(retain, RETAIN_TREATED, OFFER_TREATED)),
            "outcome": words(outcome, OUTCOMES, null=True),
            "outcome_at": moments(second + waited * DAY_SECONDS, outcome < 0),
        },
    )


def write_truth(out: Path, here: Flags, truth: Truth, snapshot: date) -> None:
    """truth/churn, truth/openings and truth/effects at one snapshot; float32, one row per customer here."""
    key = {
        "customer_id": ids(np.flatnonzero(here)),
        "snapshot_date": pa.array([snapshot] * int(here.sum()), pa.date32()),
    }
    name = f"{snapshot}.parquet"
    write(out / "truth" / "churn" / name, {**key, "churn": numbers(truth.churn, pa.float32())})
    write(out / "truth" / "openings" / name, {**key, **_by_product("", truth.openings)})
    retain = {"retain": numbers(truth.retain_effect, pa.float32())}
    offers = _by_product("cross_sell:", truth.offer_effects)
    write(out / "truth" / "effects" / name, {**key, **retain, **offers})


def _by_product(prefix: str, values: Floats) -> dict[str, pa.Array]:
    columns = {prefix + product: values[:, place] for place, product in enumerate(PRODUCTS)}
    return {name: numbers(column, pa.float32()) for name, column in columns.items()}
