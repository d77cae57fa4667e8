"""The design's columns: every table names its customer, and says when a row was recorded."""

import ibis.expr.datatypes as dt
import pytest

from features.columns import COLUMNS, ID, types_of
from features.point_in_time import EVENT, KEYS, LATER
from features.vocabulary import CUSTOMER_ID, RECORDED_AT, Table


@pytest.mark.parametrize("table", Table)
def test_every_table_has_a_customer_and_a_time_of_recording(table: Table) -> None:
    columns = {column.name: column for column in COLUMNS[table]}
    assert len(columns) == len(COLUMNS[table])
    assert columns[CUSTOMER_ID].required
    assert columns[RECORDED_AT].type == "timestamp"
    assert not columns[RECORDED_AT].required


@pytest.mark.parametrize("table", Table)
def test_time_is_cut_by_columns_that_are_there(table: Table) -> None:
    types = types_of(COLUMNS[table], "int64")
    whens = [EVENT[table]] if table in EVENT else []
    whens += [when for _, when in LATER.get(table, ())]
    assert all(dt.dtype(types[when]).is_temporal() for when in whens)
    assert set(KEYS.get(table, ())) <= set(types)


@pytest.mark.parametrize("id_type", ["int64", "string"])
def test_ids_take_the_customers_own_type(id_type: str) -> None:
    found = types_of(COLUMNS[Table.CONTACTS], id_type)
    assert found[CUSTOMER_ID] == id_type
    assert found["contact_id"] == "string"
    assert ID not in found.values()
