"""The question that a model answers, beside the one that bank.toml asks."""

from dataclasses import dataclass
from typing import Final

from features.spec import BankSpec, ChurnSpec, WindowSpec
from features.vocabulary import Model

THRESHOLDS: Final = {
    "inactive": ("active_days",),
    "balance_drop": ("drop_share", "minimum_balance", "unreported_days"),
}
"""Which of [churn] a rule goes by."""


@dataclass(frozen=True)
class Question:
    """What comes true within `window`.

    `leaving` says by which rule customers leave; None where nothing is asked of leaving, or it is not known.
    """

    window: WindowSpec
    leaving: str | None = None

    def __str__(self) -> str:
        """As tables and notes tell it: "90 days after a gap of 0, left by closed_all"."""
        days = f"{self.window.horizon_days} days after a gap of {self.window.gap_days}"
        return f"{days}, left by {self.leaving}" if self.leaving else days

    @property
    def zh(self) -> str:
        """In Chinese."""
        days = f"间隔 {self.window.gap_days} 天后的 {self.window.horizon_days} 天"
        return f"{days}，流失规则 {self.leaving}" if self.leaving else days

    def differs(self, asked: "Question") -> bool:
        """Whether it is another than is `asked`; a rule of leaving that one does not know is none."""
        rules = {self.leaving, asked.leaving} - {None}
        return self.window != asked.window or len(rules) > 1


def question_asked(spec: BankSpec, model: Model) -> Question:
    """What a model would answer if it were trained now; of an effect from the contact on, no gap."""
    window = spec.window.model_copy(update={"gap_days": 0}) if model is Model.UPLIFT else spec.window
    leaving = _told(spec.churn) if spec.churn and model is not Model.PROPENSITY else None
    return Question(window, leaving)


def _told(churn: ChurnSpec) -> str:
    """The rule, with what it goes by: "inactive (active_days 90)"."""
    given = [f"{name} {_exact(getattr(churn, name))}" for name in THRESHOLDS.get(churn.rule, ())]
    return f"{churn.rule} ({', '.join(given)})" if given else churn.rule


def _exact(threshold: float) -> str:
    """All its digits: two that differ are told apart."""
    return str(int(threshold)) if threshold == int(threshold) else repr(threshold)
