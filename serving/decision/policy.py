"""`policy.toml`: what a bank will do, to whom, how often and at what price, as a frozen, strict model."""

from collections.abc import Sequence
from typing import Annotated, Literal, Protocol, Self

from pydantic import Field, PrivateAttr, model_validator

from features.strict import Fraction, Identifier, Strict
from serving.decision.campaign_spec import CampaignSpec
from serving.decision.contact_spec import ContactSpec
from serving.decision.faults import Key, Origin, PolicyError
from serving.decision.trial_spec import ArmsSpec, ExplorationSpec, HoldoutSpec
from serving.decision.value_spec import ContextSpec, EconomicsSpec, LeverSpec, ValueSpec
from serving.decision.vocabulary import (
    LOCAL_HOUR,
    NOTHING,
    Count,
    Group,
    Hour,
    Language,
    LanguageCode,
    Money,
    Multiplier,
    RuleKind,
)


class ActionSpec(Strict):
    """One thing that can be done for a customer, or one for each product of the catalogue (cross_sell).

    Its probability is churn * save_rate (retain), the product's propensity (cross_sell) or the one stated
    here (service). Its value is the customer's value at risk (retain), the product's annual value
    (cross_sell), or the one stated here. `cost` is the gesture's own, on top of the channel's.
    `products` empty: every product of the catalogue; `channels` empty: every channel that carries the group.
    `reason_features` are told as reasons where no model is.
    """

    group: Group
    name_en: str = ""
    name_zh: str = ""
    products: tuple[Identifier, ...] = ()
    channels: tuple[Identifier, ...] = ()
    save_rate: Fraction | None = None
    probability: Fraction | None = None
    value: Money | None = None
    cost: Money = 0.0
    reason_features: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _stated(self) -> Self:
        wanted = {"retain": {"save_rate"}, "cross_sell": set(), "service": {"probability", "value"}}[
            self.group
        ]
        given = {name for name in ("save_rate", "probability") if getattr(self, name) is not None}
        missing = {name for name in wanted if getattr(self, name) is None}
        if missing or given - wanted:
            what = (
                f"needs {' and '.join(sorted(missing))}"
                if missing
                else f"takes no {' or '.join(given - wanted)}"
            )
            raise ValueError(f"an action of group {self.group} {what}")
        if self.products and self.group != "cross_sell":
            raise ValueError(f"an action of group {self.group} has no products")
        return self


class ChannelSpec(Strict):
    """A way to reach a customer: cost a contact, what it carries, and how many contacts it can make.

    `capacity` is a campaign's, `daily_capacity` that of each of the campaign's days, and that of a day of
    single decisions, in which it counts against every channel but the one that asks: that has the customer
    at hand. Absent: no limit. `weight`
    is how well an offer lands here, relative to the others; it is part of the context weight. `languages` are
    those it speaks, as "en"; empty: every language. During `quiet_hours` ([21, 8]: from 21:00 to 08:00 of the
    customer's day) it answers no request that gives its hour.
    """

    cost: Money
    capacity: Count | None = None
    daily_capacity: Count | None = None
    weight: Multiplier = 1.0
    languages: tuple[LanguageCode, ...] = ()
    groups: tuple[Group, ...] = ("retain", "cross_sell", "service")
    quiet_hours: tuple[Hour, Hour] | None = None

    def most(self, days: int) -> int | None:
        """How many contacts it can make in a campaign of so many days; None: as many as one likes."""
        limits = [self.capacity, None if self.daily_capacity is None else self.daily_capacity * days]
        return min((limit for limit in limits if limit is not None), default=None)

    def is_quiet(self, hour: float) -> bool:
        """Whether an hour of the day, 0 up to 24, lies within the quiet hours."""
        if self.quiet_hours is None:
            return False
        first, last = self.quiet_hours
        return first <= hour < last if first < last else hour >= first or hour < last


class RuleSpec(Strict):
    """A condition a customer must satisfy; unknown is not satisfied.

    `scope` is "all", a group, an action's id ("cross_sell:mortgage", "retain") or, with {product} in the
    condition, "cross_sell": it is then written out for every product. All rules whose scope covers an action
    hold for it. `kind` says what it is about: whether the customer may have the action (eligibility),
    whether there is occasion for it (applicability), whether it does the customer good (suitability).
    With `if_column`, the rule holds only at banks whose customers have that column.
    """

    name: Identifier
    kind: RuleKind = "eligibility"
    scope: str = "all"
    if_column: str | None = None
    condition: str = Field(min_length=1)
    why: str = ""


