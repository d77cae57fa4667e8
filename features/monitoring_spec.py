"""`[monitoring]` of bank.toml: beyond what a watched model and its data fail."""

from typing import Annotated

from pydantic import Field

from features.strict import Fraction, Strict

Times = Annotated[float, Field(gt=1)]


class MonitoringSpec(Strict):
    """The thresholds of `nextbest monitor`.

    `psi_most`: population stability index of a feature or score. `told_apart_most`: the ROC-AUC with
    which a classifier tells the newest snapshot from training's. `null_rise_most`: by how much a
    feature's share of nulls may rise. `stale_times`: how many times its longest pause, or silence at a
    snapshot of training, a table may be silent, and the usual distance of bank.toml's snapshots today may lie
    beyond the last. `rows_times`: how many times more or fewer rows than ever in training.
    `roc_auc_fall_most`: below the ROC-AUC of the test, of a head too. `lift_times`: how many times lower than
    the lift at 10 % of the test. `calibration_times`: how many times more or fewer come true than was said.
    """

    psi_most: Annotated[float, Field(gt=0)] = 0.25
    told_apart_most: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    null_rise_most: Fraction = 0.2
    stale_times: Times = 2.0
    rows_times: Times = 2.0
    roc_auc_fall_most: Fraction = 0.05
    lift_times: Times = 1.25
    calibration_times: Times = 1.25
