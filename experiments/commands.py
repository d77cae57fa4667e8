"""The commands that make a bank."""

from pathlib import Path

import click

from features.options import print_columns, progress_bars, today_utc


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("demo-bank"), show_default=True)
@click.option("--customers", type=click.IntRange(min=200), default=5000, show_default=True)
@click.option("--months", type=click.IntRange(min=12), default=24, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
def demo(folder: Path, customers: int, months: int, seed: int) -> None:
    """Make a synthetic bank and run the whole path: check, features, train, campaign.

    A synthetic bank that is in the folder already is replaced, with its models and everything beside it.
    """
    from experiments.demo import run_demo

    with progress_bars() as progress:
        result = run_demo(
            folder, customers=customers, months=months, seed=seed, today=today_utc(), progress=progress
        )
    columns = ("rank", "customer_id", "action", "channel", "expected_value", "reasons")
    title = f"Top actions at {result.summary.snapshot}"
    print_columns(title, columns, result.contacts.slice(0, 20).select(columns).to_pylist())
    click.echo(f"Report: {folder / 'campaign' / 'report.html'}")


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--customers", type=click.IntRange(min=1), default=5000, show_default=True)
@click.option("--months", type=click.IntRange(min=1), default=24, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
def synth(out: Path, customers: int, months: int, seed: int) -> None:
    """Write a synthetic bank to OUT, with the truth it was drawn from in OUT/truth."""
    from experiments.synth import generate

    with progress_bars() as progress:
        generate(out, customers=customers, months=months, seed=seed, progress=progress)
    click.echo(f"Bank: {out}")
