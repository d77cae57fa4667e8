"""Contacts of several months whose true effects are known."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.spec import BankSpec, WindowSpec
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.dataset import Rows
from training.uplift.contacts import Contacts

MONTHS = [date(2024, month, 1) for month in range(1, 7)]
SEEN = "transactions_days_since_last"
FEATURES = (("signal", "number"), ("risk", "number"), (SEEN, "number"), ("tier", "text"))
PEOPLE = 1200

MakeContacts = Callable[..., Contacts]


@pytest.fixture
def horizon(spec: BankSpec) -> BankSpec:
    """A bank whose outcomes are known after 30 days."""
    return spec.model_copy(update={"window": WindowSpec(horizon_days=30)})


@pytest.fixture(scope="session")
def make_contacts() -> MakeContacts:
    return contacts


def contacts(
    turning: float = 0.0, actions: tuple[str, ...] = ("retain",), months: int = len(MONTHS)
) -> Contacts:
    """Half of `PEOPLE` are contacted a month, three days after the snapshot; the effect is 0.3 times a sign.

    The sign is that of the signal, and turns against it by the share `turning` of customers a month; the risk
    moves the outcome and no effect.
    """
    offered, panel, features = [], [], []
    for month, day in enumerate(MONTHS[:months]):
        random = np.random.default_rng(month)  # a month is the same whatever follows
        signal, risk = random.uniform(-1, 1, (2, PEOPLE))
        days, tier = np.exp(random.normal(3, 1, PEOPLE)), random.choice(["valuable", "dormant"], PEOPLE)
        told = pd.DataFrame({"signal": signal, "risk": risk, SEEN: days, "tier": tier})
        keys = pd.DataFrame({CUSTOMER_ID: np.arange(PEOPLE), SNAPSHOT_DATE: pd.Timestamp(day)})
        treated, turned = random.random(PEOPLE) < 0.5, random.random(PEOPLE) < turning * month
        effect = 0.3 * np.sign(signal) * np.where(turned, -1, 1)
        chance = 0.5 + 0.15 * risk
        outcome = (random.random(PEOPLE) < chance + effect * (treated - 0.5)).astype(float)
        lot = {"treated": treated, "probability": 0.5, "outcome": outcome}
        after = pd.Timestamp(day + timedelta(days=3))
        rows = keys.assign(action=actions[month % len(actions)], day=after, **lot)
        chosen = random.random(PEOPLE) < 0.5
        offered.append((rows[chosen], told[chosen]))
        others = (random.random(PEOPLE) < chance).astype(float)
        panel.append(keys.assign(**dict.fromkeys(actions, others)))
        features.append(told)
    frame = pd.concat([rows for rows, _ in offered])
    order = np.lexsort([frame["day"], frame[CUSTOMER_ID], frame["action"]])
    people = pd.concat(panel, ignore_index=True)
    known = pd.concat([pd.concat([told for _, told in offered]).iloc[order], *features])
    return _read(frame.iloc[order].reset_index(drop=True), people, known)


def _read(frame: pd.DataFrame, people: pd.DataFrame, known: pd.DataFrame) -> Contacts:
    both = pd.concat([frame, people])
    days = pa.array(both[SNAPSHOT_DATE].dt.date, pa.date32())
    keys = pa.table({CUSTOMER_ID: both[CUSTOMER_ID].to_numpy(), SNAPSHOT_DATE: days})
    matrix = known.assign(tier=np.nan).to_numpy(float)
    texts = pa.table({"tier": known["tier"].to_list()})
    rows = Rows(FEATURES, ("label",), keys, matrix, texts, np.zeros((len(both), 1)))  # type: ignore[arg-type] # literals
    return Contacts(frame, people, rows, {})
