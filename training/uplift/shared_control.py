"""A draw of several actions and one control: whoever got nothing is control of every action of the draw.

Its rows hold the probability of what the customer got. Given that it was action a or control c, treatment had
the probability p_a / (p_a + p_c).
"""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from features.errors import BadInputError
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE

SUM_WITHIN: Final = 0.02
"""The probabilities of a draw's arms add up to 1, as far as rounding to two decimals lets them."""
SAME_WITHIN: Final = 1e-6
RECORDED: Final = (
    "Date the rows of a draw alike, with the assignment_probability of what the customer got, the same "
    "throughout an arm; where that cannot be, record a control row for each action, with the probability of "
    "treatment given this action or control"
)
CONTROL: Final = ""
"""In place of an action: contacted for none."""


def with_shared_controls(contacts: pd.DataFrame) -> pd.DataFrame:
    """The contacts with every control that names no action once for each action that it is control of.

    `contacts`: customer_id, action (null: a shared control), treated, probability, day, snapshot_date. The
    draw is all such controls of one snapshot_date with those treated there for actions without control rows
    of their own; its rows come back with the probability of treatment given this action or control. All
    others stay as they are.

    Raises BadInputError where probabilities differ within an arm or do not add up to 1, where a customer is
    twice in a draw on one day, and where an action of a draw is treated at a snapshot without any control.
    """
    named = contacts.assign(action=contacts["action"].fillna(CONTROL))
    unnamed = named["action"] == CONTROL
    if not unnamed.any():
        return contacts
    drawn = _of_draw(named)
    _require_controls(named, drawn)
    paired = [_pairs(arms, str(day)[:10]) for day, arms in named[drawn].groupby(SNAPSHOT_DATE)]
    found = pd.concat([named[~drawn], *paired])
    return found.sort_values([CUSTOMER_ID, "day", "action"], kind="stable", ignore_index=True)


def _of_draw(contacts: pd.DataFrame) -> pd.Series:
    """Whether each row belongs to a draw with a shared control."""
    cell = pd.MultiIndex.from_frame(contacts[[SNAPSHOT_DATE, "action"]])
    unnamed = contacts["action"] == CONTROL
    has_own = cell.isin(cell[~contacts["treated"] & ~unnamed])
    shared = contacts[SNAPSHOT_DATE].isin(contacts[SNAPSHOT_DATE][unnamed])
    return unnamed | (shared & ~has_own)


def _require_controls(contacts: pd.DataFrame, drawn: pd.Series) -> None:
    """Refuse treated rows that may be of a draw whose control lies at another snapshot."""
    others = contacts[~drawn & contacts["action"].isin(set(contacts["action"][drawn]))]
    lone = others[others.groupby([SNAPSHOT_DATE, "action"])["treated"].transform("all")]
    if len(lone):
        day, action = lone[[SNAPSHOT_DATE, "action"]].iloc[0]
        told = f"{action} is treated there without any control, and shares one at another snapshot"
        raise BadInputError(f"contacts after snapshot {str(day)[:10]}: {told}. {RECORDED}")


def _pairs(arms: pd.DataFrame, day: str) -> pd.DataFrame:
    """A draw's rows by action, each action with all controls."""
    twice = arms.duplicated([CUSTOMER_ID, "day"])
    if twice.any():
        customer, when = arms[twice][[CUSTOMER_ID, "day"]].iloc[0]
        raise _unclear(day, f"customer {customer} is in it twice on {str(when)[:10]}")
    share = _shares(arms, day)
    control = arms[arms["action"] == CONTROL]
    found = []
    for action in sorted(share.keys() - {CONTROL}):
        treated = share[action] / (share[action] + share[CONTROL])
        rows = pd.concat([arms[arms["action"] == action], control])
        found.append(rows.assign(action=action, probability=treated))
    return pd.concat(found)


def _shares(arms: pd.DataFrame, day: str) -> Mapping[str, float]:
    """The probability of each arm of a draw, control's under `CONTROL`."""
    by_arm = arms.groupby("action")["probability"].agg(["min", "max", "mean"])
    for action, low, high in by_arm[["min", "max"]].itertuples():
        if high - low > SAME_WITHIN:
            raise _unclear(day, f"probabilities of {action or 'control'} lie between {low:g} and {high:g}")
    share = {str(action): float(mean) for action, mean in by_arm["mean"].items()}
    if abs(sum(share.values()) - 1) > SUM_WITHIN:
        told = ", ".join(f"{action or 'control'} {value:g}" for action, value in share.items())
        raise _unclear(day, f"the arms' probabilities add up to {sum(share.values()):g}, not 1: {told}")
    return share


def _unclear(day: str, what: str) -> BadInputError:
    return BadInputError(
        f"contacts after snapshot {day}, drawn with control rows without an action: {what}. {RECORDED}"
    )
