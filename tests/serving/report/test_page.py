"""The report: complete, self-contained, escaped, and the same for the same campaign."""

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from serving.campaign.result import (
    LIST_COLUMNS,
    BudgetPoint,
    CampaignResult,
    CampaignSummary,
    Drop,
    Exposure,
    Limit,
    Mix,
    Share,
)
from serving.report.chart import contacts_for
from serving.report.page import render_report, write_report

VALUES = [40.0, 30.0, 20.0, 10.0]


def listed(**changes: list[Any]) -> pa.Table:
    columns: dict[str, list[Any]] = {
        "rank": [1, 2, 3, 4],
        "customer_id": ["C7", "C1", "C9", "C4"],
        "action": ["retain", "cross_sell:gold_card", "cross_sell:gold_card", "service:complaint"],
        "product": [None, "gold_card", "gold_card", None],
        "channel": ["call_centre", "app", "app", "branch"],
        "day": [1, 1, 1, 1],
        "expected_value": VALUES,
        "probability": [0.25, 0.0004, 0.1, 1.0],
        "value": [176.0, 900.0, 200.0, 13.0],
        "context_weight": [1.0, 0.5, 1.0, 1.0],
        "lever": [1.0, 1.0, 1.0, 1.0],
        "cost": [4.0, 0.02, 0.02, 3.0],
        "basis": ["churn_x_save_rate", "propensity", "propensity", "stated"],
        "arm": ["treatment"] * 4,
        "tier": ["high_value", "valuable", "low_value", None],
        "reasons": ["Deposits fell; complaint open", "Salary rose", "Salary rose", None],
        "talking_point": ["May I help?", "A card for you?", "A card for you?", None],
        "reasons_zh": ["存款下降", "工资上涨", "工资上涨", None],
        "talking_point_zh": ["需要帮忙吗？", "办张卡？", "办张卡？", None],
        "decision_id": ["b:0", "b:1", "b:2", "b:3"],
    }
    return pa.table({name: (columns | changes)[name] for name in LIST_COLUMNS})


def share(name: str, contacts: int, expected_value: float) -> Share:
    return Share(name=name, contacts=contacts, expected_value=expected_value, cost=1.0)


CAMPAIGN = CampaignResult(
    summary=CampaignSummary(
        bank="Old & Sons <Bank>",
        currency="CHF",
        snapshot=date(2024, 1, 1),
        decided_on=date(2024, 1, 2),
        customers=20,
        contacted=4,
        contacts=4,
        held_out=1,
        held_out_idle=2,
        crowded_out=3,
        no_action=10,
        expected_value=100.0,
        cost=7.04,
        bound=100.5,
        gap=0.005,
        greedy_value=98.0,
        actions=(share("retain", 1, 40.0), share("cross_sell:gold_card", 2, 50.0)),
        channels=(share("app", 2, 50.0), share("call_centre", 1, 40.0)),
        tiers=(share("high_value", 1, 40.0),),
        limits=(Limit(name="call_centre", kind="channel", limit=1, used=1, price=12.5),),
        funnel=(
            Drop(stage="eligible", reason="held_already", action="cross_sell:gold_card", customers=11),
            Drop(stage="permitted", reason="no_consent", action="retain", customers=9),
            Drop(stage="permitted", reason="no_consent", action="cross_sell:gold_card", customers=8),
        ),
        model_versions="churn/3",
        policy_version="default-1",
    ),
    contacts=listed(),
    held_out=listed().slice(0, 0),
)


