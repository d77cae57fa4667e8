"""Phrases: the right sentence for a value, in both languages."""

from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from features.spec import Product
from features.wording import (
    DAYS_PER_MONTH,
    Phrase,
    Phrases,
    Sentence,
    Teller,
    Unit,
    Value,
    rounded,
    shown,
    teller,
)

PRODUCTS = {"card": Product(name_en="Credit card", name_zh="信用卡"), "fund": Product()}


def say(en: str, zh: str = "") -> Sentence:
    return Sentence(en=en, zh=zh or en)


PHRASES = Phrases(
    phrases=(
        Phrase(
            pattern="paid_(?P<word>.+)_(?P<days>[0-9]+)d",
            concept="spending",
            unit="count",
            told=say("{value} payments by {word} in the last {days}", "近{days}{word}支付{value}笔"),
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
    english={"atm": "ATM"},
    spans={"days": {"365": say("year", "一年"), "other": say("{number} days", "{number}天")}},
)


def told(feature: str, value: Value) -> tuple[str, str] | None:
    found = teller(PHRASES, feature, PRODUCTS)
    assert isinstance(found, Teller)
    sentence = found.say(value)
    return (sentence.en, sentence.zh) if sentence else None


@pytest.mark.parametrize(
    ("feature", "value", "en", "zh"),
    [
        (
            "paid_debit_card_90d",
            1234.0,
            "1,234 payments by debit card in the last 90 days",
            "近90天借记卡支付1,234笔",
        ),
        ("paid_debit_card_90d", 1.0, "One payment by debit card", "one payment by 借记卡"),
        ("paid_atm_365d", 2.0, "2 payments by ATM in the last year", "近一年ATM支付2笔"),
        ("paid_cash_30d", 0.3, "No payment by cash", "no payment by cash"),
        ("paid_cash_30d", 1.4, "One payment by cash", "one payment by cash"),
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
    ("value", "unit", "en", "zh"),
    [
        (1234.6, "count", "1,235", "1,235"),
        (99.994, "money", "99.99", "99.99"),
        (99.996, "money", "100", "100"),
        (-1234.4, "money", "-1,234", "-1,234"),
        (0.314, "share", "31 %", "31 %"),
        (0.6, "days", "1 day", "1天"),
        (2.0, "days", "2 days", "2天"),
        (1.2, "months", "1 month", "1个月"),
        (23.4, "months", "23 months", "23个月"),
        (35.2, "months", "2 years", "2年"),
        (400.0, "tenure", "13 months", "13个月"),
        (3988.0, "tenure", "10 years", "10年"),
        (39.4, "age", "39 years", "39岁"),
        (1.0, "age", "1 year", "1岁"),
        (3.0, "number", "3", "3"),
        (0.12345, "number", "0.123", "0.123"),
    ],
)
def test_numbers_are_shown_as_people_say_them(value: float, unit: Unit, en: str, zh: str) -> None:
    assert shown(value, unit) == Sentence(en=en, zh=zh)


@given(st.floats(-1e6, 1e6), st.sampled_from(get_args(Unit)))
@example(0.025, "share")
def test_what_is_rounded_is_shown_alike(value: float, unit: Unit) -> None:
    """Else a sentence for 1 would be told where 2 is shown, or the other way round."""
    again = rounded(value, unit) * (DAYS_PER_MONTH if unit == "tenure" else 1)
    assert shown(again, unit).en.replace("-0", "0") == shown(value, unit).en.replace("-0", "0")


def test_a_count_that_could_not_be_told_of_one_is_refused() -> None:
    with pytest.raises(ValidationError, match="visits: a count needs a sentence for one"):
        Phrase(pattern="visits", concept="activity", unit="count", told=say("{value} visits"))


def test_a_span_must_tell_any_number() -> None:
    with pytest.raises(ValidationError, match=r"spans.days: missing: other"):
        Phrases(phrases=PHRASES.phrases, words={}, spans={"days": {"30": say("month")}})
