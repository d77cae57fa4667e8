"""A backtest of any model, from the bank to its recorded run."""

from features.errors import BadInputError
from features.progress import Progress, silent
from features.spec import BankSpec
from features.vocabulary import Model
from training.asked import require_least
from training.backtest.curve import learning_curve
from training.backtest.effects import backtest_effects, prepare_effects
from training.backtest.report import record, with_curve
from training.backtest.walk import DRAWS, DRAWS_LEAST, Backtest, backtest, prepare


def run_backtest(
    spec: BankSpec,
    model: Model,
    progress: Progress = silent,
    *,
    folds: int | None = None,
    draws: int = DRAWS,
    curve: bool = False,
) -> tuple[Backtest, str]:
    """What came of it, and the id of the run that it is recorded as.

    Raises BadInputError where there is nothing to learn from or to judge, for too few folds or draws, or for
    a learning curve of uplift.
    """
    require_least(1, folds=folds)
    require_least(DRAWS_LEAST, draws=draws)
    if model is Model.UPLIFT:
        if curve:
            raise BadInputError("a backtest of uplift has no learning curve")
        found = backtest_effects(prepare_effects(spec, progress, folds=folds, draws=draws), progress)
    else:
        walk = prepare(spec, model, progress, folds=folds, draws=draws)
        found = backtest(walk, progress)
        if curve:
            found = with_curve(found, learning_curve(walk, progress))
    return found, record(spec, found)