class Page(HTMLParser):
    """The visible text, the tags seen, and everything that refers to something else."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.references = "", set[str](), list[str]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_shows_the_summary_the_shares_and_every_row() -> None:
    text = Page(render_report(CAMPAIGN)).text
    for shown in ("Old & Sons <Bank>", "2024-01-01", "churn/3", "0.50 %", "no budget limit"):
        assert shown in text
    for row in CAMPAIGN.contacts.to_pylist():
        assert row["customer_id"] in text
        assert (row["reasons_zh"] or "") in text
    assert "25 % × 176 − 4.00" in text
    assert "0.04 % × 900 × 0.5 − 0.02" in text
    assert "High value" in text
    assert "高价值" in text
    assert "12.50" in text


def test_the_frontier_the_mix_and_the_warning_are_shown() -> None:
    update = {
        "frontier": tuple(
            BudgetPoint(budget=10.0 * step, expected_value=50.0 * step**0.5) for step in range(5)
        ),
        "mixes": (Mix(by="tier", group="high_value", action="retain", contacts=1),),
        "exposures": (
            Exposure(
                attribute="customer_sex", group="m", customers=90, contacted=9, rate=0.1, ratio=2, uneven=True
            ),
        ),
    }
    html = render_report(replace(CAMPAIGN, summary=CAMPAIGN.summary.model_copy(update=update)))
    page = Page(html)
    assert 'aria-label="Efficient frontier"' in html
    assert all(reference.startswith("#") for reference in page.references)
    for shown in ("Actions by tier and segment", "2.00 times less often", "性别", "four-fifths"):
        assert shown in page.text
    assert "One more call centre contact is worth 12.50 CHF." in page.text
    assert "客服中心多一次联系，价值 12.50 CHF。" in page.text


def test_without_them_there_is_no_such_section() -> None:
    text = Page(render_report(CAMPAIGN)).text
    assert "What another budget" not in text
    assert "Who is contacted" not in text


def test_actions_bear_the_names_given_or_are_told_from_their_ids() -> None:
    assert "Gold card" in Page(render_report(CAMPAIGN)).text
    named = Page(render_report(CAMPAIGN, {"cross_sell:gold_card": ("The golden one", "金卡")})).text
    assert "The golden one" in named
    assert "金卡" in named
    assert "Gold card" not in named


def test_the_reasons_that_dropped_most_come_first_with_what_they_dropped() -> None:
    text = Page(render_report(CAMPAIGN)).text
    assert "Retention 客户挽留 9, Gold card 8" in text
    assert text.index("No consent") < text.index("Held already")


def test_why_and_what_was_dropped_is_told_in_chinese_too() -> None:
    page = render_report(CAMPAIGN, {"retain": ("Offer to stay", "挽留优惠")})
    dropped = page[page.index("Why actions were dropped") :]
    assert "未获同意" in dropped
    assert "挽留优惠" in dropped


def test_nothing_is_fetched_and_nothing_runs() -> None:
    page = Page(render_report(CAMPAIGN))
    assert all(reference.startswith("#") for reference in page.references)
    assert not page.tags & {"script", "link", "img", "iframe", "object"}
    assert "svg" in page.tags


def test_what_the_bank_wrote_is_escaped() -> None:
    hostile = "<script>alert(1)</script>"
    contacts = listed(
        reasons=[hostile] * 4, customer_id=[f'"{hostile}'] * 4, action=[f"retain:{hostile}"] * 4
    )
    summary = CAMPAIGN.summary.model_copy(
        update={"bank": hostile, "currency": hostile, "warnings": (hostile,)}
    )
    page = Page(render_report(replace(CAMPAIGN, summary=summary, contacts=contacts)))
    assert "script" not in page.tags
    assert page.text.count(hostile) > 8


def test_the_same_campaign_gives_the_same_bytes(tmp_path: Path) -> None:
    write_report(tmp_path / "one.html", CAMPAIGN)
    write_report(tmp_path / "two.html", CAMPAIGN)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_a_campaign_without_contacts_says_so() -> None:
    summary = CAMPAIGN.summary.model_copy(
        update={
            "contacted": 0,
            "expected_value": 0.0,
            "actions": (),
            "channels": (),
            "tiers": (),
            "limits": (),
        }
    )
    page = Page(render_report(replace(CAMPAIGN, summary=summary, contacts=listed().slice(0, 0))))
    assert "Nobody is contacted." in page.text
    assert "svg" not in page.tags


@pytest.mark.parametrize(("gap", "shown"), [(0.0, "0.00 %"), (1e-8, "< 0.01 %"), (0.0123, "1.23 %")])
def test_a_gap_is_never_rounded_to_none(gap: float, shown: str) -> None:
    summary = CAMPAIGN.summary.model_copy(update={"gap": gap})
    assert shown in Page(render_report(replace(CAMPAIGN, summary=summary))).text


def test_the_top_rows_only_are_listed() -> None:
    many = pa.concat_tables([listed()] * 10).set_column(0, "rank", pa.array(range(1, 41)))
    text = Page(render_report(replace(CAMPAIGN, contacts=many))).text
    assert "The first 20 of the list" in text
    assert text.count("Deposits fell") == 5


def test_nothing_half_written_stays_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write_report(tmp_path / "report.html", replace(CAMPAIGN, contacts=pa.table({"rank": [1]})))
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_report(tmp_path / "folder", CAMPAIGN)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize(("share_", "contacts"), [(0.4, 1), (0.41, 2), (0.7, 2), (0.8, 3), (1.0, 4)])
def test_contacts_for_counts_from_the_top(share_: float, contacts: int) -> None:
    assert contacts_for(np.array(VALUES), share_) == contacts
