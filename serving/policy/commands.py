"""The commands about a policy: does it suit the bank, and what would another one change."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.options import (
    bank_argument,
    json_option,
    newest,
    pairs,
    print_rows,
    progress_bars,
    snapshot_option,
    spec_of,
)

if TYPE_CHECKING:
    from serving.policy.diff import PolicyDiff

POLICY_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def policy() -> None:
    """Check a policy against a bank, or compare two, before anyone is contacted."""


@policy.command()
@bank_argument
@snapshot_option
@click.option("--policy", "file", type=POLICY_FILE, default=None, help="Default: the bank's own policy.toml.")
@json_option
def check(bank: Path, snapshot: date | None, file: Path | None, as_json: bool) -> None:
    """Validate a policy against a bank, and show whom each stage and rule takes each action from."""
    from serving.policy.check import check_policy
    from serving.policy.file import load_policy, read_policy

    spec = spec_of(bank)
    chosen = read_policy(file) if file else load_policy(spec)
    day = snapshot or newest(spec)
    with progress_bars() as progress:
        found = check_policy(spec, chosen, day, progress, today=day)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    figures = found.model_dump(exclude={"actions", "funnel", "warnings"})
    print_rows("Policy", pairs(figures), as_json=False)
    print_rows("Customers by action: taken away at each stage, and left", _dumped(found.actions), False)
    print_rows("Customers by reason", _dumped(found.funnel), False)
    _warn(found.warnings)


@policy.command()
@bank_argument
@click.argument("before", type=POLICY_FILE)
@click.argument("after", type=POLICY_FILE)
@snapshot_option
@json_option
def diff(bank: Path, before: Path, after: Path, snapshot: date | None, as_json: bool) -> None:
    """Show what policy AFTER in place of BEFORE does to a snapshot's list, the newest or an earlier one's."""
    from serving.policy.diff import diff_policies
    from serving.policy.file import read_policy

    spec = spec_of(bank)
    both = read_policy(before), read_policy(after)
    day = snapshot or newest(spec)
    with progress_bars() as progress:
        found = diff_policies(spec, both, day, progress, today=day)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    _print_diff(found)


def _print_diff(found: "PolicyDiff") -> None:
    click.echo(f"{found.bank} at {found.snapshot}: {found.before} -> {found.after} ({found.currency})")
    print_rows("In total", _dumped([found.total]), False)
    for title, changes in (
        ("By action", found.actions),
        ("By channel", found.channels),
        ("By tier", found.tiers),
    ):
        print_rows(title, _dumped(changes), False)
    loads = [
        {
            "channel": name,
            "load_before": found.load_before.get(name),
            "load_after": found.load_after.get(name),
        }
        for name in dict.fromkeys((*found.load_before, *found.load_after))
    ]
    print_rows("Channel load, as a share of capacity", loads, False)
    _warn(found.warnings)


def _dumped(rows: Any) -> list[dict[str, Any]]:
    """Rows with their money rounded to cents, for eyes."""
    return [{name: _cents(value) for name, value in row.model_dump().items()} for row in rows]


def _cents(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
