"""Where logged decisions come from: a ledger, or files of another system in the same form."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import BadInputError
from features.spec import BankSpec
from serving.decision.compiled import CompiledPolicy
from serving.estimation.ledger_log import LedgerLog
from serving.policy.file import compile_for, load_policy

DECISION_ID = "decision_id"


class DecisionLog(Protocol):
    """What a bank has decided, with what came of it and what it rested on."""

    def logged_decisions(self, spec: BankSpec) -> pa.Table:
        """Every decision, in the columns of `serving.estimation.logged.LOGGED`, perhaps with `stake`."""

    def decided_with(self, spec: BankSpec, decision_ids: pa.ChunkedArray) -> pa.Table:
        """A row a decision asked for, but for those erased: decision_id, customer_id, features and scores.

        What was said of the moment as request_<name>, the channel that asked as `asked_channel`, those with
        nothing left of the day as `full_channels`, the campaign as `batch_id` (null for a decision on its
        own), and `policy_version`, where known.
        """

    def policies(self, spec: BankSpec) -> Mapping[str, CompiledPolicy]:
        """The policies that decided, by version, as far as they can be asked again."""


@dataclass(frozen=True)
class FileLog:
    """Two Parquet files: the decisions, and (for deciding again) what each rested on, by decision_id."""

    decisions: Path
    customers: Path | None = None

    def logged_decisions(self, spec: BankSpec) -> pa.Table:  # noqa: ARG002 - a file is of one bank
        """The file as it is; it is checked by whoever reads it."""
        return _read(self.decisions)

    def decided_with(self, spec: BankSpec, decision_ids: pa.ChunkedArray) -> pa.Table:  # noqa: ARG002
        """The rows of the file, in the order asked.

        Raises BadInputError if no file was given, or it lacks a decision.
        """
        if self.customers is None:
            raise BadInputError(
                "deciding again needs what decisions rested on: give --customers FILE.parquet"
            )
        table = _read(self.customers)
        if DECISION_ID not in table.column_names:
            raise BadInputError(f"{self.customers}: column missing: {DECISION_ID}")
        place = pc.index_in(decision_ids, value_set=table[DECISION_ID].combine_chunks())
        if place.null_count:
            first = decision_ids.filter(pc.is_null(place))[0]
            raise BadInputError(f"{self.customers}: {place.null_count} decisions are missing, first {first}")
        return table.take(place)

    def policies(self, spec: BankSpec) -> Mapping[str, CompiledPolicy]:
        """The bank's present policy, if it can be asked again.

        What thompson draws hangs on the customers' own ids, which a file need not have.
        """
        if self.customers is None:
            return {}
        present = compile_for(spec, load_policy(spec), pq.read_schema(self.customers))
        again = present.policy.exploration.method != "thompson"
        return {present.version: present} if again else {}


def log_of(decisions: Path | None, customers: Path | None = None) -> DecisionLog:
    """The files given, else the bank's ledger."""
    return LedgerLog() if decisions is None else FileLog(decisions, customers)


def _read(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise BadInputError(f"{path}: not a Parquet file: {error}") from error
