"""Which file is a campaign's follows from its entry and the erasures after it."""

import json
from pathlib import Path
from typing import Any

from serving.ledger.append import append
from serving.ledger.files import batch_files, flush_to_disk, locked
from serving.ledger.schema import Kind


def test_the_newest_erasure_names_the_file(world: Any) -> None:
    public = json.dumps({"file": "a", "file_sha256": "1", "rows": 9})
    erasures = [
        json.dumps({"decisions": [], "batches": {"b": {"rows": rows, "file": name, "file_sha256": name}}})
        for rows, name in (([1], "c"), ([2, 3], "d"))
    ]
    with world.ledger.writing() as connection:
        append(connection, [(Kind.BATCH, {"batch_id": "b", "public": public})], world.ledger.now())
        (file,) = batch_files(connection)
        assert (file.name, file.sha256, file.erased) == ("a", "1", frozenset())
        append(connection, [(Kind.ERASURE, {"public": one}) for one in erasures], world.ledger.now())
        (file,) = batch_files(connection)
    assert (file.name, file.sha256, file.erased, file.public["rows"]) == ("d", "d", frozenset({1, 2, 3}), 9)


def test_what_is_written_is_there(tmp_path: Path) -> None:
    with locked(tmp_path / "file") as sink:
        sink.write(b"content")
    flush_to_disk(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"content"
