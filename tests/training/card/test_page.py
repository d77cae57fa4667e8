"""The page says all that the card holds, escapes what the bank named, and needs nothing from elsewhere."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from training.card.card import ArmFacts, Card, ConceptFacts, HeadFacts, Range, SelectionFacts, SliceFacts
from training.card.page import by_head, card_page, table, told
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
        figures={"roc_auc": Range(value=0.9, low=0.8, high=1.1)},
    )
    given = {"by": "customer_sex", "rows": 900, "small": False}
    selections = (
        SelectionFacts(head="loan", group="<b>women</b>", value=0.5, low=0.4, high=0.6, **given),
        SelectionFacts(head="loan", group="men", value=2.0, low=1.7, high=2.5, **given),
        SelectionFacts(head="card", group="men", value=None, low=8.5, high=None, **given),
    )
    tenure = ConceptFacts(name="customer_tenure", share=0.75, features={"<visits>": 0.5, "balance": 0.25})
    command = "nextbest models 'a b' rebuild churn --version 3"
    rebuilding = card.rebuilding.model_copy(update={"command": command})
    told = {
        "bank": "A & B",
        "owner": None,
        "slices": (women,),
        "selections": selections,
        "sensitive": ("customer_sex",),
    }
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


@pytest.mark.parametrize(
    ("grown", "told"),
    [
        ({"num_leaves": 4, "extra_trees": True}, "<td>4</td><td>drawn at random</td>"),
        ({"num_leaves": 15, "extra_trees": False}, "<td>15</td><td>best</td>"),
        ({}, "<td>–</td><td>–</td>"),
    ],
)
def test_how_a_heads_trees_were_grown_is_told(card: Card, grown: dict[str, Any], told: str) -> None:
    facts = {"name": "churn", "positives": 80, "base_rate": 0.09, "calibration": "platt", "trees": 4}
    head = HeadFacts(**facts, leaves=16, **grown)
    page = re.sub(r"\n", "", card_page(card.model_copy(update={"heads": (head,)}), {}))
    assert f"<td>4</td><td>16</td>{told}</tr>" in page


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
    assert found["columns"] == ["rows", "positives", "ROC-AUC"]
    assert found["lines"][0]["cells"] == ["12", "1", "0.9 [0.8, 1.1]"]


def test_whom_each_head_selects_is_told_a_column_a_group(named: Card, page: str) -> None:
    found = by_head(named.selections)
    assert found["columns"] == ["<b>women</b>", "men"]
    assert [(line["group"], line["cells"]) for line in found["lines"]] == [
        ("loan", ["0.50 [0.40, 0.60]", "2.00 [1.70, 2.50]"]),
        ("card", ["–", "∞ [8.50, ∞]"]),
    ]
    assert "<td>loan</td><td>0.50<small>[0.40, 0.60]</small></td>" in page
    few = named.selections[0].model_copy(update={"small": True, "rows": 40})
    assert by_head([few])["lines"][0]["cells"] == ["40 rows"]


def test_figures_over_several_heads_say_what_they_count(named: Card) -> None:
    head = HeadFacts(name="card", positives=3, base_rate=0.1, calibration="identity", trees=1, leaves=2)
    one, two = (named.model_copy(update={"heads": (head,) * number}) for number in (1, 2))
    assert "<th>customers × products</th>" not in card_page(one, {})
    assert "customers × products" in card_page(two, {})
