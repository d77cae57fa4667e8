"""Recording a campaign: what each chunk was decided on, then what was chosen, then one entry in the chain."""

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sqlalchemy import select

from features.vocabulary import SNAPSHOT_DATE
from serving.campaign.pool import Pool
from serving.decision.arms import NAMES, chance_of, contacted_chance
from serving.decision.decide import Decisions
from serving.decision.vocabulary import NOTHING
from serving.ledger.append import append
from serving.ledger.batch import (
    FEATURE,
    PERSONAL_DIGEST,
    PUBLIC_COLUMNS,
    Content,
    Root,
    personal_columns,
    row_digests,
    with_digests,
    write_sealed,
)
from serving.ledger.chain import canonical
from serving.ledger.files import STAGING, flush_to_disk, locked
from serving.ledger.further import further_text
from serving.ledger.opening import Ledger
from serving.ledger.record import digests, held_back
from serving.ledger.schema import BATCHES, Kind
from serving.ledger.setting import Setting, keep_setting
from serving.models import ScoringModel
from serving.selection.problem import Chosen

if TYPE_CHECKING:
    from serving.campaign.run import Choice

Places = NDArray[np.int64]


@contextmanager
def witnessing(ledger: Ledger, setting: Setting, models: Sequence[ScoringModel]) -> Iterator["Witness"]:
    """A witness of one campaign; what it staged is gone afterwards."""
    keep_setting(ledger, setting)
    staging = ledger.folder / f"{STAGING}-{os.getpid()}-{secrets.token_hex(8)}"
    try:
        with locked(staging) as file, closing(Witness(ledger, setting, models, file)) as witness:
            yield witness
    finally:
        staging.unlink(missing_ok=True)


class Witness:
    """Sees every chunk decided and what was chosen, and appends the campaign as one entry.

    The same campaign once more (the same customers, features, models, policy and choices) has the same ids
    and appends nothing.
    """

    def __init__(
        self, ledger: Ledger, setting: Setting, models: Sequence[ScoringModel], staging: IO[bytes]
    ) -> None:
        self._ledger, self._setting, self._models = ledger, setting, models
        self._staging = staging
        self._writer: pq.ParquetWriter | None = None
        self._content = Content(ledger.keys.secret)
        self._content.say(canonical([setting.hash, digests(models)]))
        self._when: dict[str, str] = {}

    def decided(self, decisions: Decisions) -> None:
        """Stage one chunk, in the order of the campaign's customers."""
        personal = personal_columns(decisions, self._setting, self._ledger.keys)
        self._content.add(personal)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._staging, with_digests(personal).schema, compression="zstd")
            self._when = {
                "decided_on": decisions.today.isoformat(),
                "snapshot_date": ", ".join(str(one) for one in pc.unique(decisions.customers[SNAPSHOT_DATE])),
            }
        self._writer.write_table(with_digests(personal))

    def close(self) -> None:
        """Write no more."""
        if self._writer is not None:
            self._writer.close()

    def chosen(self, choice: "Choice") -> pa.Array:
        """Append the campaign; returns each customer's decision id, in the pool's order."""
        if self._writer is None:
            raise RuntimeError("chosen before anything was decided")
        self.close()
        self._staging.flush()
        public = public_columns(choice)
        if not public.num_rows:
            return pa.array([], pa.string())  # nobody was decided: there is nothing to keep
        self._content.add(public)
        self._content.say(canonical(self._when))
        batch_id = self._content.name()
        with self._ledger.reading() as connection:
            there = connection.scalar(select(BATCHES.c.sequence).where(BATCHES.c.batch_id == batch_id))
        if there is None:
            self._append(batch_id, public)
        return pa.array([f"{batch_id}:{row}" for row in range(public.num_rows)], pa.string())

    def _append(self, batch_id: str, public: pa.Table) -> None:
        """The file is in place before its entry, both within what only one process may do at a time."""
        aside = Path(f"{self._staging.name}.whole")
        stored = Path(f"{self._staging.name}.stored")
        ledger = self._ledger
        try:
            with locked(aside) as whole:
                root, columns = self._joined(whole, public)
            with locked(stored):
                sha256 = write_sealed(stored, aside, ledger.keys)
                flush_to_disk(stored)
                name = file_name(batch_id, sha256)
                said = self._said(batch_id, public, root, columns) | {"file": name, "file_sha256": sha256}
                with ledger.writing() as connection:
                    query = select(BATCHES.c.sequence).where(BATCHES.c.batch_id == batch_id)
                    if connection.scalar(query) is None:
                        stored.replace(ledger.folder / name)
                        flush_to_disk(ledger.folder / name)
                        row = {"batch_id": batch_id, "public": canonical(said)}
                        append(connection, [(Kind.BATCH, row)], ledger.now())
        finally:
            aside.unlink(missing_ok=True)
            stored.unlink(missing_ok=True)

    def _joined(self, sink: IO[bytes], public: pa.Table) -> tuple[str, list[str]]:
        """Write public and personal columns side by side, chunk by chunk; returns the root and the names."""
        root, writer, done = Root(), None, 0
        staged = pq.ParquetFile(self._staging.name)
        for group in range(staged.num_row_groups):
            personal = staged.read_row_group(group)
            part = public.slice(done, personal.num_rows)
            done += personal.num_rows
            root.add(row_digests(part, personal[PERSONAL_DIGEST]))
            table = pa.table({**_columns(part), **_columns(personal)})
            writer = writer or pq.ParquetWriter(sink, table.schema, compression="zstd")
            writer.write_table(table)
        assert writer is not None, "a campaign without customers has no file"
        writer.close()
        return root.hexdigest(), list(table.column_names)

    def _said(self, batch_id: str, public: pa.Table, root: str, columns: list[str]) -> dict[str, Any]:
        return {
            "batch_id": batch_id,
            **self._when,
            "rows": public.num_rows,
            "contacted": int(np.sum(public["contacted"].to_numpy())),
            "held_out": int(np.sum(public["held_out"].to_numpy())),
            "root": root,
            "columns": json.dumps(columns),
            "features": sum(name.startswith(FEATURE) for name in columns),
            "policy": self._setting.hash,
            "policy_version": self._setting.compiled().version,
            "models": digests(self._models),
        }


