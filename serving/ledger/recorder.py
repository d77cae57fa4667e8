"""Recording decisions as they are made, one customer at a time."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from features.vocabulary import CUSTOMER_ID
from serving.decision.decide import Decisions
from serving.decision.request import Request
from serving.ledger.append import append
from serving.ledger.chain import canonical
from serving.ledger.opening import Ledger
from serving.ledger.outcomes import Outcome, Recorded, record_outcomes
from serving.ledger.record import personal_digest, personal_record, public_record
from serving.ledger.schema import Kind
from serving.ledger.setting import Setting, keep_setting
from serving.models import ScoringModel


@dataclass(frozen=True)
class Recorder:
    """Appends decisions made with one setting and these models, and what became of them."""

    ledger: Ledger
    setting: Setting
    models: tuple[ScoringModel, ...]
    new_id: Callable[[], str] = lambda: secrets.token_hex(16)

    def record(self, decisions: Decisions, request: Request) -> str:
        """Append one customer's decision; returns its id once it is on the disk."""
        row = self.row(decisions, request)
        with self.ledger.writing() as connection:
            append(connection, [(Kind.DECISION, row)], self.ledger.now())
        return str(row["decision_id"])

    def row(self, decisions: Decisions, request: Request) -> Mapping[str, Any]:
        """The decision as a row of its table."""
        keys, decision_id = self.ledger.keys, self.new_id()
        pseudonym = keys.pseudonym(decisions.customers[CUSTOMER_ID][0].as_py())
        personal = personal_record(decisions, request, self.setting, keys)
        return {
            "decision_id": decision_id,
            "public": canonical(public_record(decisions, decision_id, self.setting, self.models)),
            "personal_digest": personal_digest(pseudonym, personal),
            "pseudonym": pseudonym,
            "personal": personal,
        }

    def outcomes(self, outcomes: list[Outcome]) -> Recorded:
        """Record outcomes; raises as `record_outcomes` does."""
        return record_outcomes(self.ledger, outcomes)


def open_recorder(ledger: Ledger, setting: Setting, models: tuple[ScoringModel, ...]) -> Recorder:
    """A recorder whose setting is in the ledger."""
    keep_setting(ledger, setting)
    return Recorder(ledger, setting, models)
