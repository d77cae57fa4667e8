"""Deciding again from what was kept, and comparing to the last bit."""

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from features.errors import BadInputError
from serving.decision.compiled import CompiledPolicy
from serving.decision.decide import decide
from serving.decision_table import decision_table
from serving.ledger.chain import canonical
from serving.ledger.files import batch_files
from serving.ledger.opening import Ledger
from serving.ledger.record import Personal, personal_digest, public_record, read_personal, scores_of, trace_of
from serving.ledger.schema import DECISIONS, ENTRIES, Kind, payload_digest
from serving.ledger.setting import Setting, read_setting
from serving.models import ScoringModel

LoadModel = Callable[[str], ScoringModel]
"""A model by its version, "churn/3"; raises BadInputError where the registry lacks it."""


@dataclass(frozen=True)
class Replayed:
    """One record decided again; `difference` says what came out otherwise and why, None where nothing did.

    `erased` are customers whose data is gone: their decisions cannot be made again. `decisions` counts those
    that were.
    """

    record: str
    difference: str | None = None
    decisions: int = 1
    erased: int = 0


@dataclass
class Deciders:
    """Models and policies as they were, each loaded once."""

    ledger: Ledger
    load: LoadModel
    _models: dict[str, ScoringModel] = field(default_factory=dict)
    _settings: dict[str, tuple[Setting, CompiledPolicy]] = field(default_factory=dict)

    def models(self, versions: Mapping[str, str]) -> tuple[ScoringModel, ...]:
        """Models by version.

        Raises BadInputError for one that the registry lacks, or whose files are not those that decided.
        """
        for version, digest in versions.items():
            if version not in self._models:
                self._models[version] = self.load(version)
            if self._models[version].digest != digest:
                raise BadInputError(f"another model: the files of {version} are not those that decided")
        return tuple(self._models[version] for version in versions)

    def setting(self, public: Mapping[str, Any]) -> tuple[Setting, CompiledPolicy]:
        """The policy a record names.

        Raises BadInputError where it is gone, another one, or says another version of itself.
        """
        name = public["policy"]
        if name not in self._settings:
            with self.ledger.reading() as connection:
                setting = read_setting(connection, name)
            self._settings[name] = (setting, setting.compiled())
        if self._settings[name][1].version != public["policy_version"]:
            raise BadInputError(
                f"another policy: {public['policy_version']} decided, and it now comes to "
                f"{self._settings[name][1].version}"
            )
        return self._settings[name]


def replay_all(ledger: Ledger, load: LoadModel) -> Iterator[Replayed]:
    """Every decision again, those of one customer first, then campaign by campaign."""
    from serving.ledger.replay_batch import replay_batch

    deciders = Deciders(ledger, load)
    with ledger.reading() as connection:
        with connection.execute(_singles().execution_options(yield_per=1_000)) as rows:
            for row in rows:
                yield _replay(row, deciders)
        files = batch_files(connection)
    for file in files:
        yield replay_batch(file, deciders)


def replay_one(ledger: Ledger, load: LoadModel, decision_id: str) -> Replayed:
    """One decision again, by its id; for a row of a campaign, the whole campaign.

    Raises BadInputError for an id not in the ledger.
    """
    from serving.ledger.replay_batch import replay_batch

    with ledger.reading() as connection:
        row = connection.execute(_singles().where(DECISIONS.c.decision_id == decision_id)).first()
        files = {file.batch_id: file for file in batch_files(connection)}
    if row is not None:
        return _replay(row, Deciders(ledger, load))
    batch_id, _, place = decision_id.partition(":")
    if batch_id not in files or (
        place and not (place.isdigit() and int(place) < files[batch_id].public["rows"])
    ):
        raise BadInputError(f"decision {decision_id}: not in the ledger")
    return replay_batch(files[batch_id], Deciders(ledger, load))


def _singles() -> Any:
    joined = DECISIONS.join(ENTRIES, ENTRIES.c.sequence == DECISIONS.c.sequence)
    return select(DECISIONS, ENTRIES.c.digest).select_from(joined).order_by(DECISIONS.c.sequence)


def _replay(found: "Row[Any]", deciders: Deciders) -> Replayed:
    row, name = found._asdict(), f"decision {found.decision_id}"
    if payload_digest(Kind.DECISION, row) != row["digest"]:
        return Replayed(name, "a changed byte: the record is not what was appended")
    if row["personal"] is None:
        return Replayed(name, decisions=0, erased=1)
    stored = bytes(row["personal"])
    if personal_digest(row["pseudonym"], stored) != row["personal_digest"]:
        return Replayed(name, "a changed byte: the personal part is not what was appended")
    public = json.loads(row["public"])
    try:
        setting, compiled = deciders.setting(public)
        models = deciders.models(public["models"])
        personal = read_personal(stored, public, setting, deciders.ledger.keys)
    except BadInputError as error:
        return Replayed(name, str(error))
    return Replayed(name, _difference(public, personal, setting, compiled, models))


def _difference(
    public: Mapping[str, Any],
    personal: Personal,
    setting: Setting,
    compiled: CompiledPolicy,
    models: tuple[ScoringModel, ...],
) -> str | None:
    customers = decision_table(personal.features, models)
    again = decide(customers, compiled, date.fromisoformat(public["decided_on"]), personal.request)
    scores = scores_of(again.customers, setting)
    faults = [
        name for name in {**scores, **personal.scores} if _bits(scores, name) != _bits(personal.scores, name)
    ]
    if faults:
        return _same_inputs(f"scores {', '.join(faults)}")
    if canonical(trace_of(again)) != canonical(personal.trace):
        return _same_inputs("trace")
    chosen = public_record(again, public["decision_id"], setting, models)
    other = [name for name in chosen if canonical(chosen[name]) != canonical(public.get(name))]
    return _same_inputs(", ".join(other)) if other else None


def _bits(scores: Mapping[str, float | None], name: str) -> bytes:
    if name not in scores:
        return b"absent"
    score = scores[name]
    return b"null" if score is None else struct.pack("<d", score)


def _same_inputs(what: str) -> str:
    return f"{what}: the same bytes, model and policy decide otherwise; the code or a library has changed"
