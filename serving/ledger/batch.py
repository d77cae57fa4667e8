"""A campaign's decisions as one table: a row per customer, personal columns apart from public ones."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.vocabulary import CUSTOMER_ID
from serving.decision.decide import Decisions
from serving.ledger.keys import Keys
from serving.ledger.record import SALT_BYTES, score_names
from serving.ledger.rows import digests_of, fingerprints, row_bytes
from serving.ledger.setting import Setting

FEATURE, SCORE = "feature.", "score."
PSEUDONYM, HIDDEN, SALT, TRACE = "pseudonym", "hidden_id", "salt", "trace"
PERSONAL_DIGEST: Final = "personal_digest"
ROW: Final = "row"
PUBLIC_COLUMNS: Final = {
    ROW: pa.int64(),
    "action": pa.string(),
    "product": pa.string(),
    "channel": pa.string(),
    "further": pa.string(),
    "expected_value": pa.float64(),
    "probability": pa.float64(),
    "value": pa.float64(),
    "cost": pa.float64(),
    "arm": pa.string(),
    "contacted": pa.bool_(),
    "held_out": pa.bool_(),
    "arm_probability": pa.float64(),
    "action_probability": pa.float64(),
    "assignment_probability": pa.float64(),
}
"""What stays of a row after erasure.

`action` and `channel` are those of the contact worth most, `further` the others of a customer who gets
several ("action@channel", joined by a space). `arm` is control where the lot held the customer out,
`contacted` whether the action is carried out.
`assignment_probability` is the chance of just this arm and action: arm_probability * action_probability.
"""


def personal_columns(decisions: Decisions, setting: Setting, keys: Keys) -> pa.Table:
    """One chunk's personal columns: who, features, scores, and a fingerprint of everything decided."""
    customers = decisions.customers
    ids = customers[CUSTOMER_ID].to_pylist()
    columns: dict[str, Any] = {
        PSEUDONYM: pa.array([keys.pseudonym(one) for one in ids], pa.string()),
        HIDDEN: pa.array(keys.hide(ids), pa.binary()),
    }
    columns |= {FEATURE + name: customers[name] for name, _ in setting.columns}
    columns |= {SCORE + name: customers[name] for name in score_names(customers, setting)}
    columns[TRACE] = pa.array(trace_fingerprints(decisions), pa.binary())
    salts = secrets.token_bytes(SALT_BYTES * len(ids))
    places = range(0, len(salts), SALT_BYTES)
    columns[SALT] = pa.array([salts[place : place + SALT_BYTES] for place in places], pa.binary())
    return pa.table(columns)


def trace_fingerprints(decisions: Decisions) -> list[bytes]:
    """16 bytes a customer: of every candidate's value, what dropped it, every condition, and the lots."""
    shape = decisions.factors.expected.shape
    dropped = [np.broadcast_to(stage.dropped, shape) for stage in decisions.stages]
    lots = [decisions.hashes[np.newaxis], decisions.holdout.draws, decisions.probability[np.newaxis]]
    expected = np.where(np.isnan(decisions.factors.expected), np.nan, decisions.factors.expected)
    return fingerprints([expected, *dropped, decisions.outcomes, *lots])


def with_digests(personal: pa.Table) -> pa.Table:
    """Personal columns and the digest that outlives them."""
    digest = pa.array(digests_of(row_bytes(personal)), pa.binary())
    return personal.append_column(PERSONAL_DIGEST, digest)


def row_digests(public: pa.Table, personal_digests: pa.ChunkedArray) -> list[bytes]:
    """What the campaign's root is made of: each row's public part and its personal digest."""
    return digests_of(row_bytes(public.select(list(PUBLIC_COLUMNS))), personal_digests.to_pylist())


@dataclass
class Content:
    """A keyed hash of all that a campaign rests on and comes to: the same campaign has the same."""

    key: bytes

    def __post_init__(self) -> None:
        self._hash = hmac.new(self.key, digestmod="sha256")

    def add(self, table: pa.Table) -> None:
        """Take rows in; what is drawn anew each time is left out."""
        known = [name for name in table.column_names if name not in (SALT, PERSONAL_DIGEST)]
        for row in row_bytes(table.select(known)):
            self._hash.update(row)

    def say(self, text: str) -> None:
        """Take a text in."""
        self._hash.update(text.encode())

    def name(self) -> str:
        """32 hexadecimal digits."""
        return self._hash.hexdigest()[:32]


class Root:
    """The digest of all row digests, gathered in order."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, digests: Sequence[bytes]) -> None:
        """Take the next rows' digests in."""
        for one in digests:
            self._hash.update(one)

    def hexdigest(self) -> str:
        """The digest, hexadecimal."""
        return self._hash.hexdigest()


def write_sealed(path: Path, whole: Path, keys: Keys) -> str:
    """Put a Parquet file that is written into its stored form at `path`; returns its SHA-256."""
    content = keys.seal(whole.read_bytes()) if keys.seal_key else whole.read_bytes()
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def open_stored(content: bytes, keys: Keys) -> pq.ParquetFile:
    """A stored file's Parquet.

    Raises BadInputError where it is encrypted and the key is not there, pyarrow.ArrowInvalid for any other
    file.
    """
    plain = content if content[:4] == b"PAR1" else keys.unseal(content)
    return pq.ParquetFile(pa.BufferReader(plain))
