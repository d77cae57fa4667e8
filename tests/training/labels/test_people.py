"""Whom a rule speaks of is a matter of who has rows."""

import ibis

from features.vocabulary import CUSTOMER_ID
from training.labels.people import LABEL, absent, distinct, within

PEOPLE = ibis.memtable({CUSTOMER_ID: [1, 2, 3]})
ROWS = ibis.memtable({CUSTOMER_ID: [2, 2, 4]})


def test_each_is_there_once() -> None:
    assert sorted(distinct(ROWS).to_pyarrow()[CUSTOMER_ID].to_pylist()) == [2, 4]


def test_only_those_with_rows_are_within() -> None:
    assert within(PEOPLE, ROWS).to_pyarrow()[CUSTOMER_ID].to_pylist() == [2]


def test_who_has_no_rows_is_absent() -> None:
    found = absent(PEOPLE, ROWS).order_by(CUSTOMER_ID).to_pyarrow()
    assert found.to_pydict() == {CUSTOMER_ID: [1, 2, 3], LABEL: [1.0, 0.0, 1.0]}
