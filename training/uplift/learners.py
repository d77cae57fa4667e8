"""Every learner of uplift, by name, the one to doubt least first."""

from collections.abc import Mapping
from typing import Final

from training.uplift.class_transformation import class_transformation
from training.uplift.dr_learner import dr_learner
from training.uplift.shifted import FREELY, Panel, shifted
from training.uplift.t_learner import t_learner
from training.uplift.trial import Learner
from training.uplift.x_learner import x_learner

ALONE: Final[Mapping[str, Learner]] = {
    "X-learner": x_learner,
    "T-learner": t_learner,
    "DR-learner": dr_learner,
    "class transformation": class_transformation,
}
"""Those that need nothing but the trial."""


def learners(panel: Panel | None = None) -> dict[str, Learner]:
    """All of them; what the bank's other customers tell (`panel`) helps the first three."""
    return {
        "shifted alike": shifted(panel, None),
        "shifted slightly": shifted(panel),
        "shifted freely": shifted(panel, FREELY),
        **ALONE,
    }
