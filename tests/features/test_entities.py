from datetime import date

import pyarrow as pa
import pytest

from features.entities import ENTITY_ROW, entity_frame, in_their_order

ENTITIES = pa.table(
    {
        "customer_id": [7, 5, 7],
        "snapshot_date": pa.array([date(2024, 2, 1), date(2024, 1, 1), date(2024, 1, 1)], pa.date32()),
    }
)


def test_each_entity_has_its_number_and_its_midnight_in_utc() -> None:
    frame = entity_frame(ENTITIES)
    assert frame["customer_id"].tolist() == [7, 5, 7]
    assert frame[ENTITY_ROW].tolist() == [0, 1, 2]
    assert [moment.isoformat() for moment in frame["event_timestamp"]] == [
        "2024-02-01T00:00:00+00:00",
        "2024-01-01T00:00:00+00:00",
        "2024-01-01T00:00:00+00:00",
    ]
    assert str(frame["event_timestamp"].dtype) == "datetime64[us, UTC]"  # DuckDB fails at nanoseconds


def test_an_answer_in_any_order_is_put_in_the_order_asked() -> None:
    found = pa.table({ENTITY_ROW: [2, 0, 1], "balance": [2.5, 0.5, 1.5]})
    assert in_their_order(found, 3)["balance"].to_pylist() == [0.5, 1.5, 2.5]


@pytest.mark.parametrize("rows", [[0, 1], [0, 1, 1], [0, 1, 3], [0, 1, 2, 2]])
def test_a_row_lost_or_doubled_is_refused(rows: list[int]) -> None:
    with pytest.raises(RuntimeError, match=f"answered 3 entities with {len(rows)} rows"):
        in_their_order(pa.table({ENTITY_ROW: rows}), 3)