def file_name(batch_id: str, sha256: str) -> str:
    """A name that changes with the content, so that what replaces a file never overwrites it."""
    return f"{batch_id}.{sha256[:16]}.parquet"


def public_columns(choice: "Choice") -> pa.Table:
    """The public columns of everyone decided, in the pool's order."""
    pool, both = choice.pool, choice.done()
    compiled, factors = pool.compiled, pool.factors
    contacted = (choice.selection.chosen >= 0).any(axis=0)
    action, channel = choice.worth_most()
    done = channel >= 0
    rows = np.flatnonzero(done)
    drawn = np.isin(action, held_back(compiled)) | ~done
    held = pool.held_out & drawn
    share = 1.0 - contacted_chance(compiled.policy.holdout)
    arm = chance_of(compiled, pool.arms, held, drawn, share)

    def number(values: NDArray[np.float64], default: float = np.nan) -> NDArray[np.float64]:
        found = np.full(len(done), default)
        found[rows] = values
        return found

    def text(names: Sequence[str | None], places: Places, default: str | None) -> pa.Array:
        named = pa.array([*names, default], pa.string())
        return named.take(pa.array(np.where(done, places, len(names))))

    at = (action[rows], rows)
    columns = {
        "row": np.arange(len(done)),
        "action": text([one.id for one in compiled.actions], action, NOTHING),
        "product": text([one.product for one in compiled.actions], action, None),
        "channel": text(compiled.channels, channel, None),
        "further": _further(pool, both, action),
        "expected_value": number(factors.expected[action[rows], channel[rows], rows], 0.0),
        "probability": pa.array(number(factors.probability[at]), from_pandas=True),
        "value": pa.array(number(factors.value[at]), from_pandas=True),
        "cost": pa.array(number(factors.cost[action[rows], channel[rows]]), from_pandas=True),
        "arm": pa.array(np.where(held, "control", np.array(NAMES)[pool.arms]).tolist(), pa.string()),
        "contacted": contacted,
        "held_out": pool.held_out,
        "arm_probability": arm,
        "action_probability": choice.probability,
        "assignment_probability": arm * choice.probability,
    }
    return pa.table({name: pa.array(columns[name], kind) for name, kind in PUBLIC_COLUMNS.items()})


def _further(pool: Pool, chosen: Chosen, first: Places) -> pa.Array:
    """What else was chosen for each customer, null for nothing."""
    others = chosen >= 0
    others[first, np.arange(chosen.shape[1])] = False
    found: list[str | None] = [None] * chosen.shape[1]
    for customer in np.flatnonzero(others.any(axis=0)).tolist():
        places = np.flatnonzero(others[:, customer]).tolist()
        found[customer] = further_text(
            (pool.compiled.actions[place].id, pool.compiled.channels[chosen[place, customer]])
            for place in places
        )
    return pa.array(found, pa.string())


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(table.column_names, table.columns, strict=True))
