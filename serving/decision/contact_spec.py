"""`[contact]` of `policy.toml`: how often a customer may be contacted, by whom, with what, and what after."""

from typing import Annotated

from pydantic import Field

from features.contact_entries import HISTORY_DAYS
from features.strict import Identifier, Strict
from serving.decision.vocabulary import Count, Group

Window = Annotated[int, Field(ge=1, le=HISTORY_DAYS)]
"""Days before the snapshot, as far back as the contact history goes."""


class CapSpec(Strict):
    """At most `maximum` contacts in the last `days`: from then on the actions of `scope` are not done.

    What counts are contacts of the scope `counts` (default: `scope` itself); with `channel`, those through
    it, and it is the channel that is closed then.
    """

    name: Identifier
    scope: str = "all"
    counts: str | None = None
    channel: Identifier | None = None
    days: Window
    maximum: Count


class SpacingSpec(Strict):
    """Actions of `scope` not within `days` of a contact of scope `after` (default: `scope` itself).

    With `channel`, both are about contacts through it.
    """

    name: Identifier
    scope: str = "all"
    after: str | None = None
    channel: Identifier | None = None
    days: Window


class NeverSpec(Strict):
    """Actions of two scopes that are never chosen together for one customer."""

    name: Identifier
    first: str
    second: str


class SuppressionSpec(Strict):
    """After `refusals` within `within_days`, up to the newest, `scope` rests for `for_days` from it."""

    name: Identifier
    scope: str = "all"
    refusals: Annotated[int, Field(ge=1)]
    within_days: Window = HISTORY_DAYS
    for_days: Window


class ContactSpec(Strict):
    """Contact rules over the contact history as known at the snapshot.

    `min_spacing_days`, `max_contacts_30d` and `max_contacts_90d` count every contact and stop the groups
    named; the lists say the same and more of any scope. A customer without known contacts has had none.
    """

    groups: tuple[Group, ...] = ("retain", "cross_sell")
    min_spacing_days: Count = 0
    max_contacts_30d: Count | None = None
    max_contacts_90d: Count | None = None
    caps: tuple[CapSpec, ...] = ()
    spacing: tuple[SpacingSpec, ...] = ()
    never: tuple[NeverSpec, ...] = ()
    suppression: tuple[SuppressionSpec, ...] = ()

    @property
    def reads_history(self) -> bool:
        """Whether any of it needs single contacts rather than counts of all."""
        return bool(self.caps or self.spacing or self.suppression)
