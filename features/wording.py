"""What features are called in sentences: phrases by the pattern of a feature's name, in two languages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from features.spec import Product
from features.strict import Strict
from features.vocabulary import DAYS_PER_MONTH

Unit = Literal["number", "count", "money", "days", "months", "age", "tenure", "share"]
"""Days and months are told with their noun; so is an age in years, and a tenure in days."""
Value = float | str | None

MONTHS_OF_YEARS: Final = 24
"""From so many months on, full years are told."""
OTHER: Final = "other"


class Sentence(Strict):
    """One statement in both languages; `{value}` and the groups of the phrase's pattern are filled in."""

    en: str
    zh: str


class Phrase(Strict):
    """How a feature whose whole name matches `pattern` is told.

    `concept` groups features that say much the same: of a concept only one is told. The sentence may differ
    where the value, as it is shown, is 0, 1, negative (told without its sign) or missing. What has no
    sentence is not told. The pattern's groups: `product` is told by its name, `word` as words, a stretch of
    time as `Phrases.spans` has it.
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
        if self.unit == "count" and self.told and not self.one:
            raise ValueError(f"{self.pattern}: a count needs a sentence for one")
        return self

    def sentence(self, value: Value) -> Sentence | None:
        """The sentence for a value (None: missing), not filled in yet."""
        if value is None:
            return self.missing
        if isinstance(value, str):
            return self.told
        special = {0.0: self.zero, 1.0: self.one}.get(rounded(value, self.unit))
        return special or (self.negative if value < 0 else None) or self.told


class Phrases(Strict):
    """How a bank's features are told: the first phrase that matches tells one.

    `words` are Chinese; `english` stands for identifiers that do not read as English. `spans` tell a number
    in a name, by the pattern's group and the number, `other` any that is not told apart.
    """

    phrases: tuple[Phrase, ...] = Field(min_length=1)
    words: dict[str, str]
    english: dict[str, str] = Field(default_factory=dict)
    spans: dict[str, dict[str, Sentence]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _every_span(self) -> Self:
        for group, told in self.spans.items():
            if OTHER not in told:
                raise ValueError(f"spans.{group}: missing: {OTHER}")
        return self

    def told(self, text: str) -> Sentence:
        """An identifier as words."""
        english = self.english.get(text, text.replace("_", " "))
        return Sentence(en=english, zh=self.words.get(text, english))

    def group(self, name: str, text: str, products: Mapping[str, Product]) -> Sentence:
        """What a group of a pattern is told as."""
        if name in self.spans:
            span = self.spans[name].get(text, self.spans[name][OTHER])
            return Sentence(en=span.en.format(number=text), zh=span.zh.format(number=text))
        words = self.told(text)
        product = products.get(text) if name == "product" else None
        if product is None:
            return words
        english = product.name_en or words.en
        return Sentence(en=english, zh=product.name_zh or self.words.get(text, english))


@dataclass(frozen=True)
class Teller:
    """One feature's phrase, with what the groups of its pattern are told as."""

    phrase: Phrase
    groups: Mapping[str, Sentence]
    phrases: Phrases

    @property
    def concept(self) -> str:
        """What the feature is about."""
        return self.phrase.concept

    def say(self, value: Value) -> Sentence | None:
        """The sentence for a value (None: missing), or None where there is nothing to say."""
        sentence = self.phrase.sentence(value)
        if sentence is None:
            return None
        told = {**self.groups, "value": self._value(value)}
        en = sentence.en.format(**{name: one.en for name, one in told.items()})
        zh = sentence.zh.format(**{name: one.zh for name, one in told.items()})
        return Sentence(en=en[:1].upper() + en[1:], zh=zh)

    def _value(self, value: Value) -> Sentence:
        if value is None:
            return Sentence(en="", zh="")
        if isinstance(value, str):
            return self.phrases.told(value)
        return shown(abs(value) if self.phrase.negative else value, self.phrase.unit)


def teller(phrases: Phrases, feature: str, products: Mapping[str, Product]) -> Teller | None:
    """How a feature is told at a bank with this catalogue; None if no phrase matches its name."""
    for phrase in phrases.phrases:
        match = re.fullmatch(phrase.pattern, feature)
        if match:
            groups = match.groupdict()
            told = {name: phrases.group(name, text, products) for name, text in groups.items()}
            return Teller(phrase, told, phrases)
    return None


def rounded(value: float, unit: Unit) -> float:
    """A number as exactly as a sentence shows it; of a tenure, its months."""
    match unit:
        case "count" | "days" | "months" | "age":
            return float(round(value))
        case "tenure":
            return float(round(value / DAYS_PER_MONTH))
        case "money":
            return round(value, 2 if abs(value) < 100 else 0)
        case "share":
            return round(value, 2)
        case "number":
            return value if float(value).is_integer() else float(f"{value:.3g}")


def shown(value: float, unit: Unit) -> Sentence:
    """A number as a sentence shows it: whole days and counts, cents below 100, three figures else."""
    number = rounded(value, unit)
    match unit:
        case "days":
            return _counted(number, "day", "天")
        case "months" | "tenure" if number >= MONTHS_OF_YEARS:
            return _counted(number // 12, "year", "年")
        case "months" | "tenure":
            return _counted(number, "month", "个月")
        case "age":
            return _counted(number, "year", "岁")
    text = _text(number, unit)
    return Sentence(en=text, zh=text)


def _counted(number: float, noun: str, chinese: str) -> Sentence:
    return Sentence(en=f"{number:,.0f} {noun}{'' if number == 1 else 's'}", zh=f"{number:,.0f}{chinese}")


def _text(number: float, unit: Unit) -> str:
    match unit:
        case "share":
            return f"{100 * number:.0f} %"
        case "money" if abs(number) < 100:
            return f"{number:,.2f}"
        case "number" if not number.is_integer():
            return f"{number:,.3g}"
    return f"{number:,.0f}"
