"""The synthetic bank, month by month."""

from datetime import date
from pathlib import Path

import numpy as np

from experiments.synth import tables
from experiments.synth.balances import balances, move_wealth
from experiments.synth.bank_file import bank_toml
from experiments.synth.contacts import run_campaign
from experiments.synth.dates import Calendar
from experiments.synth.hazard import advance_logits
from experiments.synth.interactions import complain, drift_away, meet, move_salaries
from experiments.synth.lifecycle import presence, settle, turn_over
from experiments.synth.population import REACH, People, draw_people
from experiments.synth.state import State, begin
from experiments.synth.transactions import pay
from experiments.synth.truth import truth_at
from experiments.synth.writing import staged
from features.errors import BadInputError
from features.progress import Progress, silent

FIRST_DAY = date(2023, 1, 1)
ENGAGEMENT_LOSS = 1.2
"""What a unit of drift takes off the logarithm of activity."""

ATTRIBUTES_EVERY_MONTHS = 6


def generate(
    out: Path,
    customers: int = 5_000,
    months: int = 24,
    seed: int = 0,
    progress: Progress = silent,
    *,
    replace: bool = False,
    reach: float = REACH,
) -> None:
    """Write a whole bank folder at `out`: Parquet tables, bank.toml, and what is true of it in `truth/`.

    `customers` counts everyone who ever banks there over the `months` from January 2023. truth/churn,
    truth/openings and truth/effects hold one file per first of a month: the probabilities over the label
    window [snapshot, snapshot + 90 days) given the whole state at the snapshot, and what a treatment on
    that day would change (truth.py). The product never reads them. The same arguments give the same bytes;
    memory stays bounded by one month. `reach`: how likely a consenting customer is drawn for a contact in
    a month. `replace` lets an earlier synthetic bank at `out` go, with all that was computed beside it.

    Raises BadInputError for fewer than 10 customers or 6 months, or if `out` is already in use.
    """
    if customers < 10 or months < 6:
        raise BadInputError(
            f"a synthetic bank needs at least 10 customers and 6 months, not {customers}, {months}"
        )
    calendar = Calendar(FIRST_DAY, months)
    people = draw_people(customers, calendar, _rng(seed, 0), reach)
    state = begin(people, calendar, _rng(seed, 1))
    with staged(out, replace) as folder:
        tables.write_customers(folder, people)
        tables.write_consents(folder, people, _rng(seed, 2))
        for month in range(months):
            snapshot(folder, people, state, calendar, month)
            live(folder, people, state, calendar, month=month, seed=seed)
            progress("synthetic bank", month + 1, months)
        snapshot(folder, people, state, calendar, months)
        tables.write_holdings(folder, state)
        (folder / "bank.toml").write_text(bank_toml(calendar), encoding="utf-8")


def snapshot(out: Path, people: People, state: State, calendar: Calendar, month: int) -> None:
    """Settle the log-odds of the month's beginning, and write down what is then true."""
    advance_logits(people, state, calendar, month)
    if month >= calendar.first_snapshot:
        truth = truth_at(people, state, calendar, month)
        tables.write_truth(out, state.here, truth, calendar.month_first(month))


def live(out: Path, people: People, state: State, calendar: Calendar, *, month: int, seed: int) -> None:
    """Simulate one month and write its tables; the state becomes that of the next month's beginning."""
    rng = _rng(seed, 3 + month)
    start, end = calendar.start(month), calendar.start(month + 1)
    name = f"{calendar.month_first(month):%Y-%m}"

    campaign = run_campaign(people, state, calendar, month, rng)
    turnover = turn_over(people, state, calendar, month, rng)
    there = presence(people, state, turnover, calendar, month)
    complaints = complain(people, state, there, rng)
    drift_away(state, complaints[0], move_salaries(state, rng), start, rng)
    state.complaints.appendleft((complaints[0], complaints[2]))
    engagement = np.exp(-ENGAGEMENT_LOSS * state.drift)
    move_wealth(state, rng)

    tables.write_contacts(out, campaign, turnover.opened, day=start, month=name, rng=rng)
    encounters = meet(people, there, engagement, complaints, rng)
    tables.write_interactions(out, encounters, calendar.start(calendar.months), name, rng)
    tables.write_transactions(out, pay(people, state, there, engagement, rng), name)
    tables.write_balances(out, balances(people, state, turnover.closed), end - 1, name)
    if month % ATTRIBUTES_EVERY_MONTHS == 0 or turnover.joins.any():
        due = turnover.joins | (state.here & (month % ATTRIBUTES_EVERY_MONTHS == 0))
        tables.write_attributes(out, people, due, start, name)
    settle(state, turnover)


def _rng(seed: int, stream: int) -> np.random.Generator:
    """Independent streams, so that a change in one concern leaves the others' draws alone."""
    return np.random.default_rng([seed, stream])
