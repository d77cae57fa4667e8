"""The ledger's table of decisions in the form that estimates read."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from serving.estimation.logged import LOGGED, MONEY, NOTHING, OUTCOMES

_SAME: Final = ("decision_id", "decided_on", "action", "channel", "arm", *MONEY)


def logged_from(decisions: pa.Table) -> pa.Table:
    """The ledger's decisions as LOGGED.

    Of the ledger's columns: `action_probability` is the probability of the choice, that of the arm apart;
    an outcome came about where `<outcome>_at` is not null; a group is what an action's id begins with. An
    erased customer (null) is taken for a different one at each decision.
    """
    group = pc.list_element(pc.split_pattern(decisions["action"], ":", max_splits=1), 0)
    columns = {
        **{name: decisions[name] for name in _SAME},
        "customer": pc.coalesce(decisions["customer"], decisions["decision_id"]),
        "group": pc.if_else(pc.equal(group, NOTHING), pa.scalar(None, pa.string()), group),
        "probability": decisions["action_probability"],
        **{name: pc.is_valid(decisions[f"{name}_at"]) for name in OUTCOMES},
    }
    return pa.table({name: columns[name] for name in LOGGED.names})
