"""Files become lazy tables, or an error that names them."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import BadInputError
from features.reading import connect, nearest, read, readable


def rows(folder: Path, path: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (
        read(connect(folder / "state"), folder, path, "t").to_pyarrow().to_pylist()
    )
    return sorted(found, key=str)


def test_parquet_keeps_its_types_and_csv_is_text(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    (tmp_path / "t.csv").write_text("a,b\n01,\n")
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a;b\n1;x y\n"))
    assert rows(tmp_path, "t.parquet") == [{"a": 1}]
    assert rows(tmp_path, "t.csv") == [{"a": "01", "b": None}]
    assert rows(tmp_path, "t.csv.gz") == [{"a": "1", "b": "x y"}]


def test_files_of_a_glob_are_matched_by_column_name(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "part" / "2.csv").write_text("b,a\n4,3\n")
    assert rows(tmp_path, "*/?.csv") == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_a_path_may_be_absolute_or_climb(tmp_path: Path) -> None:
    (tmp_path / "bank").mkdir()
    (tmp_path / "t.csv").write_text("a\n1\n")
    assert (
        rows(tmp_path / "bank", "../*.csv")
        == rows(tmp_path / "bank", str(tmp_path / "t.csv"))
        == [{"a": "1"}]
    )


def test_a_missing_file_is_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("a\n1\n")
    with pytest.raises(
        BadInputError, match=r"tables\.t\.path: no file matches 'costumers\.csv'.*'customers\.csv'"
    ):
        rows(tmp_path, "costumers.csv")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_text("")
    with pytest.raises(BadInputError, match=r"expected \.parquet, \.csv, \.csv\.gz, found t\.xlsx"):
        rows(tmp_path, "t.xlsx")


@pytest.mark.parametrize("path", ["", "a**b.csv"])
def test_a_path_that_is_none_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(BadInputError, match=r"tables\.t\.path"):
        rows(tmp_path, path)


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "bank").write_text("a file where the folder should be")
    with pytest.raises(BadInputError, match="cannot be made"):
        connect(tmp_path / "bank" / ".nextbest")


def test_parquet_and_csv_do_not_mix(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    with pytest.raises(BadInputError, match="found both"):
        rows(tmp_path, "t.*")


@pytest.mark.parametrize("name", ["t.parquet", "t.csv.gz"])
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("neither\n")
    with pytest.raises(BadInputError, match=rf"table t: {name} cannot be read"):
        rows(tmp_path, name)


@pytest.mark.parametrize(
    ("content", "line", "fault"),
    [
        (b"a,b\n1,2\n3\n5,secret\n", 3, "expected 2 values, found 1"),
        (b"a,b\n1,2\n3,secret,5\n", 3, "expected 2 values, found 3"),
        (b"a,b\n1,2\n" + 3000 * b"3,4\n" + b"5\n", 3003, "expected 2 values, found 1"),
        ("a,b\n1,Zürich\n2,secret\n".encode("latin-1"), 2, "not UTF-8"),
        (b'a,b\n1,"secret\n3,4\n', 2, "a quote is not closed, or closed before the value ends"),
        (b'a,b\n1,"2"secret\n', 2, "a quote is not closed, or closed before the value ends"),
        (b"a,b\r\n1,2\r\n3,secret\n5,6\r\n", 3, "ends otherwise than line 1; let all lines end alike"),
        (b"a,b\n1,2\n3,4\n5,secret\r\n", 4, "ends otherwise than line 1; let all lines end alike"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_but_not_the_line(
    tmp_path: Path, content: bytes, line: int, fault: str
) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(BadInputError) as error, readable("t", "*.csv"):
        rows(tmp_path, "*.csv")
    assert str(error.value) == f"table t: t.csv, line {line}: {fault}"


@pytest.mark.parametrize("content", [b"", b"no Parquet at all", b"PAR1" + 50 * b"x"])
def test_what_is_no_parquet_is_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(BadInputError, match=r"^table t: t\.parquet cannot be read: not a Parquet file"):
        rows(tmp_path, "t.parquet")


def test_of_several_files_the_faulty_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(BadInputError, match=r"^table t: 2\.csv, line 3: "), readable("t", "*.csv"):
        rows(tmp_path, "*.csv")


def test_a_folder_in_place_of_a_file_is_told_from_one_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    with pytest.raises(BadInputError, match=r"'t': a folder; name the files in it, as 't/\*\.parquet'"):
        rows(tmp_path, "t")


def test_a_file_that_breaks_off_is_refused_when_it_is_read(tmp_path: Path) -> None:
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,x\n" % row for row in range(100_000)))
    (tmp_path / "t.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInputError, match=r"table t: t\.csv\.gz cannot be read"), readable("t", "t.csv.gz"):
        rows(tmp_path, "t.csv.gz")


def test_the_nearest_word_is_offered_only_if_near() -> None:
    assert nearest("lone", ["loan", "card"]) == "; did you mean 'loan'?"
    assert nearest("LOAN", ["loan", "card"]) == "; did you mean 'loan'?"
    assert nearest("xyz", ["loan", "card"]) == ""
