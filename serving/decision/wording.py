"""What can be said: how features are told, and a sentence an action."""

from typing import Self

from pydantic import model_validator

from features.strict import Strict
from features.wording import Phrases, Sentence


class Wording(Strict):
    """All that reasons and talking points are worded by.

    `talking_points`: by action id, by group and concept of the first reason ("retain.complaints"), by group
    and product category ("cross_sell.credit"), by group: the first there is. `nothing_stands_out` stands
    where there is no reason.
    """

    features: Phrases
    talking_points: dict[str, Sentence]
    nothing_stands_out: Sentence

    @model_validator(mode="after")
    def _every_group(self) -> Self:
        missing = {"retain", "cross_sell", "service"} - set(self.talking_points)
        if missing:
            raise ValueError(f"talking_points: missing: {', '.join(sorted(missing))}")
        return self