class ConsentSpec(Strict):
    """The purpose a customer must have agreed to, by group; a group that is not named needs no consent.

    `unstated`: what a customer's silence means where the bank records consents. `no_table`: what it means
    for a bank that records none. Silence is a no unless the policy says otherwise in so many words.
    """

    purposes: dict[Group, Identifier] = Field(default_factory=dict)
    unstated: Literal["refused", "granted"] = "refused"
    no_table: Literal["refused", "granted"] = "refused"


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class Policy(Strict):
    """The whole of `policy.toml`.

    A customer is contacted with at most `max_actions` actions, told in `language`, through channels that
    speak the language in the customer's `language_column`, or else the policy's. Actions worth no more
    than `minimum_expected_value` are not done; where nothing is, `fallback` (an action's id, or "nothing")
    is, if the customer may have it: an answer to whoever asks of one customer, never a campaign's contact.
    `products` are economics by product of the catalogue. `request` declares what a caller may say of the
    moment (name and type); conditions read it as `request_<name>`, unknown in a batch.
    """

    version: str = Field(min_length=1)
    language: Language = "en"
    language_column: str | None = None
    fallback: str = NOTHING
    max_actions: Annotated[int, Field(ge=1, le=5)] = 1
    minimum_expected_value: Money = 0.0
    actions: dict[Identifier, ActionSpec] = Field(min_length=1)
    channels: dict[Identifier, ChannelSpec] = Field(min_length=1)
    rules: tuple[RuleSpec, ...] = ()
    contact: ContactSpec = ContactSpec()
    consent: ConsentSpec = ConsentSpec()
    value: ValueSpec = ValueSpec()
    products: dict[Identifier, EconomicsSpec] = Field(default_factory=dict)
    levers: tuple[LeverSpec, ...] = ()
    context: tuple[ContextSpec, ...] = ()
    holdout: HoldoutSpec = HoldoutSpec()
    arms: ArmsSpec = ArmsSpec()
    exploration: ExplorationSpec = ExplorationSpec()
    campaign: CampaignSpec = CampaignSpec()
    request: dict[Identifier, Literal["number", "text"]] = Field(default_factory=dict)

    _origin: Origin | None = PrivateAttr(default=None)

    @property
    def origin(self) -> Origin | None:
        """The file it was read from, if it was; no part of what the policy says."""
        return self._origin

    def read_from(self, origin: Origin) -> Self:
        """The same policy, which now knows its file."""
        self._origin = origin
        return self

    @model_validator(mode="after")
    def _names_distinct(self) -> Self:
        contact = self.contact
        listed: dict[Key, Sequence[_Named]] = {
            ("rules",): self.rules,
            ("levers",): self.levers,
            ("context",): self.context,
            ("contact", "caps"): contact.caps,
            ("contact", "spacing"): contact.spacing,
            ("contact", "never"): contact.never,
            ("contact", "suppression"): contact.suppression,
        }
        for key, entries in listed.items():
            require_distinct(key, [one.name for one in entries])
            self._require_channels(key, entries)
        for name, action in self.actions.items():
            for place, channel in enumerate(action.channels):
                self._require_channel(("actions", name, "channels", place), channel)
        if self.request.get(LOCAL_HOUR, "number") != "number":
            raise PolicyError(("request", LOCAL_HOUR), "the local hour is a number")
        managers = self.campaign.managers
        if managers is not None:
            self._require_channel(("campaign", "managers", "channel"), managers.channel)
        return self

    def _require_channels(self, key: Key, entries: Sequence[object]) -> None:
        for place, one in enumerate(entries):
            channel = getattr(one, "channel", None)
            if channel is not None:
                self._require_channel((*key, place, "channel"), channel)

    def _require_channel(self, key: Key, channel: str) -> None:
        if channel not in self.channels:
            raise PolicyError(key, f"no such channel: {channel}; there are {', '.join(self.channels)}")


def require_distinct(key: Key, names: Sequence[str]) -> None:
    """Refuse the second of two entries of one name in the list at `key`; raises PolicyError."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise PolicyError((*key, place, "name"), f"names repeat: {name}")
