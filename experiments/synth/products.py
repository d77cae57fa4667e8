"""The synthetic bank's catalogue, and who takes what: the true opening intensities' constants."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KINDS = ("individual", "company", "institution")
STAGES = (
    "student", "starter", "family", "established", "retired", "start_up", "growing", "mature", "public",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One product and its market.

    `monthly_odds`: odds of opening in a month for an average customer of its kinds, 0 for a first product.
    `stage`: what a life stage adds to the log-odds. `income`, `wealth`, `digital`: what a standard unit of
    log income, one of log wealth, and using the app add. `after`: products that raise the log-odds by 0.8
    once held. `balance_weight`: its part of the customer's wealth, 0 for products without a balance.
    `monthly_closing`: probability of being closed in a month while the customer stays.
    """

    id: str
    name_en: str
    name_zh: str
    annual_value: float
    category: str
    kinds: tuple[str, ...]
    monthly_odds: float = 0.0
    stage: tuple[tuple[str, float], ...] = ()
    income: float = 0.0
    wealth: float = 0.0
    digital: float = 0.0
    after: tuple[str, ...] = ()
    balance_weight: float = 0.0
    monthly_closing: float = 0.0


PEOPLE, FIRMS = ("individual",), ("company", "institution")

CATALOGUE = (
    Line("current_account", "Current account", "活期账户", 45, "payments", PEOPLE, balance_weight=1.0),
    Line("savings_account", "Savings account", "储蓄账户", 60, "deposits", PEOPLE, 0.010,
         (("family", 0.5), ("student", -0.5)), income=0.5, wealth=0.5, balance_weight=2.5,
         monthly_closing=0.004),
    Line("term_deposit", "Term deposit", "定期存款", 110, "deposits", (*PEOPLE, "institution"), 0.004,
         (("retired", 1.3), ("established", 0.8), ("student", -1.5)), wealth=1.0, after=("savings_account",),
         balance_weight=4.0, monthly_closing=0.03),
    Line("credit_card", "Credit card", "信用卡", 80, "lending", PEOPLE, 0.009,
         (("starter", 0.8), ("retired", -0.8)), income=0.6, digital=0.6, monthly_closing=0.006),
    Line("personal_loan", "Personal loan", "个人贷款", 240, "lending", PEOPLE, 0.005,
         (("starter", 1.0), ("family", 0.6), ("retired", -1.5)), income=-0.3, wealth=-0.7,
         after=("credit_card",), monthly_closing=0.02),
    Line("mortgage", "Mortgage", "住房贷款", 900, "lending", PEOPLE, 0.002,
         (("family", 1.6), ("starter", 0.8), ("student", -2.0), ("retired", -2.0)), income=1.0,
         after=("savings_account",), monthly_closing=0.002),
    Line("investment_fund", "Investment fund", "投资基金", 190, "investment", (*PEOPLE, "institution"), 0.004,
         (("established", 0.9), ("student", -1.0)), income=0.4, wealth=1.1, digital=0.5,
         after=("term_deposit",), balance_weight=3.0, monthly_closing=0.008),
    Line("life_insurance", "Life insurance", "人寿保险", 150, "insurance", PEOPLE, 0.004,
         (("family", 1.4), ("student", -1.5), ("retired", -1.0)), income=0.4, after=("mortgage",),
         monthly_closing=0.005),
    Line("business_account", "Business account", "对公账户", 220, "payments", FIRMS, balance_weight=1.0),
    Line("business_loan", "Business loan", "企业贷款", 1400, "lending", FIRMS, 0.009,
         (("growing", 1.2), ("start_up", 0.5), ("public", -2.0)), income=0.5, wealth=-0.5,
         monthly_closing=0.012),
    Line("card_terminal", "Card terminal", "收款终端", 260, "payments", ("company",), 0.011,
         (("start_up", 1.1), ("mature", -0.7)), digital=0.8, monthly_closing=0.006),
    Line("cash_management", "Cash management", "现金管理", 650, "deposits", FIRMS, 0.009,
         (("mature", 1.0), ("public", 1.0), ("start_up", -1.2)), income=0.6, wealth=0.8,
         after=("business_loan",), balance_weight=3.0, monthly_closing=0.005),
)  # fmt: skip

PRODUCTS = tuple(line.id for line in CATALOGUE)
ANCHORS = (PRODUCTS.index("current_account"), PRODUCTS.index("business_account"))
"""The first product of an individual, and of a company or institution; closed only on leaving."""

OFFERED = np.array([line.monthly_odds > 0 for line in CATALOGUE])
BALANCE_WEIGHTS = np.array([line.balance_weight for line in CATALOGUE])
MONTHLY_CLOSING = np.array([line.monthly_closing for line in CATALOGUE])
SOLD_TO = np.array([[kind in line.kinds for line in CATALOGUE] for kind in KINDS])
"""Shape (kinds, products)."""

STAGE_EFFECT: NDArray[np.float64] = np.array(
    [[dict(line.stage).get(stage, 0.0) for line in CATALOGUE] for stage in STAGES]
)
"""Shape (stages, products)."""

FOLLOWS = np.array([[0.8 * (other in line.after) for line in CATALOGUE] for other in PRODUCTS])
"""Shape (held, products): what holding one adds to the log-odds of the other."""
