"""A campaign's rows: digests that outlive what they are of, and a name that says the same for the same."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serving.ledger.batch import (
    PERSONAL_DIGEST,
    SALT,
    Content,
    open_stored,
    personal_columns,
    trace_fingerprints,
    with_digests,
    write_sealed,
)
from serving.ledger.chain import sha256
from serving.ledger.keys import Keys


def test_a_salt_keeps_equal_rows_apart_and_the_content_the_same(world: Any) -> None:
    one, other = (
        with_digests(personal_columns(world.decisions([1, 2]), world.setting, world.ledger.keys))
        for _ in range(2)
    )
    assert one[PERSONAL_DIGEST] != other[PERSONAL_DIGEST]
    assert one.drop_columns([SALT, PERSONAL_DIGEST]).equals(other.drop_columns([SALT, PERSONAL_DIGEST]))
    names = []
    for table in (one, other, one.slice(1)):
        content = Content(b"k")
        content.add(table)
        names.append(content.name())
    assert names[0] == names[1] != names[2]


def test_a_trace_is_the_customers_own(world: Any) -> None:
    both, alone = world.decisions([1, 2]), world.decisions([2])
    assert trace_fingerprints(both)[1:] == trace_fingerprints(alone)


@pytest.mark.parametrize("seal_key", [None, b"k" * 32])
def test_what_is_stored_opens_again(tmp_path: Path, seal_key: bytes | None) -> None:
    table, keys = pa.table({"a": [1, 2]}), Keys(b"s" * 32, seal_key)
    pq.write_table(table, tmp_path / "whole")
    digest = write_sealed(tmp_path / "stored", tmp_path / "whole", keys)
    content = (tmp_path / "stored").read_bytes()
    assert digest == sha256(content)
    assert open_stored(content, keys).read().equals(table)
