"""What decisions are made from: the features and the scores of customers in one table."""

from collections.abc import Sequence

import pyarrow as pa

from serving.models import ONE_THREAD, ScoringModel
from serving.scores import score_table


def decision_table(features: pa.Table, models: Sequence[ScoringModel], threads: int = ONE_THREAD) -> pa.Table:
    """`features` (customer_id, snapshot_date, every feature of deciding) with the score columns added.

    Raises BadInputError naming the columns that a model lacks.
    """
    scores = score_table(features, models, threads)
    for name in scores.column_names:
        if features.schema.get_field_index(name) < 0:
            features = features.append_column(name, scores[name])
    return features
