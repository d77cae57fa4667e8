"""What the service accepts: closed models made for one bank, its customer ids and its policy."""

from types import GenericAlias
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model
from typing_extensions import TypedDict

from serving.decision.policy import Policy
from serving.decision.vocabulary import LOCAL_HOUR

MAX_CUSTOMERS: Final = 1_000
MAX_OUTCOMES: Final = 1_000

IdType = Literal["int64", "string"]
CustomerId = int | str
Made = TypeVar("Made", bound=BaseModel)

# Strict, so that 17.0, true and "17" are not taken for the customer 17; bounds as in the bank's tables.
_IDS: Final[dict[IdType, Any]] = {
    "int64": Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1)],
    "string": Annotated[str, Field(strict=True, min_length=1, max_length=256)],
}
_EXAMPLE_IDS: Final[dict[IdType, tuple[CustomerId, CustomerId]]] = {
    "int64": (1, 2),
    "string": ("C000001", "C000002"),
}
_SAID: Final[dict[str, Any]] = {
    "number": Annotated[float, Field(strict=True, allow_inf_nan=False)],
    "text": Annotated[str, Field(strict=True, max_length=256)],
}
_HOUR: Final[Any] = Annotated[float, Field(strict=True, ge=0, lt=24, allow_inf_nan=False)]
_EXAMPLES_SAID: Final[dict[str, float | str]] = {"number": 1.0, "text": "example"}


class ScoreRequest(BaseModel):
    """Customers to score, at most 1,000 at once; they are answered in this order."""

    model_config = ConfigDict(extra="forbid")

    customer_ids: list[Any]


class DecideRequest(BaseModel):
    """One customer to decide about.

    `channel`: the channel that asks; without it every channel of the policy is considered.
    `context`: what the policy lets a caller say of the moment, by name, and always `local_hour`: the hour of
    the customer's day, from 0 up to 24, in which some channels are quiet.
    """

    model_config = ConfigDict(extra="forbid")

    customer_id: Any
    channel: str | None = None
    context: Any = None


class OutcomeItem(BaseModel):
    """What became of one decision; `at` with its time zone."""

    model_config = ConfigDict(extra="forbid")

    decision_id: Annotated[str, Field(strict=True, min_length=1, max_length=64)]
    outcome: Literal["accepted", "declined", "ignored", "churned"]
    at: AwareDatetime


class OutcomeRequest(BaseModel):
    """Outcomes to record, at most 1,000 at once: all of them, or none where a decision is unknown.

    Of a decision each kind is recorded once; what is sent again is counted and changes nothing.
    """

    model_config = ConfigDict(extra="forbid")

    outcomes: Annotated[list[OutcomeItem], Field(min_length=1, max_length=MAX_OUTCOMES)]


OUTCOME_EXAMPLE: Final[dict[str, Any]] = {
    "outcomes": [
        {
            "decision_id": "5f0c6f4b1d0e4a7f9c3b2a1d0e4a7f9c",
            "outcome": "accepted",
            "at": "2025-01-31T12:00:00Z",
        }
    ]
}


def score_request(id_type: IdType) -> type[ScoreRequest]:
    """The score request of a bank with such customer ids."""
    ids = (GenericAlias(list, (_IDS[id_type],)), Field(min_length=1, max_length=MAX_CUSTOMERS))
    return _made(ScoreRequest, customer_ids=ids)


def decide_request(id_type: IdType, policy: Policy) -> type[DecideRequest]:
    """The decide request of a bank with such customer ids and such a policy: its channels, its context."""
    channel: Any = Literal.__getitem__(tuple(policy.channels))
    return _made(
        DecideRequest,
        customer_id=(_IDS[id_type], ...),
        channel=(channel | None, None),
        context=(_context(policy) | None, None),
    )


def score_example(id_type: IdType) -> dict[str, Any]:
    """A score request, for the documentation."""
    return {"customer_ids": list(_EXAMPLE_IDS[id_type])}


def decide_example(id_type: IdType, policy: Policy) -> dict[str, Any]:
    """A decide request, for the documentation."""
    example: dict[str, Any] = {
        "customer_id": _EXAMPLE_IDS[id_type][0],
        "channel": next(iter(policy.channels)),
    }
    said = {name: _EXAMPLES_SAID[kind] for name, kind in policy.request.items()}
    return example | {"context": said} if said else example


def _context(policy: Policy) -> Any:
    """A typed dict and not a model, whose own attributes a policy's names might shadow."""
    said = {LOCAL_HOUR: _HOUR | None}
    said |= {name: _SAID[kind] | None for name, kind in policy.request.items() if name != LOCAL_HOUR}
    make: Any = TypedDict  # its names are known at run time only, which type checkers do not allow for
    context = make("RequestContext", said, total=False)
    context.__pydantic_config__ = ConfigDict(extra="forbid")
    return context


def _made(base: type[Made], **fields: Any) -> type[Made]:
    """The same request with its fields' types narrowed to a bank's."""
    return create_model(base.__name__, __base__=base, __doc__=base.__doc__, **fields)
