"""Why each row of a campaign was chosen; contributions are computed for these rows only."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from serving.action_reasons import action_reasons
from serving.campaign.contact_list import Told
from serving.decision.actions import Action
from serving.decision.reasons import Narrator
from serving.models import ScoringModel


def told_rows(
    actions: Sequence[Action],
    places: NDArray[np.int64],
    features: pa.Table,
    models: Sequence[ScoringModel],
    narrator: Narrator,
) -> list[Told]:
    """Reasons and talking point of each row: `places` (rows,) names its action, `features` its customer."""
    told: dict[int, Told] = {}
    for place in np.unique(places).tolist():
        action, rows = actions[place], np.flatnonzero(places == place)
        found = action_reasons(action, features.take(pa.array(rows)), models, narrator)
        for row, reasons in zip(rows.tolist(), found, strict=True):
            told[row] = Told(narrator.joined(reasons), narrator.talking_point(action, reasons))
    return [told[row] for row in range(len(places))]
