"""One customer asked about on the command line: the newest snapshot, read as batches read it."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import TypeAdapter

from features.errors import BadInputError
from features.layout import Layout, load_layout
from features.spec import BankSpec
from features.vocabulary import CUSTOMER_ID, EVENT_TIMESTAMP, SNAPSHOT_DATE
from serving.decision import trace as tracing
from serving.decision.request import Request
from serving.online import desk_on, utc_today
from serving.problems import UnknownCustomersError
from serving.requests import CustomerId
from serving.scores import population

if TYPE_CHECKING:
    from features.store import Store


@dataclass(frozen=True)
class NewestSnapshot:
    """The newest snapshot read as batches read it: slow, but nothing need be online for a single question."""

    spec: BankSpec
    layout: Layout
    store: "Store"

    def online(self, service: str, ids: list[CustomerId]) -> pa.Table:
        """As the online store answers."""
        snapshot = max(self.layout.snapshots)
        people = population(self.spec, self.layout, snapshot)
        asked = pa.table({CUSTOMER_ID: pa.array(ids, people.schema.field(CUSTOMER_ID).type)})
        known = pc.is_in(asked[CUSTOMER_ID], people[CUSTOMER_ID].combine_chunks())
        day = pa.scalar(snapshot, pa.date32())
        found = self.store.historical(service, asked.append_column(SNAPSHOT_DATE, pa.repeat(day, len(ids))))
        moment = day.cast(pa.timestamp("us", "UTC"))
        moments = pc.if_else(known, moment, pa.scalar(None, moment.type))
        return found.set_column(1, EVENT_TIMESTAMP, moments)


def decide_one(
    spec: BankSpec,
    customer: str,
    *,
    channel: str | None = None,
    trace: bool = False,
    today: date | None = None,
) -> dict[str, Any]:
    """One customer's decision on the newest snapshot as the service tells it, and with `trace` laid open.

    Raises BadInputError for a customer who is not known, and as `open_desk` does.
    """
    layout = load_layout(spec)
    from features.store import open_store  # takes seconds: after what may be refused

    store = NewestSnapshot(spec, layout, open_store(spec, layout))
    desk = desk_on(spec, layout, store, lambda: today or utc_today())
    try:
        decisions = desk.decisions(as_id(customer, layout), Request(channel))
    except UnknownCustomersError as error:
        raise BadInputError(f"customer {customer}: not known at {max(layout.snapshots)}") from error
    answer = desk.answer(decisions).model_dump(mode="json")
    if trace:
        answer["trace"] = TypeAdapter(tracing.Trace).dump_python(tracing.trace(decisions), mode="json")
    return answer


def as_id(text: str, layout: Layout) -> CustomerId:
    """A customer's id as text in the bank's type; raises BadInputError for one that does not fit."""
    if layout.customer_id_type == "string":
        return text
    try:
        return int(text)
    except ValueError as error:
        raise BadInputError(f"customer {text!r}: this bank's customers have whole numbers") from error
