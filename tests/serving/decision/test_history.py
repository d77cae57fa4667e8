"""The contact history read back, against counts by hand."""

import numpy as np
import pyarrow as pa

from serving.decision.customers import Customers
from serving.decision.history import NEVER, read_history

TEXTS = [
    "005|003|cross_sell:card|email;012||retain|;040|020|cross_sell:loan|app",
    None,
    "001||retain:gift|app",
]
CUSTOMERS = Customers(pa.table({"customer_id": [1, 2, 3], "contact_history": pa.array(TEXTS, pa.string())}))


def test_counts_by_scope_channel_and_window() -> None:
    history = read_history(CUSTOMERS)
    assert history.count(history.of("all"), 365).tolist() == [3, 0, 1]
    assert history.count(history.of("all"), 12).tolist() == [2, 0, 1]
    assert history.count(history.of("all"), 11).tolist() == [1, 0, 1]
    assert history.count(history.of("retain"), 365).tolist() == [1, 0, 1]
    assert history.count(history.of("cross_sell:loan"), 365).tolist() == [1, 0, 0]
    assert history.count(history.of("all", "app"), 365).tolist() == [1, 0, 1]
    assert history.count(history.of("all", "email"), 4).tolist() == [0, 0, 0]


def test_days_since_the_last() -> None:
    history = read_history(CUSTOMERS)
    assert history.days_since(history.of("all")).tolist() == [5, NEVER, 1]
    assert history.days_since(history.of("cross_sell", "app")).tolist() == [40, NEVER, NEVER]


def test_refusals_let_rest_from_the_newest_on() -> None:
    history = read_history(CUSTOMERS)
    everything = history.of("all")
    rests = [
        # Refusals asked, within, rest for: refused 3 and 20 days ago.
        (1, 365, 4, True),
        (1, 365, 3, False),
        (2, 18, 30, True),
        (2, 17, 30, False),
        (3, 365, 365, False),
    ]
    for refusals, within, for_days, expected in rests:
        found = history.rests(everything, refusals, within, for_days)
        assert found.tolist() == [expected, False, False]


def test_nothing_known_is_no_contact() -> None:
    for customers in (pa.table({"customer_id": [1]}), pa.table({"customer_id": pa.array([], pa.int64())})):
        history = read_history(Customers(customers))
        assert not len(history.whose)
        assert not history.count(history.of("retain", "app"), 365).any()
        assert np.isinf(history.days_since(history.of("all"))).all()
