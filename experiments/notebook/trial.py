"""The data frames of a bank that drew by lot whom to offer a card: half of the young want one if asked."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

CUSTOMERS: Final = 4000
CONTACTED: Final = date(2024, 1, 1)
SETTINGS: Final[Mapping[str, Any]] = {
    "name": "Bank of one trial",
    "snapshots": {"dates": [CONTACTED, date(2024, 5, 1)]},
    "products": {"card": {"name_en": "Card", "name_zh": "信用卡", "annual_value": 60.0}},
    "window": {"horizon_days": 60},
}


def frames(seed: int = 0) -> dict[str, pd.DataFrame]:
    """customers, contacts and holdings: an offer brings 25 of 100 who are below 40, and hardly any other."""
    random = np.random.default_rng(seed)
    ids, age = np.arange(CUSTOMERS), random.integers(18, 80, CUSTOMERS)
    asked = random.uniform(size=CUSTOMERS) < 0.5
    opens = random.uniform(size=CUSTOMERS) < 0.05 + np.where(asked & (age < 40), 0.25, 0.0)
    customers = {"customer_id": ids, "joined_on": date(2020, 1, 1), "birth_year": 2024 - age}
    contacts = {
        "contact_id": ids,
        "customer_id": ids,
        "at": pd.Timestamp(CONTACTED) + pd.Timedelta(hours=9),
        "action": "cross_sell:card",
        "channel": "email",
        "arm": np.where(asked, "treatment", "control"),
        "assignment_probability": 0.5,
    }
    opened = [CONTACTED + timedelta(days=int(day)) for day in random.integers(2, 70, opens.sum())]
    holdings = {"customer_id": ids[opens], "product": "card", "opened_on": opened}
    return {
        name: pd.DataFrame(table)
        for name, table in (("customers", customers), ("contacts", contacts), ("holdings", holdings))
    }
