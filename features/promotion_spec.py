"""`[promotion]` and `[owner]` of bank.toml: what a challenger has to hold, and who answers for the models."""

from typing import Annotated

from pydantic import Field

from features.strict import Fraction, Strict

Positive = Annotated[float, Field(gt=0)]
Times = Annotated[float, Field(gt=1)]


class OwnerSpec(Strict):
    """Who answers for the bank's models, as their cards tell."""

    name: Annotated[str, Field(min_length=1)]
    contact: str = ""


class PromotionSpec(Strict):
    """The gates of `nextbest models BANK promote`.

    `approval`: a second person has to approve a version, the first one too. `owner_required`: a card
    without an owner is incomplete. `tested_least`: so many positives, and negatives, the test has to hold of
    the heads that learned. `quality_margin`: by how much a challenger may be worse at the low end
    of the interval, in skill and in ROC-AUC or MAP@7; `quality_lost_most`: of the champion's own skill the
    share that it may lose there, where that is less, `qini_lost_most`: of its Qini coefficient, of which
    contacts tell less. `calibration_error_most`: of the whole, by the low end of the interval;
    `calibration_error_share_most`: beyond chance, as a share of the base rate, which binds where that is low.
    `calibration_times`: how many times more or fewer than expected may come true of everyone, and in a tier
    or a sensitive group, there as far as that is more than `calibration_gap_most` of its rows (for
    propensity: of its customers and products); `calibration_head_times`: of one product, and how many times
    less of an action's effect. `psi_most`: population stability index of scores; `feature_psi_most`: of the
    features that weigh most, which grow with a bank while scores should not. `selection_ratio_least`: the
    share of a sensitive group that a head selects over that of the others, and of the others over its own.
    `microseconds_a_row_most` and `leaves_most` bound a model's time and size, all its heads together.
    """

    approval: bool = False
    owner_required: bool = False
    tested_least: Annotated[int, Field(ge=1)] = 10
    quality_margin: Fraction = 0.05
    quality_lost_most: Fraction = 0.2
    qini_lost_most: Fraction = 0.5
    calibration_error_most: Fraction = 0.05
    calibration_error_share_most: Fraction = 0.5
    calibration_times: Times = 1.5
    calibration_head_times: Times = 2.0
    calibration_gap_most: Fraction = 0.005
    psi_most: Positive = 0.25
    feature_psi_most: Positive = 1.0
    selection_ratio_least: Fraction = 0.8
    microseconds_a_row_most: Positive = 1000.0
    leaves_most: Annotated[int, Field(ge=1)] = 500_000
