"""The wording that comes with the product covers every feature, in both languages."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest

from features.catalogue import VIEWS
from features.vocabulary import CUSTOMER_ID
from features.wording import Teller, Value, teller
from features.wording_file import load_phrases

PRODUCTS = {
    "card": {"name_en": "credit card", "name_zh": "信用卡"},
    "loan": {"name_en": "loan", "name_zh": "贷款"},
}
TABLES: dict[str, list[dict[str, Any]]] = {
    "customers": [{"customer_id": 1, "joined_on": date(2020, 1, 1), "city": "Oslo"}],
    "attributes": [{"customer_id": 1, "as_of": date(2023, 1, 1), "income": 1.0}],
    "transactions": [
        {
            "customer_id": 1,
            "at": datetime(2023, 1, 1, tzinfo=UTC),
            "amount": 1.0,
            "channel": "card",
            "category": "rent",
        }
    ],
}
VALUES: tuple[Value, ...] = (None, 0.0, 1.0, 2.5, 1234.5, -1.0, -99.5)


@pytest.fixture
def tellers(make_bank: Any) -> dict[str, Teller]:
    """Every feature of every view, and how it is told."""
    bank = make_bank(TABLES, products=PRODUCTS)
    phrases = load_phrases()
    names = [
        name
        for view in VIEWS
        for name in view.compute(bank, date(2024, 1, 1)).columns
        if name != CUSTOMER_ID and view.for_models
    ]
    assert {"holdings_held_card", "balances_last_loan", "transactions_channel_card_count_90d"} < set(names)
    found = {name: teller(phrases, name, bank.spec.products) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def test_every_feature_has_a_phrase_of_its_own(tellers: dict[str, Teller]) -> None:
    assert not [name for name, one in tellers.items() if one.concept == "other"]


def test_every_sentence_is_whole_in_both_languages(tellers: dict[str, Teller]) -> None:
    for name, one in tellers.items():
        for value in VALUES:
            said = one.say(value)
            if said is not None:
                assert not re.search(r"[{}_]|nan|None", said.en + said.zh), name
                assert re.search(r"[一-鿿]", said.zh), name
        assert one.say(2.5) is not None, name


@pytest.mark.parametrize(
    ("feature", "value", "en", "zh"),
    [
        ("transactions_days_since_last_debit", 94.0, "No payment in the last 94 days", "近94天没有支出"),
        (
            "transactions_channel_card_count_90d",
            0.0,
            "No transaction by card in the last 90 days",
            "近90天没有银行卡交易",
        ),
        ("balances_total_change_90d", -3200.4, "Balance down by 3,200 in 90 days", "余额在90天内减少3,200"),
        ("interactions_complaints_open", 1.0, "A complaint is still open", "有1件投诉尚未解决"),
        (
            "interactions_complaints_open_days_max",
            41.6,
            "A complaint has been open for 42 days",
            "有投诉已等待42天仍未解决",
        ),
        ("holdings_held_card", 0.0, "Does not hold credit card", "未持有信用卡"),
        ("customer_tenure_days", 730.5, "With the bank for 2.0 years", "成为客户2.0年"),
        ("tier", "high_value", "Graded high value", "客户等级：高价值"),
    ],
)
def test_sentences(tellers: dict[str, Teller], feature: str, value: Value, en: str, zh: str) -> None:
    said = tellers[feature].say(value)
    assert said is not None
    assert (said.en, said.zh) == (en, zh)
