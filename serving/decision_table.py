"""What decisions are made from: the features and the scores of customers in one table."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from serving.decision.compiled import CompiledPolicy
from serving.decision.objection import objecting, withheld
from serving.decision.stage import Mask
from serving.models import ONE_THREAD, ScoringModel
from serving.scores import score_table


def decision_table(
    features: pa.Table,
    models: Sequence[ScoringModel],
    threads: int = ONE_THREAD,
    policy: CompiledPolicy | None = None,
) -> pa.Table:
    """`features` (customer_id, snapshot_date, every feature of deciding) with the score columns added.

    With `policy`, nobody who objected to marketing is scored: no model sees their row, their scores are null,
    and of their features only those are left that service needs.

    Raises BadInputError naming the columns that a model lacks.
    """
    objections = objecting(policy, features) if policy else np.zeros(features.num_rows, dtype=np.bool_)
    scores = _scores(features, models, threads, objections)
    if policy:
        features = withheld(policy, features, objections)
    known = set(features.column_names)
    further = [name for name in scores.column_names if name not in known]
    # Made at once: each appended column would copy the list of all others.
    return pa.table(
        [*features.columns, *(scores[name] for name in further)], names=[*features.column_names, *further]
    )


def _scores(features: pa.Table, models: Sequence[ScoringModel], threads: int, objections: Mask) -> pa.Table:
    """Scores row by row, all null for those who objected."""
    if not objections.any():
        return score_table(features, models, threads)
    scored = score_table(features.filter(pa.array(~objections)), models, threads)
    places = np.cumsum(~objections) - 1
    return scored.take(pa.array(places, mask=objections))
