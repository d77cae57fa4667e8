"""Promotion of a model by evidence, and the way back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from features.errors import BadInputError, GateError
from features.layout import load_layout
from features.spec import BankSpec
from features.tracking import registered_name
from features.vocabulary import CHAMPION, Model
from training import registry
from training.aliases import aliases_locked, challenge_no_more
from training.dataset import History
from training.promotion.evidence import promotion_case
from training.promotion.gates.case import Finding, Side
from training.promotion.gates.judge import judge
from training.promotion.gates.side import read_side
from training.promotion.record import Entry, approver, before, moment, read_entries, write_entry
from training.reading import open_history
from training.versions import Version, candidate_of, numbered, with_alias
from training.who import UNKNOWN, user


@dataclass(frozen=True)
class Promotion:
    """What came of it, and what every gate found."""

    said: str
    findings: Sequence[Finding] = field(default=())

    def rows(self) -> list[dict[str, Any]]:
        """The table: gate, measured, limit, passed."""
        return [asdict(one) for one in self.findings]


class RefusedError(GateError):
    """A challenger that did not pass; `promotion` holds the table."""

    def __init__(self, promotion: Promotion) -> None:
        super().__init__(promotion.said)
        self.promotion = promotion


def promote(
    spec: BankSpec,
    model: Model,
    number: int | None = None,
    *,
    store: History | None = None,
    approve: str | None = None,
) -> Promotion:
    """Make a version (without a number, the challenger) the champion if it passes every gate.

    `approve` names the second person who looked at it, which is recorded whatever comes of it, and of the
    champion too. Of two promotions at once the one that comes second is refused: it was compared with a
    champion that is none any more.

    Raises BadInputError if there is no such version, RefusedError with the table of what it was held to.
    """
    versions = registry.versions_of(spec, model)
    candidate = candidate_of(spec, model, versions, number)
    champion = with_alias(versions, CHAMPION)
    desk = _Desk(spec, model, registry.open_client(spec), registered_name(spec, model))
    challenger = desk.side(candidate)
    approved = "" if approve is None else f"; approved by {desk.approve(candidate, challenger, approve)}"
    if champion == candidate:
        with aliases_locked(spec, model):  # one whose promotion was killed may still be called the challenger
            challenge_no_more(desk.client, desk.name, candidate.number)
        return Promotion(f"{model} version {candidate.number} is the champion already{approved}")
    layout = load_layout(spec)
    store = store or open_history(spec, layout)
    current = desk.side(champion) if champion else None
    findings = judge(promotion_case(spec, layout, store, challenger, current)) + desk.approval(candidate)
    with aliases_locked(spec, model):
        return desk.decide(candidate, champion.number if champion else None, findings)


def rollback(spec: BankSpec, model: Model) -> str:
    """Give the champion's place back to the one before it; says so.

    Raises BadInputError if there is no champion, the one before cannot be read or was trained on features
    that are not built any more, GateError if there was none before.
    """
    desk = _Desk(spec, model, registry.open_client(spec), registered_name(spec, model))
    with aliases_locked(spec, model):
        versions = registry.versions_of(spec, model)
        champion = with_alias(versions, CHAMPION)
        if champion is None:
            raise BadInputError(f"{spec.name}: no {model} champion to roll back")
        number = before(read_entries(desk.client, desk.name), champion.number)
        if number is None:
            raise GateError(
                f"{model} version {champion.number} is the first champion: nothing came before it"
            )
        earlier = numbered(spec, model, versions, number)
        side = desk.side(earlier)  # whole, or said to be not
        load_layout(spec).require_features(side.contract.features, f"{model}/{number}")
        desk.record("rollback", earlier, champion.number)
        desk.client.set_registered_model_alias(desk.name, CHAMPION, str(number))
    return f"{model} version {number} is the champion again, in place of version {champion.number}"


def history(spec: BankSpec, model: Model) -> list[Entry]:
    """Every promotion, refusal, approval and rollback, oldest first."""
    if not registry.versions_of(spec, model):
        return []
    return read_entries(registry.open_client(spec), registered_name(spec, model))


def promote_first(spec: BankSpec, model: Model, version: int, store: History) -> list[str]:
    """Promote a bank's first model of its kind if it passes the gates; says what came of it."""
    champion = registry.champion_version(spec, model)
    if champion is not None:
        return [f"version {version} is the challenger of champion {champion}"]
    try:
        return [promote(spec, model, version, store=store).said]
    except GateError as error:
        return [str(error)]


@dataclass(frozen=True)
class _Desk:
    """Where a model's promotions are decided, one at a time."""

    spec: BankSpec
    model: Model
    client: Any
    name: str

    def side(self, version: Version) -> Side:
        with registry.version_folder(self.client, self.spec, self.name, version.number) as folder:
            return read_side(folder, version.number)

    def approve(self, version: Version, side: Side, who: str) -> str:
        """A name is only typed: the account that typed it is recorded beside it; gives the name."""
        trainer = side.card.trained_by if side.card else ""
        if not who.strip():
            raise BadInputError(f"--approve {who!r}: a second person has to approve: give a name")
        if trainer != UNKNOWN and who.strip().lower() == trainer.lower():
            raise BadInputError(f"--approve {who!r}: a second person has to approve; {trainer} trained it")
        self.record("approval", version, None, who=who.strip())
        return who.strip()

    def approval(self, version: Version) -> list[Finding]:
        who = approver(read_entries(self.client, self.name), version.number)
        if not self.spec.promotion.approval:
            return []
        return [
            Finding("approval", who or "nobody yet: --approve NAME", "a second person's", who is not None)
        ]

    def decide(self, candidate: Version, judged: int | None, findings: Sequence[Finding]) -> Promotion:
        """Under the lock: refuse, or promote if the champion is still the one that was compared with."""
        now = registry.champion_version(self.spec, self.model)
        if now != judged:
            changed = Finding(
                "champion", f"version {now}", f"version {judged}, as compared with", passed=False
            )
            findings = [*findings, changed]
        failed = [one for one in findings if not one.passed]
        title = f"{self.model} version {candidate.number}"
        if failed:
            self.record("refusal", candidate, now, findings)
            lines = "".join(f"\n  {one.gate}: {one.measured}, must be {one.limit}" for one in failed)
            raise RefusedError(Promotion(f"{title} is not promoted:{lines}", findings))
        # Remembered first: killed before the alias moves, the entry names a version that is no champion.
        self.record("promotion", candidate, judged, findings)
        self.client.set_registered_model_alias(self.name, CHAMPION, str(candidate.number))
        if registry.champion_version(self.spec, self.model) != candidate.number:
            raise GateError(f"{title} was promoted, but another promotion came right after it")
        challenge_no_more(self.client, self.name, candidate.number)
        place = f", in place of version {judged}" if judged else ""
        return Promotion(f"{title} is now the champion{place}", findings)

    def record(
        self,
        kind: Any,
        version: Version,
        champion: int | None,
        findings: Sequence[Finding] = (),
        *,
        who: str | None = None,
    ) -> None:
        failed = tuple(one.gate for one in findings if not one.passed)
        at, by = moment(datetime.now(UTC)), user()
        entry = Entry(kind, version.number, champion, who or by, at, failed, by)
        run = self.client.get_model_version(self.name, str(version.number)).run_id
        write_entry(self.client, self.name, run, entry, findings)
