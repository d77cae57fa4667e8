"""What a policy says of a campaign as a whole."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from features.strict import Identifier, Strict
from serving.decision.vocabulary import Count, Money


class ProductLimit(Strict):
    """How many contacts of a campaign may sell one product, and how many shall, where customers allow it."""

    maximum: Count | None = None
    minimum: Count = 0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


class ManagersSpec(Strict):
    """Relationship managers: through `channel` a customer is served only by the manager `column` names.

    `capacity`: contacts each may make in one campaign; `capacities` for those who differ, by name. A
    customer without a manager is not served through the channel.
    """

    column: str = Field(min_length=1)
    channel: Identifier
    capacity: Count
    capacities: dict[str, Count] = Field(default_factory=dict)


class CampaignSpec(Strict):
    """What ties the customers of one campaign together.

    `days`: over how many working days contacts are made; a channel with a `daily_capacity` makes no more than
    that each day. `exposure_warning_ratio`: the report warns where a group of customers is contacted less
    often than the most contacted one by more than this factor (1.25 is the four-fifths rule).
    """

    budget: Money | None = None
    days: Annotated[int, Field(ge=1, le=366)] = 1
    products: dict[Identifier, ProductLimit] = Field(default_factory=dict)
    managers: ManagersSpec | None = None
    exposure_warning_ratio: Annotated[float, Field(gt=1, le=100)] = 1.25
