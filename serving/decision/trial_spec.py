"""What a policy says of its control group and of what it tries out."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from features.strict import Fraction, Strict
from serving.decision.vocabulary import Count, Group, Money, Period


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


class ArmsSpec(Strict):
    """Shares of the customers not held out who are decided in another way, so that ours can be compared.

    random: any surviving action, each as likely; propensity_only: the likeliest to work; no_levers: by
    expected value without levers. A customer's arm is drawn anew every period of the holdout.
    """

    random: Fraction = 0.0
    propensity_only: Fraction = 0.0
    no_levers: Fraction = 0.0
    salt: str = Field(default="arms", min_length=1)

    @property
    def shares(self) -> tuple[float, float, float]:
        """In the order of `serving.decision.arms.NAMES`."""
        return self.random, self.propensity_only, self.no_levers

    @property
    def share(self) -> float:
        """Of all arms together."""
        return sum(self.shares)

    @model_validator(mode="after")
    def _leaves_someone(self) -> Self:
        if self.share >= 1:
            raise ValueError(f"shares add up to {self.share:g}: nobody is left to the policy itself")
        return self


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
