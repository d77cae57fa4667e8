"""Why an action was chosen for customers: from its model's contributions, or from the features it names."""

from collections.abc import Sequence

import pyarrow as pa

from features.vocabulary import CHURN, Model
from serving.decision.actions import Action
from serving.decision.reasons import Narrator, Reasons
from serving.models import ScoringModel


def action_reasons(
    action: Action, features: pa.Table, models: Sequence[ScoringModel], narrator: Narrator
) -> list[Reasons]:
    """Reasons for one action, customer by customer; computing contributions is dear: ask for winners only."""
    model = next((model for model in models if model.name == _model(action)), None)
    if model is None:
        return narrator.from_features(features, action.reason_features)
    contributions = model.contributions(features, action.product or CHURN)[:, :-1]
    return narrator.from_contributions(features, model.contract.features, contributions)


def _model(action: Action) -> Model | None:
    return {"churn_x_save_rate": Model.CHURN, "propensity": Model.PROPENSITY}.get(action.basis)
