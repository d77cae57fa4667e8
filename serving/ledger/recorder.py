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
from serving.ledger.daily_load import DailyLoad
from serving.ledger.opening import Ledger
from serving.ledger.outcomes import Outcome, Recorded, record_outcomes
from serving.ledger.record import personal_digest, personal_record, public_record
from serving.ledger.schema import Kind
from serving.ledger.setting import Setting, keep_setting
from serving.models import ScoringModel


@dataclass(frozen=True)
class Recorder:
    """Appends decisions made with one setting and these models, and what became of them.

    `load` counts the day's contacts of channels that may make only so many.
    """

    ledger: Ledger
    setting: Setting
    models: tuple[ScoringModel, ...]
    load: DailyLoad
    new_id: Callable[[], str] = lambda: secrets.token_hex(16)

    def record(self, decisions: Decisions, request: Request) -> str | None:
        """Append one customer's decision; returns its id once it is on the disk.

        None, and nothing appended, where other channels have made all of the day's contacts by now than the
        request says: it is to be decided again, with `load.known`.
        """
        row = self.row(decisions, request)
        with self.ledger.writing() as connection:
            if self.load.full(connection, decisions.today) != request.full:
                return None
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
    channels = setting.policy.channels.items()
    limits = {name: spec.daily_capacity for name, spec in channels if spec.daily_capacity is not None}
    return Recorder(ledger, setting, models, DailyLoad(limits))
