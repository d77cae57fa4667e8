"""One customer, or a few, now: features from the online store, scores, and the decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import ARROW_TYPES
from features.layout import DECISION, Layout, load_layout
from features.progress import Progress
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, EVENT_TIMESTAMP, SNAPSHOT_DATE, TIER, UPLIFT_PREFIX, Model
from serving.action_reasons import action_reasons
from serving.answers import DecideResponse, RankedAction, Reason, ScoreResponse, Sentence, scores
from serving.decision import trace as tracing
from serving.decision.compiled import CompiledPolicy
from serving.decision.decide import Decisions, decide
from serving.decision.reasons import Narrator
from serving.decision.request import Request
from serving.decision_table import decision_table
from serving.models import ScoringModel
from serving.policy.file import compile_for, load_policy
from serving.problems import UnknownCustomersError
from serving.requests import CustomerId
from serving.scores import champions, score_table
from serving.wording_file import load_wording

if TYPE_CHECKING:
    from serving.ledger.outcomes import Outcome, Recorded
    from serving.ledger.recorder import Recorder

ACTIONS_TOLD: Final = 3
"""Reasons cost a hundred predictions an action."""


class OnlineStore(Protocol):
    """The newest features of customers, by id."""

    def online(self, service: str, ids: list[CustomerId]) -> pa.Table:
        """A row per id, in that order: customer_id, event_timestamp (null for the unknown), features."""


@dataclass(frozen=True)
class OnlineDesk:
    """Answers scores and decisions from what was opened at startup; `today` is the clock.

    `recorder` keeps every decision before it is told; without one, decisions are only looked at.
    """

    store: OnlineStore
    service: str
    models: tuple[ScoringModel, ...]
    policy: CompiledPolicy
    narrator: Narrator
    currency: str
    today: Callable[[], date]
    recorder: "Recorder | None" = None

    def features(self, customer_ids: Sequence[CustomerId]) -> pa.Table:
        """A row per id, in that order: customer_id, snapshot_date and every feature.

        Raises UnknownCustomersError naming the ids that are not online.
        """
        found = self.store.online(self.service, list(customer_ids))
        if found[EVENT_TIMESTAMP].null_count:
            unknown = found[CUSTOMER_ID].filter(pc.is_null(found[EVENT_TIMESTAMP]))
            raise UnknownCustomersError(unknown.to_pylist())
        place = found.column_names.index(EVENT_TIMESTAMP)
        return found.set_column(place, SNAPSHOT_DATE, found[EVENT_TIMESTAMP].cast(pa.date32()))

    def score(self, customer_ids: list[CustomerId]) -> ScoreResponse:
        """Scores of each customer, in the order asked.

        Raises UnknownCustomersError naming the ids that are not online.
        """
        table = score_table(self.features(customer_ids), self.models)
        return ScoreResponse(versions=self._versions(), scores=scores(table, self.today()))

    def decide(
        self, customer_id: CustomerId, channel: str | None, context: Mapping[str, str | float]
    ) -> DecideResponse:
        """What to do for one customer, the best first; it is in the ledger when it is told.

        Raises UnknownCustomersError if the id is not online, BadInputError for a channel or context that the
        policy does not know.
        """
        if not self.recorder:
            return self.answer(self.decisions(customer_id, Request(channel, context)))
        decision_id = None
        while decision_id is None:
            # A channel may have made its last contact of the day meanwhile: then once more without it.
            request = Request(channel, context, self.recorder.load.known(self.today()))
            decisions = self.decisions(customer_id, request)
            decision_id = self.recorder.record(decisions, request)
        answer = self.answer(decisions)
        answer.decision_id = decision_id
        return answer

    def outcomes(self, outcomes: "list[Outcome]") -> "Recorded":
        """Record what became of decisions; raises UnknownDecisionsError, recording none of them."""
        assert self.recorder, "this desk keeps no record"
        return self.recorder.outcomes(outcomes)

    def decisions(self, customer_id: CustomerId, request: Request) -> Decisions:
        """One customer's decision with all it rests on; raises as `decide` does."""
        customers = decision_table(self.features([customer_id]), self.models, policy=self.policy)
        return decide(customers, self.policy, self.today(), request)

    def answer(self, decisions: Decisions) -> DecideResponse:
        """The decision of one customer as it is told."""
        customer = decisions.customers.select([CUSTOMER_ID, SNAPSHOT_DATE, TIER]).to_pylist()[0]
        return DecideResponse(
            **customer,
            age_days=(decisions.today - customer[SNAPSHOT_DATE]).days,
            decided_on=decisions.today,
            arm=decisions.arm[0],
            currency=self.currency,
            versions=self._versions(),
            policy_version=self.policy.version,
            fallback=bool(decisions.fallback[0]),
            actions=[self._told(decisions.customers, ranked) for ranked in tracing.ranked(decisions)],
        )

    def _told(self, customers: pa.Table, ranked: tracing.RankedAction) -> RankedAction:
        action = next(action for action in self.policy.actions if action.id == ranked.action)
        told = RankedAction(
            **asdict(ranked),
            name=Sentence(en=action.name_en, zh=action.name_zh),
            reasons=[],
            talking_point=None,
        )
        if ranked.rank <= ACTIONS_TOLD:
            (reasons,) = action_reasons(action, customers, self.models, self.narrator)
            told.reasons = [
                Reason(feature=one.feature, contribution=one.contribution, said=_both(one.said))
                for one in reasons
            ]
            told.talking_point = _both(self.narrator.talking_point(action, reasons))
        return told

    def _versions(self) -> dict[str, str]:
        return {str(model.name): model.version for model in self.models}


