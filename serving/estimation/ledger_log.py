"""The bank's own ledger as a log of decisions."""

from dataclasses import dataclass

import pyarrow as pa

from features.errors import BadInputError
from features.spec import BankSpec
from serving.estimation.from_ledger import logged_from


@dataclass(frozen=True)
class LedgerLog:
    """Decisions with their outcomes, as the ledger holds them."""

    def logged_decisions(self, spec: BankSpec) -> pa.Table:
        """Every decision of the bank's ledger.

        Raises BadInputError for a ledger that cannot be opened.
        """
        from serving.ledger.opening import open_ledger
        from serving.ledger.read import decisions

        return logged_from(decisions(open_ledger(spec)))

    def decided_with(self, spec: BankSpec, decision_ids: pa.ChunkedArray) -> pa.Table:
        """What decisions rested on: the ledger holds it, but nothing here reads it from there yet.

        Raises BadInputError.
        """
        raise BadInputError(
            f"{spec.name}: deciding {len(decision_ids)} decisions again needs what they rested on: "
            "give --decisions and --customers FILE.parquet"
        )
