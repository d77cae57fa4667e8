"""Erasing a customer from what was built: partitions and the online store, never the bank's own tables."""

import os
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.arrays import as_ids
from features.layout import Layout, features_folder
from features.online_file import online_path, read_mark
from features.partitions import PARTIAL
from features.progress import Progress
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID


def erase_customer(spec: BankSpec, layout: Layout, customer_id: int | str, progress: Progress) -> int:
    """Erase one customer from every partition and from what is online; returns the partitions rewritten.

    Each file is written aside, then renamed: killed in between, a second start finishes. What is online is
    put there anew from the partitions, in place of a file that would keep the row in its free pages.
    """
    rewritten = sum(
        _rewrite(path, customer_id, layout)
        for path in sorted(features_folder(spec.state).glob("*/*.parquet"))
    )
    mark = read_mark(online_path(spec.state))
    if mark is None:
        return rewritten
    if mark.signature != layout.signature() or mark.snapshot not in layout.snapshots:
        # Of features that are no longer built: nobody can be served from it, nor can it be put there anew.
        online_path(spec.state).unlink()
        return rewritten
    from features.store import open_store

    # Does nothing where as many customers are online as the partitions hold.
    open_store(spec, layout).materialise(mark.snapshot, progress)
    return rewritten


def _rewrite(path: Path, customer_id: int | str, layout: Layout) -> int:
    ids = pq.read_table(path, columns=[CUSTOMER_ID])[CUSTOMER_ID]
    wanted: Any = as_ids([customer_id], layout.customer_id_type)[0]
    if not pc.any(pc.equal(ids, wanted)).as_py():
        return 0
    table = pq.read_table(path)
    aside = path.with_name(f"{path.name}{PARTIAL}")
    try:
        pq.write_table(table.filter(pc.not_equal(table[CUSTOMER_ID], wanted)), aside, compression="zstd")
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return 1
