"""The words of a policy: groups, kinds of rules, and numbers with their bounds."""

from typing import Annotated, Final, Literal

from pydantic import Field

Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Multiplier = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Hour = Annotated[int, Field(ge=0, le=23)]
Group = Literal["retain", "cross_sell", "service"]
Language = Literal["en", "zh"]
Period = Literal["day", "month", "quarter", "year", "forever"]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
RuleKind = Literal["eligibility", "applicability", "suitability"]

RULE_KINDS: Final[tuple[RuleKind, ...]] = ("eligibility", "applicability", "suitability")
NOTHING: Final = "nothing"
"""What is done where nothing is worth doing, unless the policy states a default."""
LOCAL_HOUR: Final = "local_hour"
"""What every request may say of the moment: the hour of the customer's day, 0 up to 24."""
