"""Further columns: typed from the data, or left out with the reason."""

import ibis
import pyarrow as pa
import pytest

from features.further import Further, infer


def inferred(values: pa.Array) -> Further:
    table = ibis.duckdb.connect().create_table("t", pa.table({"x": values}))
    return infer(table, ["x"])


@pytest.mark.parametrize(
    ("values", "type_name"),
    [
        (["1", " -2.5e3 ", ".5", "0", "NA", None], "float64"),
        (["1", "two"], "string"),
        (["0012", "0013"], "string"),
        (["e5", "e7"], "string"),
        (["2024-01-31", "2024-02-01 10:00", ""], "date"),
        (["31.01.2024"], "string"),
        (["true", "FALSE", None], "boolean"),
        (["yes", "no"], "string"),
    ],
)
def test_text_that_is_throughout_of_a_type_takes_it(values: list[str | None], type_name: str) -> None:
    assert inferred(pa.array(values)) == Further({"x": type_name}, {})


@pytest.mark.parametrize(
    ("values", "type_name"),
    [
        (pa.array([1, 2]), "float64"),
        (pa.array([1.5, None]), "float64"),
        (pa.array([True]), "boolean"),
        (pa.array([0], pa.date32()), "date"),
        (pa.array([0], pa.timestamp("us")), "date"),
    ],
)
def test_typed_columns_keep_their_kind(values: pa.Array, type_name: str) -> None:
    assert inferred(values) == Further({"x": type_name}, {})


def test_half_the_rows_may_have_a_text_of_their_own_but_no_more() -> None:
    just = [f"name {row // 2}" for row in range(200)]
    assert inferred(pa.array(just)).types == {"x": "string"}
    above = inferred(pa.array([*just[:199], "another"]))
    assert above.left_out == {
        "x": "its 101 different texts in 200 rows name customers rather than describe them"
    }


def test_few_rows_may_all_differ() -> None:
    assert inferred(pa.array([f"name {row}" for row in range(100)])).types == {"x": "string"}


def test_more_than_a_thousand_texts_are_too_many() -> None:
    assert inferred(pa.array([f"t{row % 1000}" for row in range(3000)])).types == {"x": "string"}
    assert (
        "1001 different texts" in inferred(pa.array([f"t{row % 1001}" for row in range(3000)])).left_out["x"]
    )


@pytest.mark.parametrize(
    "values", [pa.array([None, "NA"]), pa.array([], pa.int64()), pa.array([float("nan")])]
)
def test_a_column_without_values_is_left_out(values: pa.Array) -> None:
    assert inferred(values).left_out == {"x": "it has no value before the first snapshot"}


def test_a_type_no_model_reads_is_left_out() -> None:
    assert "none a model can use" in inferred(pa.array([[1, 2]])).left_out["x"]
