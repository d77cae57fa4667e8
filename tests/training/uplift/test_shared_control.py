"""Three arms, two offers and nobody contacted, become two trials; what does not add up is refused."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.errors import BadInputError, GateError
from features.layout import Feature, Layout, ViewLayout, load_layout
from features.progress import silent
from features.spec import BankSpec, read_spec
from features.tables import open_bank
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from training.uplift.arranged import read_trials
from training.uplift.shared_control import with_shared_controls
from training.uplift.train import sound_trials, train_uplift
from training.uplift.trial import Trial

CARD, LOAN = "cross_sell:card", "cross_sell:loan"
JANUARY, APRIL = "2024-01-01", "2024-04-01"
DRAW = [
    # customer, action, treated, probability of what the customer got, snapshot
    (1, CARD, True, 0.5, JANUARY),
    (2, LOAN, True, 0.3, JANUARY),
    (3, None, False, 0.2, JANUARY),
    (4, None, False, 0.2, JANUARY),
]


def contacts(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Each the day after its snapshot."""
    frame = pd.DataFrame(rows, columns=[CUSTOMER_ID, "action", "treated", "probability", SNAPSHOT_DATE])
    frame[SNAPSHOT_DATE] = pd.to_datetime(frame[SNAPSHOT_DATE])
    return frame.assign(day=frame[SNAPSHOT_DATE] + timedelta(days=1))


def told(frame: pd.DataFrame, action: str) -> list[tuple[int, bool, float]]:
    rows = frame[frame["action"] == action]
    return list(
        zip(rows[CUSTOMER_ID], rows["treated"], rows["probability"].astype(float).round(9), strict=True)
    )


def test_a_shared_control_is_control_of_every_action_of_its_draw() -> None:
    found = with_shared_controls(contacts(DRAW))
    pair = round(0.5 / 0.7, 9)
    assert told(found, CARD) == [(1, True, pair), (3, False, pair), (4, False, pair)]
    assert told(found, LOAN) == [(2, True, 0.6), (3, False, 0.6), (4, False, 0.6)]
    assert len(found) == 6


def test_thirds_rounded_to_two_decimals_are_halves_among_two() -> None:
    rows = [(*row[:3], 0.33, row[4]) for row in DRAW]
    assert set(with_shared_controls(contacts(rows))["probability"]) == {0.5}


def test_an_action_with_control_rows_of_its_own_shares_none() -> None:
    own = [(5, "retain", True, 0.7, JANUARY), (6, "retain", False, 0.7, JANUARY)]
    found = with_shared_controls(contacts([*DRAW, *own]))
    assert told(found, "retain") == [(5, True, 0.7), (6, False, 0.7)]
    assert len(told(found, CARD)) == 3


def test_draws_of_other_snapshots_have_shares_of_their_own() -> None:
    later = [(1, CARD, True, 0.9, APRIL), (2, None, False, 0.1, APRIL)]
    found = with_shared_controls(contacts([*DRAW, *later]))
    assert [probability for _, _, probability in told(found[found[SNAPSHOT_DATE] == APRIL], CARD)] == [
        0.9
    ] * 2
    assert len(told(found, LOAN)) == 3


def test_without_a_shared_control_nothing_changes() -> None:
    rows = contacts([(1, CARD, True, 0.7, JANUARY), (2, CARD, False, 0.7, JANUARY)])
    assert with_shared_controls(rows) is rows


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (
            [*DRAW[:2], (3, None, False, 0.8, JANUARY)],
            r"arms' probabilities add up to 1\.6, not 1: control 0\.8, cross_sell:card 0\.5, .*loan 0\.3\.",
        ),
        (DRAW[2:], r"add up to 0\.2, not 1: control 0\.2\."),
        (
            [*DRAW, (5, CARD, True, 0.6, JANUARY)],
            r"probabilities of cross_sell:card lie between 0\.5 and 0\.6",
        ),
        ([*DRAW, (5, None, False, 0.1, JANUARY)], r"probabilities of control lie between 0\.1 and 0\.2"),
        ([*DRAW, (1, None, False, 0.2, JANUARY)], r"customer 1 is in it twice on 2024-01-02"),
        (
            [*DRAW, (5, CARD, True, 0.5, APRIL)],
            r"snapshot 2024-04-01: cross_sell:card is treated there without any control, and shares one",
        ),
    ],
)
def test_what_does_not_add_up_is_refused_with_the_way_to_record_it(
    rows: list[tuple[Any, ...]], why: str
) -> None:
    with pytest.raises(BadInputError, match=rf"{why}.* record a control row for each action"):
        with_shared_controls(contacts(rows))


DAY = date(2024, 1, 1)
CUSTOMERS = 3600
RANDOM = np.random.default_rng(3)
AGE = RANDOM.uniform(-1, 1, CUSTOMERS)
ARM = RANDOM.integers(0, 3, CUSTOMERS)
"""0: the card is offered, 1: the loan, 2: nothing."""
EFFECT = {"card": 0.3, "loan": 0.2}
"""On average: twice that for the young and none for the old; of the loan the other way round."""


LATE = pa.table({CUSTOMER_ID: [0], "product": ["loan"], "opened_on": [date(2024, 3, 1)]})
"""The data goes on beyond the window."""


class FakeStore:
    """Every customer's age."""

    def historical(self, service_name: str, entities: pa.Table) -> pa.Table:
        assert service_name.startswith("uplift-")
        return pa.table({CUSTOMER_ID: entities[CUSTOMER_ID], "age": AGE[entities[CUSTOMER_ID].to_numpy()]})


