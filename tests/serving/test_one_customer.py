"""A customer asked about on the command line; test_service holds the answer against the service's."""

from typing import Literal

import pytest

from features.errors import BadInputError
from features.layout import Layout
from serving.one_customer import as_id


def layout(kind: Literal["int64", "string"]) -> Layout:
    return Layout(customer_id_type=kind, views=(), sensitive=(), snapshots=(), fingerprint="0")


def test_an_id_is_read_in_the_banks_own_type() -> None:
    assert as_id("0017", layout("int64")) == 17
    assert as_id("0017", layout("string")) == "0017"
    with pytest.raises(BadInputError, match="customer 'Jane': this bank's customers have whole numbers"):
        as_id("Jane", layout("int64"))
