"""Phrases: the right sentence for a value, in both languages."""

import pytest

from features.spec import Product
from features.wording import Phrase, Phrases, Sentence, Teller, Unit, Value, shown, teller

PRODUCTS = {"card": Product(name_en="Credit card", name_zh="信用卡"), "fund": Product()}


def say(en: str, zh: str = "") -> Sentence:
    return Sentence(en=en, zh=zh or en)


PHRASES = Phrases(
    phrases=(
        Phrase(
            pattern="paid_(?P<word>.+)_(?P<days>[0-9]+)d",
            concept="spending",
            unit="count",
            told=say("{value} payments by {word} in {days} days", "近{days}天{word}支付{value}笔"),
            one=say("one payment by {word}"),
            zero=say("no payment by {word}"),
            missing=say("never paid by {word}"),
        ),
        Phrase(
            pattern="change",
            concept="balance",
            unit="money",
            told=say("up by {value}"),
            negative=say("down by {value}"),
        ),
        Phrase(
            pattern="held_(?P<product>.+)", concept="holdings", told=say("holds {product}", "持有{product}")
        ),
        Phrase(pattern="silent", concept="other"),
        Phrase(pattern="(?P<word>.+)", concept="other", told=say("{word}: {value}", "{word}：{value}")),
    ),
    words={"debit_card": "借记卡", "self_employed": "自雇"},
)


def told(feature: str, value: Value) -> tuple[str, str] | None:
    found = teller(PHRASES, feature, PRODUCTS)
    assert isinstance(found, Teller)
    sentence = found.say(value)
    return (sentence.en, sentence.zh) if sentence else None


@pytest.mark.parametrize(
    ("feature", "value", "en", "zh"),
    [
        ("paid_debit_card_90d", 1234.0, "1,234 payments by debit card in 90 days", "近90天借记卡支付1,234笔"),
        ("paid_debit_card_90d", 1.0, "One payment by debit card", "one payment by 借记卡"),
        ("paid_cash_30d", 0.0, "No payment by cash", "no payment by cash"),
        ("paid_cash_30d", None, "Never paid by cash", "never paid by cash"),
        ("change", -3200.4, "Down by 3,200", "down by 3,200"),
        ("change", 12.5, "Up by 12.50", "up by 12.50"),
        ("held_card", 1.0, "Holds Credit card", "持有信用卡"),
        ("held_fund", 1.0, "Holds fund", "持有fund"),
        ("occupation", "self_employed", "Occupation: self employed", "occupation：自雇"),
    ],
)
def test_the_sentence_fits_the_value(feature: str, value: Value, en: str, zh: str) -> None:
    assert told(feature, value) == (en, zh)


def test_what_has_no_sentence_is_not_told() -> None:
    assert told("change", None) is None
    assert told("silent", 1.0) is None


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234.6, "count", "1,235"),
        (99.994, "money", "99.99"),
        (-1234.4, "money", "-1,234"),
        (0.314, "share", "31 %"),
        (730.5, "years_of_days", "2.0"),
        (39.4, "years", "39"),
        (3.0, "number", "3"),
        (0.12345, "number", "0.123"),
    ],
)
def test_numbers_are_shown_as_people_write_them(value: float, unit: Unit, text: str) -> None:
    assert shown(value, unit) == text
