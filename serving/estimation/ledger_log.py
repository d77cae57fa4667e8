"""The bank's own ledger as a log of decisions."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from features.spec import BankSpec
from serving.decision.compiled import CompiledPolicy
from serving.estimation.from_ledger import logged_from


@dataclass(frozen=True)
class LedgerLog:
    """Decisions with their outcomes, and what they rested on, as the ledger holds them.

    Each raises BadInputError for a ledger that cannot be opened or read.
    """

    def logged_decisions(self, spec: BankSpec) -> pa.Table:
        """Every decision of the bank's ledger."""
        from serving.ledger.opening import open_ledger
        from serving.ledger.read import decisions

        return logged_from(decisions(open_ledger(spec)))

    def decided_with(self, spec: BankSpec, decision_ids: pa.ChunkedArray) -> pa.Table:
        """What decisions rested on, those of one customer and campaigns' alike; the erased are missing."""
        from serving.ledger.opening import open_ledger
        from serving.ledger.rested import decided_with

        return decided_with(open_ledger(spec), decision_ids)

    def policies(self, spec: BankSpec) -> Mapping[str, CompiledPolicy]:
        """Every policy that decided, as it was."""
        from serving.ledger.opening import open_ledger
        from serving.ledger.rested import deciding_policies

        return deciding_policies(open_ledger(spec))
