"""CSV files are read by their headers, and a header that cannot be is refused by name."""

import gzip
from pathlib import Path

import pytest

from features.csv_files import Header, line_with_other_ending, read_csv_files, read_header
from features.errors import BadInputError
from features.reading import connect


def file_of(folder: Path, content: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    return path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n1,2\n", Header(("a", "b"), ",")),
        (b"\xef\xbb\xbfa;b\r\n1;2\r\n", Header(("a", "b"), ";")),
        (b'"a, b"\tc', Header(("a, b", "c"), "\t")),
        (b",a\n0,1\n", Header(("column0", "a"), ",")),
        ("名字,b\n".encode(), Header(("名字", "b"), ",")),
        (b"a\r1\r2\r", Header(("a",), ",")),
    ],
)
@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_header_is_read(tmp_path: Path, content: bytes, expected: Header, name: str) -> None:
    assert read_header(file_of(tmp_path, content, name), "t") == expected


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", r"t\.csv is empty: expected a header"),
        (b"\n\n", r"t\.csv is empty"),
        (b"\na,b\n", r"t\.csv, line 1: expected a header in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), r"t\.csv, line 1: expected a header in UTF-8"),
        ("größe,b\n".encode("latin-1"), r"t\.csv, line 1: expected a header in UTF-8"),
        (b"a,b,A\n1,2,3\n", r"t\.csv, line 1: the column 'a' is named twice"),
    ],
)
def test_a_header_that_names_no_columns_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    with pytest.raises(BadInputError, match=rf"table t: {fault}"):
        read_header(file_of(tmp_path, content), "t")


def test_a_file_that_is_no_gzip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_text("a,b\n1,2\n")
    with pytest.raises(BadInputError, match=r"table t: t\.csv\.gz cannot be read"):
        read_header(tmp_path / "t.csv.gz", "t")


def test_files_are_matched_by_name_whatever_their_order_and_delimiter(tmp_path: Path) -> None:
    files = [
        file_of(tmp_path, b"a,order\n1,x\n", "1.csv"),
        file_of(tmp_path, b"order;a\ny;2\n", "2.csv"),
        file_of(tmp_path, b"a,order\n3,\n", "3.csv"),
        file_of(tmp_path, b"a,more\n4,z\n", "4.csv"),
    ]
    table = read_csv_files(connect(tmp_path / "state"), files, "t").order_by("a")
    assert table.columns == ("a", "order", "more")
    assert list(table.to_pyarrow().to_pydict().values()) == [
        ["1", "2", "3", "4"],
        ["x", "y", None, None],
        [None, None, None, "z"],
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a\n1\n2\n", None),
        (b"a\r\n1\r\n2", None),
        (b"a\r\n1\n2\r\n", 2),
        (b"a\n1\n2\r\n", 3),
        (b"a\n1\r2\n", 2),
        (b"", None),
    ],
)
def test_the_line_that_ends_otherwise_is_found(tmp_path: Path, content: bytes, line: int | None) -> None:
    assert line_with_other_ending(file_of(tmp_path, content)) == line
