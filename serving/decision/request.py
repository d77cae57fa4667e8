"""What a caller says of the moment; a batch says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from features.errors import BadInputError
from serving.decision.compiled import REQUEST_PREFIX, CompiledPolicy
from serving.decision.vocabulary import LOCAL_HOUR


@dataclass(frozen=True)
class Request:
    """The channel that asks (None: any channel may answer), and values of the policy's request fields.

    Any request may say `local_hour`: the hour of the customer's day, from 0 up to 24. `full` are the channels
    that have made all of the day's contacts: counted by who answers, and kept with the decision.
    """

    channel: str | None = None
    values: Mapping[str, str | float] = field(default_factory=dict)
    full: tuple[str, ...] = ()

    @property
    def hour(self) -> float | None:
        """The hour of the customer's day, if the caller says so."""
        found = self.values.get(LOCAL_HOUR)
        return found if isinstance(found, int | float) else None

    def check(self, compiled: CompiledPolicy) -> None:
        """Refuse what the policy does not know.

        Raises BadInputError naming the channel or field, and those known.
        """
        if self.channel is not None and self.channel not in compiled.channels:
            raise BadInputError(
                f"unknown channel {self.channel!r}; the policy has {', '.join(compiled.channels)}"
            )
        declared = {LOCAL_HOUR: "number", **compiled.policy.request}
        for name, value in self.values.items():
            if name not in declared:
                known = ", ".join(compiled.policy.request) or "none"
                raise BadInputError(f"unknown context {name!r}; the policy's request fields: {known}")
            if isinstance(value, str) != (declared[name] == "text") or isinstance(value, bool):
                raise BadInputError(f"context {name!r}: expected {declared[name]}, got {value!r}")
        if self.hour is not None and not 0 <= self.hour < 24:
            raise BadInputError(f"context {LOCAL_HOUR!r}: expected 0 up to 24, got {self.hour!r}")

    def added_to(self, customers: pa.Table) -> pa.Table:
        """Customers with the request's values as columns."""
        for name, value in self.values.items():
            kind = pa.string() if isinstance(value, str) else pa.float64()
            column = pa.repeat(pa.scalar(value, kind), customers.num_rows)
            customers = customers.append_column(f"{REQUEST_PREFIX}{name}", column)
        return customers


BATCH = Request()
