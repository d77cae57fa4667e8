"""Pairs of actions that exclude one another."""

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from tests.serving.decision.conftest import Compile

CUSTOMERS = pa.table({"customer_id": [1]})


def pairs(compiled: "Compile", first: str, second: str) -> tuple[tuple[int, int], ...]:
    never = [{"name": "n", "first": first, "second": second}]
    return compiled(CUSTOMERS, contact={"never": never}).exclusions


def test_scopes_become_pairs_of_places(compiled: "Compile") -> None:
    # Places: retain 0, card 1, loan 2, greeting 3.
    assert compiled(CUSTOMERS).exclusions == ()
    assert (
        pairs(compiled, "retain", "cross_sell") == pairs(compiled, "cross_sell", "retain") == ((0, 1), (0, 2))
    )
    assert pairs(compiled, "cross_sell", "cross_sell") == ((1, 2),)
    assert pairs(compiled, "service:greet", "all") == ((0, 3), (1, 3), (2, 3))
    assert pairs(compiled, "retain", "retain") == ()