def opened(arm: np.ndarray) -> pa.Table:
    """Who opened what within the month: 10 of 100, and whom the offer moved."""
    random, tables = np.random.default_rng(4), []
    for place, (product, effect) in enumerate(EFFECT.items()):
        moved = (arm == place) * 2 * effect * ((AGE < 0) if place == 0 else (AGE >= 0))
        ids = np.flatnonzero(random.random(CUSTOMERS) < 0.1 + moved)
        day = pa.array([date(2024, 1, 10)] * len(ids))
        tables.append(pa.table({CUSTOMER_ID: ids, "product": [product] * len(ids), "opened_on": day}))
    return pa.concat_tables(tables)


def recorded(
    customer: np.ndarray, action: list[str | None], treated: np.ndarray, probability: float
) -> pa.Table:
    return pa.table(
        {
            CUSTOMER_ID: customer,
            "at": [datetime(2024, 1, 2, 12)] * len(customer),  # noqa: DTZ001  # the tables hold naive UTC
            "action": pa.array(action, pa.string()),
            "arm": np.where(treated, "treatment", "control"),
            "assignment_probability": np.full(len(customer), probability),
        }
    )


def once(arm: np.ndarray) -> pa.Table:
    """A row a customer; those of control name no action."""
    actions = np.array([CARD, LOAN, None])[arm].tolist()
    return recorded(np.arange(CUSTOMERS), actions, arm < 2, 1 / 3)


def once_an_action(arm: np.ndarray) -> pa.Table:
    """Control comes once for each action."""
    rows = [(one, np.flatnonzero((arm == place) | (arm == 2))) for place, one in enumerate((CARD, LOAN))]
    return pa.concat_tables(recorded(ids, [one] * len(ids), arm[ids] < 2, 1 / 2) for one, ids in rows)


def trials(spec: BankSpec) -> Mapping[str, Trial]:
    return read_trials(open_bank(spec), load_layout(spec), FakeStore(), silent).trials


@pytest.fixture
def ready(
    write_bank: Any,
    with_database: Callable[[BankSpec], BankSpec],
    save_built: Callable[[BankSpec, Layout], None],
) -> Callable[..., BankSpec]:
    """A bank with one snapshot and a draw the day after."""

    def make(record: Callable[[np.ndarray], pa.Table], arm: np.ndarray = ARM) -> BankSpec:
        rows = record(arm)
        tables = {
            "customers": pa.table(
                {CUSTOMER_ID: np.arange(CUSTOMERS), "joined_on": [date(2020, 1, 1)] * CUSTOMERS}
            ),
            "holdings": pa.concat_tables([opened(arm), LATE], promote_options="default"),
            "contacts": rows.append_column("contact_id", pa.array([f"c{n}" for n in range(len(rows))])),
        }
        folder = write_bank(
            tables,
            snapshots={"dates": [DAY]},
            window={"horizon_days": 30},
            products={product: {"name_en": product} for product in EFFECT},
        )
        spec = read_spec(folder)
        view = ViewLayout(
            name="customer", description="", for_models=True, features=(Feature(name="age", kind="number"),)
        )
        layout = Layout(
            customer_id_type="int64", views=(view,), sensitive=(), snapshots=(DAY,), fingerprint="f" * 64
        )
        save_built(spec, layout)
        return with_database(spec)

    return make


def test_three_arms_teach_both_actions_their_own_effect(ready: Callable[..., BankSpec]) -> None:
    found = train_uplift(ready(once), store=FakeStore())
    assert [found.rows[one] for one in (CARD, LOAN)] == [int((other != ARM).sum()) for other in (1, 0)]
    for product, effect in EFFECT.items():
        # Three standard errors of a difference of two shares among 1,200 customers each.
        assert found.metrics[f"average_effect.cross_sell.{product}"] == pytest.approx(effect, abs=0.05)
        assert found.metrics[f"qini_low.cross_sell.{product}"] > 0


def test_a_control_row_for_each_action_tells_the_same(ready: Callable[..., BankSpec]) -> None:
    one, other = (trials(ready(record)) for record in (once, once_an_action))
    for action in (CARD, LOAN):
        assert one[action].same_contacts(other[action])
        assert np.array_equal(one[action].matrix, other[action].matrix)
        assert set(one[action].probability) == {0.5}
    shared = np.intersect1d(one[CARD].customer, one[LOAN].customer)
    assert len(shared) == (ARM == 2).sum()


def test_a_control_that_features_foretell_is_refused(ready: Callable[..., BankSpec]) -> None:
    """Of those who drew control, the young were offered the card after all; others made up for them."""
    random = np.random.default_rng(5)
    moved = (ARM == 2) & (AGE < 0) & (random.random(CUSTOMERS) < 0.5)
    kept = (ARM == 0) & (AGE >= 0) & (random.random(CUSTOMERS) < 0.5)
    arm = np.where(moved, 0, np.where(kept, 2, ARM))
    with pytest.raises(GateError) as error:
        train_uplift(ready(once, arm), store=FakeStore())
    for action in (CARD, LOAN):  # what they share is not as drawn
        assert f"{action}: the treatment arm differs from control" in str(error.value)


def test_a_treatment_that_features_foretell_is_refused_alone(ready: Callable[..., BankSpec]) -> None:
    """The rows of half of the young who drew the loan are missing."""
    random = np.random.default_rng(5)
    lost = (ARM == 1) & (AGE < 0) & (random.random(CUSTOMERS) < 0.5)
    spec = ready(lambda arm: once(arm).filter(pa.array(~lost)))
    sound, refused = sound_trials(trials(spec))
    assert set(sound) == {CARD}
    assert list(refused) == [LOAN]
    assert refused[LOAN].startswith(f"{LOAN}: the treatment arm")
