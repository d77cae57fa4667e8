"""The commands about what decisions were worth."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.json_text import json_text
from features.options import Day, bank_argument, json_option, pairs, print_rows, spec_of, today_utc

if TYPE_CHECKING:
    from serving.estimation.evaluate import ImpactAnswer, WhatIfAnswer
    from serving.estimation.impact import Effect
    from serving.estimation.intervals import Interval

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

_decisions = click.option("--decisions", type=_FILE, default=None, help="Parquet, in place of the ledger.")
_today = click.option(
    "--today", type=Day(), default=None, help="Outcomes known by then. Default: today, UTC."
)


@click.command()
@bank_argument
@_decisions
@_today
@click.option(
    "--precision",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=0.005,
    show_default=True,
    help="Half width wanted of an effect's interval, for how many more customers that takes.",
)
@json_option
def impact(bank: Path, decisions: Path | None, today: date | None, precision: float, as_json: bool) -> None:
    """What contacting changed: contacted against held out, by action, by group and overall."""
    from serving.estimation.evaluate import impact_answer
    from serving.estimation.source import log_of

    answer = impact_answer(spec_of(bank), log_of(decisions), today or today_utc(), precision)
    if as_json:
        _print_json(answer)
        return
    found = answer.impact
    title = f"{answer.decisions} decisions on {found.customers} customers, {answer.still_open} still open"
    effects = [*found.actions, *found.groups, found.overall]
    print_rows(title, [_effect_row(one) for one in effects], as_json=False)
    rows = [{"over": one.over, "a customer": _told(one.value, 2)} for one in answer.advantages]
    if rows:
        print_rows(f"Our decisions against the other arms, {answer.currency}", rows, as_json=False)
    _warn(answer.warnings)


@click.command()
@bank_argument
@click.option("--policy", type=_FILE, required=True, help="The new policy, a TOML file.")
@_decisions
@click.option("--customers", type=_FILE, default=None, help="Parquet: what those decisions rested on.")
@_today
@click.option(
    "--minimum-effective",
    type=click.FloatRange(min=1),
    default=200.0,
    show_default=True,
    help="Refuse to estimate from fewer effective decisions.",
)
@json_option
def whatif(  # noqa: PLR0917 - click passes options by name
    bank: Path,
    policy: Path,
    decisions: Path | None,
    customers: Path | None,
    today: date | None,
    minimum_effective: float,
    as_json: bool,
) -> None:
    """What a new policy would have earned, from the probabilities logged; refused where they cannot tell."""
    from serving.estimation.evaluate import whatif_answer
    from serving.estimation.source import log_of

    log = log_of(decisions, customers)
    answer = whatif_answer(spec_of(bank), log, policy, today or today_utc(), minimum_effective)
    if as_json:
        _print_json(answer)
        return
    found = answer.whatif
    values = {
        "decisions": found.decisions,
        "customers": found.customers,
        "the same choice": f"{found.agreement:.1%}",
        "effective sample size": f"{found.effective_sample_size:.0f}",
        "logged": _told(found.logged, 3),
        "IPS": _told(found.inverse_propensity, 3),
        "SNIPS": _told(found.self_normalised, 3),
        "doubly robust": _told(found.doubly_robust, 3),
        "gain (doubly robust)": _told(found.gain, 3),
    }
    print_rows(f"{answer.policy_version}, {answer.currency} a decision", pairs(values), as_json=False)
    _warn(answer.warnings)


def _effect_row(one: "Effect") -> dict[str, Any]:
    return {
        "of": one.name,
        "contacted": one.treated,
        "held out": one.held_out,
        "effect": _told(one.effect, 4),
        "money a customer": _told(one.value, 2),
        "incremental value": _told(one.incremental_value, 0),
        "more needed": "" if one.more_needed is None else one.more_needed,
    }


def _told(interval: "Interval | None", digits: int) -> str:
    if interval is None:
        return "no comparison"
    return f"{interval.estimate:.{digits}f} ({interval.low:.{digits}f} to {interval.high:.{digits}f})"


def _print_json(answer: "ImpactAnswer | WhatIfAnswer") -> None:
    from serving.estimation.evaluate import as_json

    click.echo(json_text(as_json(answer), indent=2))


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
