"""The synthetic bank's own bank.toml, written from the catalogue and the calendar."""

import json

from experiments.synth.dates import Calendar
from experiments.synth.products import CATALOGUE, Line
from experiments.synth.transactions import CATEGORIES, CHANNELS
from experiments.synth.writing import MARK

TABLES = {
    "customers": "customers.parquet",
    "attributes": "attributes/*.parquet",
    "holdings": "holdings.parquet",
    "balances": "balances/*.parquet",
    "transactions": "transactions/*.parquet",
    "interactions": "interactions/*.parquet",
    "contacts": "contacts/*.parquet",
    "consents": "consents.parquet",
}


def bank_toml(calendar: Calendar) -> str:
    """The text of bank.toml: its tables, catalogue, churn rule, window and monthly snapshots."""
    sections = [
        f"{MARK}, written by `nextbest synth`: what is true of it lies in truth/.",
        'name = "Synthetic Bank"\ncurrency = "EUR"\nsensitive = ["sex"]',
        '[churn]\nrule = "closed_all"',
        f"[window]\ngap_days = 0\nhorizon_days = {calendar.horizon_days}",
        f"[snapshots]\nfirst = {calendar.month_first(calendar.first_snapshot)}\n"
        f"last = {calendar.month_first(calendar.months)}",
        *(_table(name, path) for name, path in TABLES.items()),
        *(_product(line) for line in CATALOGUE),
    ]
    return "\n\n".join(sections) + "\n"


def _table(name: str, path: str) -> str:
    lines = [f"[tables.{name}]", f"path = {json.dumps(path)}"]
    if name == "transactions":
        lines += [f"channels = {json.dumps(CHANNELS)}", f"categories = {json.dumps(CATEGORIES)}"]
    return "\n".join(lines)


def _product(line: Line) -> str:
    values = {
        "name_en": line.name_en,
        "name_zh": line.name_zh,
        "annual_value": line.annual_value,
        "category": line.category,
        "kinds": list(line.kinds),
    }
    body = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
    return "\n".join([f"[products.{line.id}]", *body])
