"""The commands about scores and decisions."""

from datetime import date
from pathlib import Path

import click

from features.json_text import json_text
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


@click.command()
@bank_argument
@snapshot_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A .parquet or .csv file.")
def score(bank: Path, snapshot: date | None, out: Path) -> None:
    """Write churn and every product's propensity for every customer at a snapshot."""
    from serving.scores import score_bank

    spec = spec_of(bank)
    with progress_bars() as progress:
        scored = score_bank(spec, snapshot or newest(spec), out, progress)
    for model in scored.missing:
        click.echo(f"note: no {model} model has been promoted; its columns are left out")
    for note in scored.notes:
        click.echo(f"note: {note}")
    click.echo(f"{scored.rows} customers scored by {scored.model_versions}: {out}")


HEADLINES = {
    *("bank", "currency", "snapshot", "decided_on", "customers", "contacted", "contacts", "held_out"),
    *("held_out_idle", "crowded_out", "no_action", "expected_value", "cost", "bound", "gap", "greedy_value"),
    *("model_versions", "policy_version", "warnings"),
}
"""Of a campaign's figures, those shown on the command line."""


@click.command()
@bank_argument
@snapshot_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder, replaced whole.")
@json_option
def campaign(bank: Path, snapshot: date | None, out: Path, as_json: bool) -> None:
    """Choose the best action per customer within budget, capacity, consent and contact rules."""
    from serving.campaign.run import run_campaign

    spec = spec_of(bank)
    with progress_bars() as progress:
        day = snapshot or newest(spec)
        result = run_campaign(spec, day, out, progress, today=day)
    if as_json:
        click.echo(result.summary.model_dump_json(indent=2))
    else:
        figures = result.summary.model_dump(include=HEADLINES)
        figures["warnings"] = "; ".join(figures["warnings"]) or "none"
        print_rows("Campaign", pairs(figures), as_json=False)
        click.echo(f"Report: {out / 'report.html'}")


@click.command()
@bank_argument
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=3000, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True)
def serve(bank: Path, host: str, port: int, workers: int) -> None:
    """Put the newest snapshot online and serve scores and decisions."""
    from serving.run import become_server, prepare

    spec = spec_of(bank)
    with progress_bars() as progress:
        notes = prepare(spec, host, port, progress)
    for note in notes:
        click.echo(f"note: {note}")
    become_server(spec, host, port, workers)


@click.command()
@bank_argument
@click.argument("customer")
@click.option("--channel", default=None, help="Only actions on this channel.")
@click.option("--trace", is_flag=True, help="Every candidate, each factor, and each rule's outcome.")
def decide(bank: Path, customer: str, channel: str | None, trace: bool) -> None:
    """The ranked actions for one customer, as the service would answer but for channels full today."""
    from serving.one_customer import decide_one

    answer = decide_one(spec_of(bank), customer, channel=channel, trace=trace)
    click.echo(json_text(answer, indent=2))


@click.command()
@bank_argument
@click.option("--port", type=click.IntRange(1, 65534), default=5000, show_default=True)
def ui(bank: Path, port: int) -> None:
    """Open MLflow's page on PORT and Feast's on the next one, on 127.0.0.1, until interrupted."""
    from serving.pages import serve_pages

    serve_pages(spec_of(bank), port, click.echo)