def open_desk(spec: BankSpec, today: Callable[[], date] | None = None) -> OnlineDesk:
    """Open the online store, the champions and the policy, and check that they fit one another.

    `today` is the clock, UTC's by default.

    Raises BadInputError if features are not built or not online, no champion is there, or it or the policy
    does not fit the features.
    """
    layout = load_layout(spec)
    from features.store import open_store  # takes seconds: after what may be refused

    desk = _recording(spec, layout, desk_on(spec, layout, open_store(spec, layout), today or utc_today))
    # Feast sets itself up as it is first asked: no caller should wait for that.
    desk.store.online(desk.service, ["" if layout.customer_id_type == "string" else 0])
    return desk


def _recording(spec: BankSpec, layout: Layout, desk: OnlineDesk) -> OnlineDesk:
    from serving.ledger.opening import open_ledger
    from serving.ledger.recorder import open_recorder
    from serving.ledger.setting import setting_of

    setting = setting_of(spec, layout, desk.policy.policy, desk.models)
    return replace(desk, recorder=open_recorder(open_ledger(spec), setting, desk.models))


def desk_on(spec: BankSpec, layout: Layout, store: OnlineStore, today: Callable[[], date]) -> OnlineDesk:
    """A desk that reads features from `store`; raises as `open_desk` does, but for what is online."""
    models = champions(spec, layout)
    return OnlineDesk(
        store=store,
        service=layout.service_name(DECISION),
        models=models,
        policy=compile_for(spec, load_policy(spec), customer_schema(layout, models)),
        narrator=Narrator(load_wording(), spec.products),
        currency=spec.currency,
        today=today,
    )


def put_online(spec: BankSpec, progress: Progress) -> date:
    """Materialise the newest snapshot built into the online store; returns its date.

    Raises BadInputError if no features are built.
    """
    layout = load_layout(spec)
    from features.store import open_store  # takes seconds: after what may be refused

    newest = max(layout.snapshots)
    open_store(spec, layout).materialise(newest, progress)
    return newest


def customer_schema(layout: Layout, models: Sequence[ScoringModel] = ()) -> pa.Schema:
    """The columns of a table of customers before scoring, and what `models` tell of treating them."""
    ids = pa.int64() if layout.customer_id_type == "int64" else pa.string()
    features = [(name, ARROW_TYPES[kind]) for name, kind in layout.features()]
    actions = [head.name for model in models if model.name is Model.UPLIFT for head in model.contract.heads]
    uplifts = [(f"{UPLIFT_PREFIX}{action}", pa.float64()) for action in actions]
    return pa.schema([(CUSTOMER_ID, ids), (SNAPSHOT_DATE, pa.date32()), *features, *uplifts])


def utc_today() -> date:
    """Today, UTC."""
    return datetime.now(UTC).date()


def _both(said: Any) -> Sentence:
    return Sentence(en=said.en, zh=said.zh)
