"""In a campaign's file a changed value, byte, row or place is found, whoever also mends the file's digest."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from serving.ledger.chain import sha256
from serving.ledger.files import BatchFile, batch_files
from serving.ledger.forget import forget_in_ledger
from serving.ledger.verify_batch import check_batch, read_batch


def only(world: Any) -> BatchFile:
    with world.ledger.reading() as connection:
        (file,) = batch_files(connection)
    return file


def path_of(world: Any) -> Path:
    path: Path = world.ledger.folder / only(world).name
    return path


def faults(world: Any, file: BatchFile) -> list[str]:
    return [str(one) for one in check_batch(world.ledger, file)]


def changed(column: pa.ChunkedArray, place: int) -> pa.Array:
    """The column with another value at one place."""
    values = column.to_pylist()
    value = values[place]
    match value:
        case None:
            values[place] = {"string": "x", "binary": b"x", "double": 0.5}[str(column.type)]
        case bool():
            values[place] = not value
        case str():
            values[place] = value + "x"
        case bytes():
            values[place] = value[:-1] + bytes([value[-1] ^ 1])
        case _:
            values[place] = value + 1
    return pa.array(values, column.type)


def test_another_value_in_any_column_is_found_even_with_a_new_file_digest(world: Any) -> None:
    world.campaign(list(range(1, 25)))
    forget_in_ledger(world.ledger, 2)
    file, path = only(world), path_of(world)
    table = read_batch(world.ledger, file)
    for place, name in enumerate(table.column_names):
        for row in (0, table.num_rows - 1):
            other = table.set_column(place, name, changed(table[name], row))
            pq.write_table(other, path)
            assert faults(world, file), name
            mended = BatchFile(file.batch_id, file.public, file.name, sha256(path.read_bytes()), file.erased)
            assert faults(world, mended), name


def test_swapped_and_removed_rows_are_found_even_with_a_new_file_digest(world: Any) -> None:
    world.campaign(list(range(1, 25)))
    file, path = only(world), path_of(world)
    table = read_batch(world.ledger, file)
    order = list(range(table.num_rows))
    order[3], order[4] = 4, 3
    for other in (table.take(pa.array(order)), table.slice(1), table.slice(0, 23)):
        pq.write_table(other, path)
        mended = BatchFile(file.batch_id, file.public, file.name, sha256(path.read_bytes()), file.erased)
        assert faults(world, mended)


def test_any_byte_of_the_file_counts(world: Any) -> None:
    world.campaign(list(range(1, 13)))
    file, path = only(world), path_of(world)
    content = path.read_bytes()
    for place in range(0, len(content), 97):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert faults(world, file)
    path.write_bytes(content)
    assert faults(world, file) == []
    path.unlink()
    assert "was removed" in faults(world, file)[0]


def test_an_erased_row_filled_again_is_found(world: Any) -> None:
    world.campaign(list(range(1, 13)))
    before = read_batch(world.ledger, only(world))
    forget_in_ledger(world.ledger, 5)
    file, path = only(world), path_of(world)
    pq.write_table(before, path)
    mended = BatchFile(file.batch_id, file.public, file.name, sha256(path.read_bytes()), file.erased)
    assert "was erased, and yet" in faults(world, mended)[0]


@pytest.mark.parametrize("seal_key", [None, b"k" * 32])
def test_the_file_tells_no_customer_id_and_its_content_only_with_the_key(
    tmp_path: Path, make_world: Any, seal_key: bytes | None
) -> None:
    world = make_world(tmp_path, seal_key=seal_key)
    world.campaign(list(range(1, 13)))
    table = read_batch(world.ledger, only(world))
    assert "customer_id" not in " ".join(table.column_names)
    assert pc.count_distinct(table["pseudonym"]).as_py() == 12
    assert (path_of(world).read_bytes()[:4] == b"PAR1") == (seal_key is None)
    assert faults(world, only(world)) == []
