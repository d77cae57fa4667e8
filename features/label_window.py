"""The label window that a model answers for, beside the one that bank.toml asks for."""

from features.spec import BankSpec, WindowSpec
from features.vocabulary import Model


def window_asked(spec: BankSpec, model: Model) -> WindowSpec:
    """What a model would answer for if it were trained now: of uplift from the contact on, without a gap."""
    return spec.window.model_copy(update={"gap_days": 0}) if model is Model.UPLIFT else spec.window


def in_words(window: WindowSpec) -> str:
    """As tables and notes tell it: "90 days after a gap of 0"."""
    return f"{window.horizon_days} days after a gap of {window.gap_days}"
