"""The commands about the ledger."""

from dataclasses import asdict
from itertools import islice
from pathlib import Path

import click

from features.errors import BadInputError, GateError
from features.options import bank_argument, json_option, pairs, print_rows, progress_bars, spec_of

NAMED = 10
"""Findings told; the first is what to look at."""


@click.group()
def ledger() -> None:
    """Look into the ledger of decisions, and verify it."""


@ledger.command()
@bank_argument
@click.option("--head", default=None, help="A hash kept elsewhere; the chain must hold it.")
def verify(bank: Path, head: str | None) -> None:
    """Find any changed byte, removed record or swapped pair, in database and files. Exit code 1 if any."""
    from serving.ledger.opening import open_ledger
    from serving.ledger.verify import summarise
    from serving.ledger.verify import verify as findings_of

    opened = open_ledger(spec_of(bank))
    findings = list(islice(findings_of(opened, head), NAMED))
    if findings:
        raise GateError("the ledger is not what was appended\n" + "\n".join(f"  {one}" for one in findings))
    summary = summarise(opened)
    click.echo(f"whole: {summary.sequence} entries, head {summary.hash}")


@ledger.command()
@bank_argument
@json_option
def show(bank: Path, as_json: bool) -> None:
    """Counts, the newest entry, and the head: its hash, kept elsewhere, proves that nothing is missing."""
    from serving.ledger.opening import open_ledger
    from serving.ledger.verify import summarise

    summary = asdict(summarise(open_ledger(spec_of(bank))))
    figures = summary.pop("counts") | summary
    print_rows("Ledger", [figures] if as_json else pairs(figures), as_json)


@click.command()
@bank_argument
@click.argument("decision", required=False)
@click.option("--all", "everything", is_flag=True, help="Every decision in the ledger.")
def replay(bank: Path, decision: str | None, everything: bool) -> None:
    """Decide again from what was kept, and compare to the last bit. Exit code 1 on a difference."""
    from functools import partial

    from serving.ledger.opening import open_ledger
    from serving.ledger.replay import replay_all, replay_one
    from serving.registry import load_version

    if everything == bool(decision):
        raise BadInputError("replay: give either a decision's id or --all")
    spec = spec_of(bank)
    opened, load = open_ledger(spec), partial(load_version, spec)
    done = erased = 0
    for one in replay_all(opened, load) if decision is None else [replay_one(opened, load, decision)]:
        if one.difference:
            raise GateError(f"{one.record}: {one.difference}")
        done, erased = done + one.decisions, erased + one.erased
    note = f"; {erased} were erased" if erased else ""
    click.echo(f"{done} decisions decided again, the same to the last bit{note}")


@click.command()
@bank_argument
@click.argument("file", type=click.Path(path_type=Path))
def outcome(bank: Path, file: Path) -> None:
    """Record what became of decisions: FILE (.csv or .parquet) has decision_id, outcome and at.

    An outcome is accepted, declined, ignored or churned; each is recorded once a decision.
    """
    from serving.ledger.opening import open_ledger
    from serving.ledger.outcome_file import import_outcomes

    done = import_outcomes(open_ledger(spec_of(bank)), file)
    click.echo(f"{done.recorded} outcomes recorded, {done.repeated} known already")


@click.command()
@bank_argument
@click.argument("customer")
def forget(bank: Path, customer: str) -> None:
    """Erase a customer from features, online store and personal parts of the ledger, which still verifies."""
    from serving.forget import forget_customer

    with progress_bars() as progress:
        forgotten = forget_customer(spec_of(bank), customer, progress)
    click.echo(
        f"erased from {forgotten.partitions} feature files and from {forgotten.decisions} decisions. "
        "Not touched: the bank's own tables, from which features are built again, and lists or scores "
        "written elsewhere."
    )
