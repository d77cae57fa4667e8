"""What features are called in sentences: phrases by the pattern of a feature's name, in two languages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from features.spec import Product
from features.strict import Strict

Unit = Literal["number", "count", "money", "days", "months", "years", "years_of_days", "share"]
Value = float | str | None


class Sentence(Strict):
    """One statement in both languages; `{value}` and the groups of the phrase's pattern are filled in."""

    en: str
    zh: str


class Phrase(Strict):
    """How a feature whose whole name matches `pattern` is told.

    `concept` groups features that say much the same: of a concept only one is told. The sentence may differ
    where the value is 0, 1, negative (told without its sign) or missing. What has no sentence is not told.
    The pattern's groups: `product` is told by its name, `word` as words, any other as it is.
    """

    pattern: str
    concept: str
    unit: Unit = "number"
    told: Sentence | None = None
    zero: Sentence | None = None
    one: Sentence | None = None
    negative: Sentence | None = None
    missing: Sentence | None = None

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        re.compile(self.pattern)
        return self

    def sentence(self, value: Value) -> Sentence | None:
        """The sentence for a value (None: missing), not filled in yet."""
        if value is None:
            return self.missing
        if isinstance(value, str):
            return self.told
        special = {0.0: self.zero, 1.0: self.one}.get(value)
        return special or (self.negative if value < 0 else None) or self.told


class Phrases(Strict):
    """How a bank's features are told: the first phrase that matches tells one; `words` are Chinese."""

    phrases: tuple[Phrase, ...] = Field(min_length=1)
    words: dict[str, str]


@dataclass(frozen=True)
class Teller:
    """One feature's phrase, with the groups of its pattern filled in per language."""

    phrase: Phrase
    en: Mapping[str, str]
    zh: Mapping[str, str]
    words: Mapping[str, str]

    @property
    def concept(self) -> str:
        """What the feature is about."""
        return self.phrase.concept

    def say(self, value: Value) -> Sentence | None:
        """The sentence for a value (None: missing), or None where there is nothing to say."""
        sentence = self.phrase.sentence(value)
        if sentence is None:
            return None
        if isinstance(value, str):
            en, zh = readable(value), self.words.get(value, readable(value))
        else:
            en = zh = self._number(value)
        said = sentence.en.format(value=en, **self.en)
        return Sentence(en=said[:1].upper() + said[1:], zh=sentence.zh.format(value=zh, **self.zh))

    def _number(self, value: float | None) -> str:
        if value is None:
            return ""
        return shown(abs(value) if self.phrase.negative else value, self.phrase.unit)


def teller(phrases: Phrases, feature: str, products: Mapping[str, Product]) -> Teller | None:
    """How a feature is told at a bank with this catalogue; None if no phrase matches its name."""
    for phrase in phrases.phrases:
        match = re.fullmatch(phrase.pattern, feature)
        if match:
            groups = match.groupdict()
            en = {name: _english(name, text, products) for name, text in groups.items()}
            zh = {name: _chinese(name, text, products, phrases.words) for name, text in groups.items()}
            return Teller(phrase, en, zh, phrases.words)
    return None


def _english(group: str, text: str, products: Mapping[str, Product]) -> str:
    named = products[text].name_en if group == "product" and text in products else ""
    return named or readable(text)


def _chinese(group: str, text: str, products: Mapping[str, Product], words: Mapping[str, str]) -> str:
    named = products[text].name_zh if group == "product" and text in products else ""
    return named or words.get(text) or _english(group, text, products)


def readable(name: str) -> str:
    """An identifier as words."""
    return name.replace("_", " ")


def shown(value: float, unit: Unit) -> str:
    """A number as a sentence shows it: whole days and counts, cents below 100, three figures else."""
    match unit:
        case "count" | "days" | "months" | "years":
            return f"{value:,.0f}"
        case "years_of_days":
            return f"{value / 365.25:.1f}"
        case "money":
            return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
        case "share":
            return f"{100 * value:.0f} %"
        case "number":
            return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3g}"
