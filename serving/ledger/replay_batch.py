"""Deciding a campaign again: every customer, and the choice among them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import BadInputError
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from serving.campaign.pool import Pool, pooled
from serving.decision.compiled import CompiledPolicy
from serving.decision.decide import decide
from serving.decision_table import decision_table
from serving.ledger.batch import FEATURE, HIDDEN, PUBLIC_COLUMNS, ROW, SCORE, TRACE, trace_fingerprints
from serving.ledger.files import BatchFile
from serving.ledger.keys import Keys
from serving.ledger.record import score_names
from serving.ledger.rows import row_bytes
from serving.ledger.setting import Setting
from serving.ledger.verify_batch import check_batch, read_batch
from serving.models import ALL_THREADS, ScoringModel

if TYPE_CHECKING:
    from serving.ledger.replay import Deciders, Replayed

CHUNK_ROWS: Final = 50_000


@dataclass(frozen=True)
class Before:
    """What a campaign was decided with."""

    file: BatchFile
    setting: Setting
    compiled: CompiledPolicy
    models: tuple[ScoringModel, ...]
    keys: Keys


class DifferentError(Exception):
    """Something came out otherwise: what, and of which row."""


def replay_batch(file: BatchFile, deciders: "Deciders") -> "Replayed":
    """One campaign again: scores and traces customer by customer, then the choice.

    Where customers were erased the choice among all cannot be made again; the others' scores and traces are.
    """
    from serving.ledger.replay import Replayed

    name = f"campaign {file.batch_id}"
    erased = len(file.erased)
    count = int(file.public["rows"]) - erased
    fault = next(check_batch(deciders.ledger, file), None)
    if fault:
        return Replayed(name, f"a changed byte: {fault.what}", count, erased)
    try:
        setting, compiled = deciders.setting(file.public)
        models = deciders.models(file.public["models"])
        before = Before(file, setting, compiled, models, deciders.ledger.keys)
        _again(read_batch(deciders.ledger, file), before)
    except (BadInputError, DifferentError) as error:
        return Replayed(name, str(error), count, erased)
    return Replayed(name, None, count, erased)


def _again(stored: pa.Table, before: Before) -> None:
    """Raise DifferentError naming the first thing that comes out otherwise."""
    from serving.campaign.run import choose
    from serving.ledger.witness import public_columns

    kept = stored.filter(pc.is_valid(stored[HIDDEN])) if before.file.erased else stored
    pools = list(_pools(kept, before))
    if before.file.erased or not pools:
        return
    choice = choose(pools)
    again = row_bytes(public_columns(choice))
    _compare(again, row_bytes(stored.select(list(PUBLIC_COLUMNS))), stored, "choice")


def _pools(kept: pa.Table, before: Before) -> Iterator[Pool]:
    public, setting = before.file.public, before.setting
    today, snapshot = (date.fromisoformat(public[name]) for name in ("decided_on", "snapshot_date"))
    scored = [name for name in json.loads(public["columns"]) if name.startswith(SCORE)]
    for start in range(0, kept.num_rows, CHUNK_ROWS):
        part = kept.slice(start, CHUNK_ROWS)
        customers = decision_table(
            _features(part, snapshot, setting, before.keys), before.models, ALL_THREADS, before.compiled
        )
        names = [SCORE + name for name in score_names(customers, setting)]
        if names != scored:
            raise DifferentError(f"scores: {', '.join(scored)} were kept, {', '.join(names)} come out")
        for name in scored:
            own = customers.select([name.removeprefix(SCORE)])
            _compare(row_bytes(own), row_bytes(part.select([name])), part, name.replace(".", " "))
        again = decide(customers, before.compiled, today)
        _compare(trace_fingerprints(again), part[TRACE].to_pylist(), part, "trace")
        yield pooled(again)


def _features(part: pa.Table, snapshot: date, setting: Setting, keys: Keys) -> pa.Table:
    ids = pa.array(keys.reveal(part[HIDDEN].to_pylist()), setting.id_type)
    days = pa.repeat(pa.scalar(snapshot, pa.date32()), part.num_rows)
    named = {name: part[FEATURE + name] for name, _ in setting.columns}
    return pa.table({CUSTOMER_ID: ids, SNAPSHOT_DATE: days, **named})


def _compare(again: list[bytes], before: list[bytes], rows: pa.Table, what: str) -> None:
    different = np.array([one != other for one, other in zip(again, before, strict=True)], dtype=np.bool_)
    if different.any():
        first = rows[ROW][int(np.flatnonzero(different)[0])].as_py()
        raise DifferentError(
            f"row {first}: {what}: the same bytes, model and policy decide otherwise "
            f"in {different.sum()} rows; the code or a library has changed"
        )
