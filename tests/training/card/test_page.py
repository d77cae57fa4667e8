"""The page says all that the card holds, escapes what the bank named, and needs nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest

from training.card.card import ArmFacts, Card, ConceptFacts, Range, SliceFacts
from training.card.page import card_page, table, told
from training.plots import drawn, importance_plot


@pytest.fixture
def named(card: Card) -> Card:
    """A card with names that a page could stumble over."""
    women = SliceFacts(
        by="customer_sex",
        group="<b>women</b>",
        rows=12,
        positives=1,
        small=True,
        figures={"selection_ratio": Range(value=0.9, low=0.8, high=1.1)},
    )
    tenure = ConceptFacts(name="customer_tenure", share=0.75, features={"<visits>": 0.5, "balance": 0.25})
    command = "nextbest models 'a b' rebuild churn --version 3"
    rebuilding = card.rebuilding.model_copy(update={"command": command})
    told = {"bank": "A & B", "owner": None, "slices": (women,), "sensitive": ("customer_sex",)}
    return card.model_copy(update={**told, "concepts": (tenure,), "rebuilding": rebuilding})


class Links(HTMLParser):
    """Everything a browser would fetch, and the tags left open."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "link", "img", "iframe"):
            self.fetched.append(tag)
        self.fetched += [str(given[name]) for name in ("src", "href") if name in given]


@pytest.fixture
def page(named: Card) -> str:
    return card_page(named, drawn({"importance": importance_plot({"balance": 0.7, "<visits>": 0.3})}))


def test_what_the_bank_named_is_escaped(page: str) -> None:
    assert "A &amp; B" in page
    assert "&lt;b&gt;women&lt;/b&gt; (too small to be judged)" in page
    assert "<b>women" not in page


def test_nothing_is_fetched(page: str) -> None:
    links = Links()
    links.feed(page)
    own = [link for link in links.fetched if not link.startswith("#")]
    assert own == []
    assert "url(http" not in page


def test_owner_limits_and_the_command_are_told(page: str) -> None:
    text = re.sub(r"\s+", " ", page)
    assert "none named: bank.toml has no [owner]" in text
    assert "It is young." in text
    assert "nextbest models &#39;a b&#39; rebuild churn --version 3" in text
    assert "d" * 64 in text
    assert text.count("<svg") == 1


def test_reasons_are_told_by_concept_with_their_strongest_features(page: str) -> None:
    text = re.sub(r"\s+", " ", page)
    assert "<td>customer tenure</td><td>75.0 %</td>" in text
    assert "<code>&lt;visits&gt;</code> 50.0 %, <code>balance</code> 25.0 %" in text


def test_a_figure_is_told_with_its_interval() -> None:
    assert told(Range(value=0.81234, low=0.75, high=0.85)) == "0.812 [0.75, 0.85]"
    assert told(Range(value=0.5, low=None, high=None)) == "0.5"
    assert told(None) == "–"


def test_effects_are_told_by_action_and_arm(named: Card) -> None:
    gap = Range(value=-0.02, low=-0.05, high=0.01)
    arms = tuple(ArmFacts(name=name, rows=1500, positives=70) for name in ("treatment", "control"))
    given = {"rows": 3000, "positives": 140, "small": False, "figures": {"effect_gap": gap}, "arms": arms}
    whole, tier = (
        SliceFacts(by=by, group=group, head="cross_sell:card", **given)
        for by, group in (("all", "all"), ("tier", "dormant"))
    )
    found = table([whole])
    assert found["columns"][:2] == ["treatment: contacts", "control: contacts"]
    assert found["lines"][0]["group"] == "cross_sell:card"
    assert found["lines"][0]["cells"] == ["1,500", "1,500", "70", "70", "-0.02 [-0.05, 0.01]"]
    page = re.sub(r"\s+", " ", card_page(named.model_copy(update={"slices": (whole, tier)}), {}))
    assert "<td>cross_sell:card, dormant</td>" in page
    assert "Where the interval of effect less predicted holds 0" in page


def test_a_table_shows_the_figures_that_any_group_has(named: Card) -> None:
    found = table(named.of("customer_sex"))
    assert found["columns"] == ["rows", "positives", "selected, over others"]
    assert found["lines"][0]["cells"] == ["12", "1", "0.9 [0.8, 1.1]"]
