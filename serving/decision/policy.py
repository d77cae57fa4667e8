"""`policy.toml`: what a bank will do, to whom, how often and at what price, as a frozen, strict model."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from features.spec import Fraction, Identifier, Strict

Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Multiplier = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Group = Literal["retain", "cross_sell", "service"]
Language = Literal["en", "zh"]
Period = Literal["day", "month", "quarter", "year", "forever"]


class ActionSpec(Strict):
    """One thing that can be done for a customer, or one for each product of the catalogue (cross_sell).

    Its probability is churn * save_rate (retain), the product's propensity (cross_sell) or the one stated
    here (service). Its value is the customer's value at risk (retain), the product's annual value
    (cross_sell), or the one stated here. `cost` is the gesture's own, on top of the channel's.
    `products` empty: every product of the catalogue. `reason_features` are told as reasons where no model is.
    """

    group: Group
    name_en: str = ""
    name_zh: str = ""
    products: tuple[Identifier, ...] = ()
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
    """A way to reach a customer: cost a contact, how many contacts one campaign may make, what it carries.

    `weight` is how well an offer lands here, relative to the others; it is part of the context weight.
    `languages` empty: every language. `capacity` absent: no limit.
    """

    cost: Money
    capacity: Count | None = None
    weight: Multiplier = 1.0
    languages: tuple[Language, ...] = ()
    groups: tuple[Group, ...] = ("retain", "cross_sell", "service")


class RuleSpec(Strict):
    """A condition a customer must satisfy; unknown is not satisfied.

    `scope` is "all", a group, an action's id ("cross_sell:mortgage", "retain") or, with {product} in the
    condition, "cross_sell": it is then written out for every product.
    """

    name: Identifier
    scope: str = "all"
    condition: str = Field(min_length=1)
    why: str = ""


class ContactSpec(Strict):
    """How often a customer may be contacted by the groups named; counts come from the contact history.

    A customer without known contacts has had none.
    """

    groups: tuple[Group, ...] = ("retain", "cross_sell")
    min_spacing_days: Count = 0
    max_contacts_30d: Count | None = None
    max_contacts_90d: Count | None = None


class ConsentSpec(Strict):
    """The purpose a customer must have agreed to, by group; a group that is not named needs no consent.

    `unstated`: what a customer's silence means where the bank records consents. `no_table`: what it means
    for a bank that records none. Silence is a no unless the policy says otherwise in so many words.
    """

    purposes: dict[Group, Identifier] = Field(default_factory=dict)
    unstated: Literal["refused", "granted"] = "refused"
    no_table: Literal["refused", "granted"] = "refused"


class ValueSpec(Strict):
    """What a customer is worth a year, in the bank's currency: what retaining puts at stake.

    base + margin_on_balance * balance (its column, never below 0) + the annual values of products held.
    `product_value` stands in where the catalogue states none.
    """

    base: Money = 0.0
    margin_on_balance: Annotated[float, Field(ge=0, le=1)] = 0.0
    balance_column: str = "balances_total_last"
    product_value: Money = 0.0


class LeverSpec(Strict):
    """A business multiplier on an action's value; without effect after its last day."""

    name: Identifier
    multiplier: Multiplier
    scope: str = "all"
    set_by: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    until: date


class ContextSpec(Strict):
    """A weight for the circumstances: a channel, and a condition on the customer or the request."""

    name: Identifier
    weight: Multiplier
    scope: str = "all"
    channel: Identifier | None = None
    condition: str | None = None


class HoldoutSpec(Strict):
    """The permanent control group: whoever the keyed hash picks is decided and recorded, not contacted.

    It is drawn anew every `period`; only the groups named are held back. `per_group`: each group has a draw
    of its own, so that one may be held out of selling and not of retention.
    """

    share: Fraction = 0.0
    salt: str = Field(default="nextbest", min_length=1)
    period: Period = "year"
    per_group: bool = False
    groups: tuple[Group, ...] = ("retain", "cross_sell")


class OutcomeCount(Strict):
    """How often an action worked and how often it did not, of all it was carried out for."""

    successes: Count
    failures: Count


class ExplorationSpec(Strict):
    """Now and then another action than the best known, to learn of it: with known probability, at known cost.

    epsilon: with probability `share` one of the customer's surviving actions, each as likely. thompson: the
    actions with fewer than `few_outcomes` outcomes (`outcomes`, by action) take a probability drawn from
    Beta(pseudo_outcomes * p + successes, pseudo_outcomes * (1 - p) + failures), p the model's own; the best
    action in each of `samples` drawings, each as likely; and `share` on top, as above. Only actions of
    `groups` are explored, and only in place of one. No decision loses more than `most_lost` of expected value
    on average: where it would, the best action takes back as much probability as is needed. A customer's
    draw stays the same throughout a `period`.
    """

    method: Literal["none", "epsilon", "thompson"] = "none"
    share: Fraction = 0.0
    most_lost: Money = 0.0
    salt: str = Field(default="explore", min_length=1)
    period: Period = "month"
    groups: tuple[Group, ...] = ("retain", "cross_sell")
    few_outcomes: Count = 200
    pseudo_outcomes: Annotated[float, Field(gt=0, le=1e6)] = 20.0
    samples: Annotated[int, Field(ge=1, le=1024)] = 32
    outcomes: dict[str, OutcomeCount] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _able_to_explore(self) -> Self:
        if self.method != "none" and not self.most_lost:
            raise ValueError(f"method {self.method} needs most_lost, the expected value a decision may lose")
        if self.method == "epsilon" and not self.share:
            raise ValueError("method epsilon needs share, the probability of exploring")
        return self


class ProductLimit(Strict):
    """How many contacts of a campaign may sell one product."""

    maximum: Count


class CampaignSpec(Strict):
    """What ties the customers of one campaign together."""

    budget: Money | None = None
    products: dict[Identifier, ProductLimit] = Field(default_factory=dict)


class Policy(Strict):
    """The whole of `policy.toml`.

    A customer is contacted with at most `max_actions` actions, told in `language`. Actions worth no more
    than `minimum_expected_value` are not done. `request` declares what a caller may say of the moment (name
    and type); conditions read it as `request_<name>`, unknown in a batch.
    """

    version: str = Field(min_length=1)
    language: Language = "en"
    max_actions: Literal[1] = 1
    minimum_expected_value: Money = 0.0
    actions: dict[Identifier, ActionSpec] = Field(min_length=1)
    channels: dict[Identifier, ChannelSpec] = Field(min_length=1)
    rules: tuple[RuleSpec, ...] = ()
    contact: ContactSpec = ContactSpec()
    consent: ConsentSpec = ConsentSpec()
    value: ValueSpec = ValueSpec()
    levers: tuple[LeverSpec, ...] = ()
    context: tuple[ContextSpec, ...] = ()
    holdout: HoldoutSpec = HoldoutSpec()
    exploration: ExplorationSpec = ExplorationSpec()
    campaign: CampaignSpec = CampaignSpec()
    request: dict[Identifier, Literal["number", "text"]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_distinct(self) -> Self:
        for kind in ("rules", "levers", "context"):
            names = [one.name for one in getattr(self, kind)]
            repeated = sorted({name for name in names if names.count(name) > 1})
            if repeated:
                raise ValueError(f"{kind}: names repeat: {', '.join(repeated)}")
        unknown = {one.channel for one in self.context if one.channel} - set(self.channels)
        if unknown:
            raise ValueError(f"context: no such channel: {', '.join(sorted(unknown))}")
        return self
