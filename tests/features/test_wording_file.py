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
VALUES: tuple[float | None, ...] = (None, 0.0, 0.4, 1.0, 1.3, 2.0, 2.5, 40.0, 365.25, 1234.5, -1.0, -99.5)


@pytest.fixture
def tellers(make_bank: Any) -> dict[str, Teller]:
    """Every feature of every view, and how it is told."""
    bank = make_bank(TABLES, products=PRODUCTS)
    phrases = load_phrases()
    names = [
        name
        for view in VIEWS
        for name in view.compute(bank, date(2024, 1, 1)).columns
        if name != CUSTOMER_ID and (view.for_models or view.name == "occasions")
    ]
    assert {"holdings_held_card", "balances_last_loan", "transactions_channel_card_count_90d"} < set(names)
    found = {name: teller(phrases, name, bank.spec.products) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def test_every_feature_has_a_phrase_of_its_own(tellers: dict[str, Teller]) -> None:
    assert not [name for name, one in tellers.items() if one.concept == "other"]


def test_one_is_told_in_the_singular_and_nothing_else_is(tellers: dict[str, Teller]) -> None:
    """Whatever the value, and whatever number the feature's name holds."""
    plural = r"(days|months|years|products|transactions|payments|times|offers|complaints|enquiries|visits)"
    singular = r"(day|month|year|product(?! offers)|transaction|payment|offer|complaint|enquiry|visit|login)"
    for one in tellers.values():
        for value in VALUES:
            said = one.say(value) if one.phrase.negative or (value or 0.0) >= 0 else None
            if said is not None:
                assert not re.search(rf"\b(1|[Oo]ne) {plural}\b", said.en), said.en
                assert not re.search(rf"(?<![\d,.])(0|[2-9]|\d\d+) {singular}\b", said.en), said.en
                assert not re.search(r"\b0 |(?<![\d,.])0[个天年次笔件岁]", said.en + said.zh), (
                    said.en + said.zh
                )


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
        (
            "balances_total_change_90d",
            -3200.4,
            "Balance down by 3,200 in the last 90 days",
            "余额在近90天内减少3,200",
        ),
        ("interactions_complaints_open", 1.0, "A complaint is still open", "有1件投诉尚未解决"),
        (
            "interactions_complaints_open_days_max",
            41.6,
            "A complaint has been open for 42 days",
            "有投诉已等待42天仍未解决",
        ),
        ("holdings_held_card", 0.0, "Does not hold credit card", "未持有信用卡"),
        ("customer_tenure_days", 1000.0, "With the bank for 2 years", "成为客户2年"),
        ("customer_tenure_days", 31.0, "With the bank for 1 month", "成为客户1个月"),
        ("holdings_count_1m_ago", 1.0, "Held one product a month ago", "1个月前持有1个产品"),
        ("holdings_count_1m_ago", 2.0, "Held 2 products a month ago", "1个月前持有2个产品"),
        ("holdings_count_3m_ago", 1.0, "Held one product 3 months ago", "3个月前持有1个产品"),
        ("holdings_openings_1m", 0.0, "Opened nothing in the last month", "近1个月没有新开产品"),
        ("holdings_months_since_opened_loan", 1.0, "Opened loan 1 month ago", "1个月前开立贷款"),
        ("holdings_months_since_opened_loan", 0.2, "Opened loan within the last weeks", "最近几周开立贷款"),
        ("holdings_months_since_opened_loan", 40.0, "Opened loan 3 years ago", "3年前开立贷款"),
        ("transactions_days_since_last", 1.0, "Last transaction yesterday", "昨天刚有交易"),
        ("transactions_days_since_last", 2.0, "No transaction in the last 2 days", "近2天没有交易"),
        ("transactions_gap_mean_days", 1.2, "About one transaction a day", "平均每天一次交易"),
        ("occasions_days_to_birthday", 1.0, "Birthday tomorrow", "明天过生日"),
        (
            "occasions_days_to_anniversary",
            4.0,
            "Anniversary with the bank in 4 days",
            "4天后是成为客户的周年纪念日",
        ),
        (
            "transactions_category_rent_mean_365d",
            -761.0,
            "Transactions for rent average 761 going out (last year)",
            "近一年房租类平均每笔支出761",
        ),
        ("customer_city", "start_up", "City: start up", "城市：初创期"),
        ("customer_kind", "individual", "Customer type: private customer", "客户类型：个人客户"),
        ("tier", "high_value", "Graded high value", "客户等级：高价值"),
    ],
)
def test_sentences(tellers: dict[str, Teller], feature: str, value: Value, en: str, zh: str) -> None:
    said = tellers[feature].say(value)
    assert said is not None
    assert (said.en, said.zh) == (en, zh)
