"""What decisions rested on, as the ledger holds it: for asking what another policy would have decided."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from features.errors import BadInputError
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from serving.decision.compiled import REQUEST_PREFIX, CompiledPolicy
from serving.ledger.batch import FEATURE, HIDDEN, ROW, SCORE
from serving.ledger.files import BatchFile, batch_files
from serving.ledger.opening import Ledger
from serving.ledger.record import Unpacked, unpacked
from serving.ledger.schema import BATCHES, DECISIONS
from serving.ledger.setting import Setting, read_setting
from serving.ledger.verify_batch import read_batch

ABOUT: Final = ("decision_id", "batch_id", "policy_version", "asked_channel", "full_channels")


def decided_with(ledger: Ledger, decision_ids: pa.ChunkedArray) -> pa.Table:
    """A row for each of these decisions that is not erased, in the ledger's order.

    Columns: ABOUT (`batch_id` null for a decision of one customer), customer_id, snapshot_date, features,
    scores, and what was said of the moment as request_<name>.

    Raises BadInputError where the personal part is encrypted and the key is not there, or where a column was
    of another type at another time.
    """
    with ledger.reading() as connection:
        rows = connection.execute(
            select(DECISIONS.c.public, DECISIONS.c.personal)
            .where(DECISIONS.c.personal.is_not(None))
            .order_by(DECISIONS.c.sequence)
        ).all()
        files = batch_files(connection)
    singles = [(json.loads(row.public), unpacked(bytes(row.personal), ledger.keys)) for row in rows]
    settings = _settings(
        ledger, {public["policy"] for public, _ in singles} | {f.public["policy"] for f in files}
    )
    parts = [*_singles(singles, settings), *(_campaign(ledger, file, settings) for file in files)]
    wanted = decision_ids.combine_chunks()
    kept = [part.filter(pc.is_in(part["decision_id"], wanted)) for part in parts]
    try:
        return pa.concat_tables([_nothing(), *kept], promote_options="default")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise BadInputError(f"ledger: decisions rest on a column of different types: {error}") from error


def deciding_policies(ledger: Ledger) -> dict[str, CompiledPolicy]:
    """Every policy that decided, by its version."""
    with ledger.reading() as connection:
        said = [
            *connection.scalars(select(DECISIONS.c.public)),
            *connection.scalars(select(BATCHES.c.public)),
        ]
    settings = _settings(ledger, {json.loads(one)["policy"] for one in said})
    compiled = [setting.compiled() for setting in settings.values()]
    return {one.version: one for one in compiled}


def _settings(ledger: Ledger, names: Iterable[str]) -> dict[str, Setting]:
    with ledger.reading() as connection:
        return {name: read_setting(connection, name) for name in sorted(names)}


def _nothing() -> pa.Table:
    return pa.table({name: pa.array([], pa.string()) for name in ABOUT})


def _singles(
    found: Sequence[tuple[Mapping[str, Any], Unpacked]], settings: Mapping[str, Setting]
) -> Iterator[pa.Table]:
    """A table for each setting."""
    for name, setting in settings.items():
        mine = [(public, one) for public, one in found if public["policy"] == name]
        if mine:
            yield _table([public for public, _ in mine], [one for _, one in mine], setting)


def _table(publics: Sequence[Mapping[str, Any]], found: Sequence[Unpacked], setting: Setting) -> pa.Table:
    numbers, texts = ([name for name, of in setting.columns if of == kind] for kind in ("number", "text"))
    matrix = np.vstack([one.numbers for one in found])
    scores = dict.fromkeys(name for one in found for name in one.scores)
    said = dict.fromkeys(name for one in found for name in one.request.values)
    columns: dict[str, Any] = {
        "decision_id": pa.array([public["decision_id"] for public in publics], pa.string()),
        "batch_id": pa.nulls(len(found), pa.string()),
        "policy_version": pa.array([public["policy_version"] for public in publics], pa.string()),
        "asked_channel": pa.array([one.request.channel for one in found], pa.string()),
        "full_channels": pa.array([" ".join(one.request.full) or None for one in found], pa.string()),
        CUSTOMER_ID: pa.array([one.customer_id for one in found], setting.id_type),
        SNAPSHOT_DATE: pa.array([date.fromisoformat(public["snapshot_date"]) for public in publics]),
        **{name: pa.array(matrix[:, place], from_pandas=True) for place, name in enumerate(numbers)},
        **{
            name: pa.array([one.texts[place] for one in found], pa.string())
            for place, name in enumerate(texts)
        },
        **{name: pa.array([one.scores.get(name) for one in found], pa.float64()) for name in scores},
        **{REQUEST_PREFIX + name: pa.array([one.request.values.get(name) for one in found]) for name in said},
    }
    return pa.table(columns)


def _campaign(ledger: Ledger, file: BatchFile, settings: Mapping[str, Setting]) -> pa.Table:
    names = [name for name in json.loads(file.public["columns"]) if name.startswith((FEATURE, SCORE))]
    stored = read_batch(ledger, file, [ROW, HIDDEN, *names])
    stored = stored.filter(pc.is_valid(stored[HIDDEN]))
    setting, count = settings[file.public["policy"]], stored.num_rows
    ids = pc.binary_join_element_wise(pa.scalar(file.batch_id), stored[ROW].cast(pa.string()), ":")
    day = pa.scalar(date.fromisoformat(file.public["snapshot_date"]), pa.date32())
    same = dict.fromkeys(ABOUT[1:]) | {
        "batch_id": file.batch_id,
        "policy_version": file.public["policy_version"],
    }
    return pa.table(
        {
            "decision_id": ids,
            **{name: pa.repeat(pa.scalar(value, pa.string()), count) for name, value in same.items()},
            CUSTOMER_ID: pa.array(ledger.keys.reveal(stored[HIDDEN].to_pylist()), setting.id_type),
            SNAPSHOT_DATE: pa.repeat(day, count),
            **{name.removeprefix(FEATURE).removeprefix(SCORE): stored[name] for name in names},
        }
    )
