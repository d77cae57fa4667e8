"""Drawings are whole SVG elements, the same for the same numbers, and mark what they say they mark."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from serving.report.chart import POINTS, contacts_for, frontier_chart, gain_chart

VALUES = np.array([6.0, 2.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("share", "contacts"), [(0.5, 1), (0.6, 1), (0.61, 2), (0.8, 2), (0.81, 3), (1.0, 4)]
)
def test_the_first_contacts_that_earn_a_share(share: float, contacts: int) -> None:
    assert contacts_for(VALUES, share) == contacts


def test_nothing_needs_no_contact() -> None:
    assert contacts_for(np.array([]), 0.8) == 0


def drawn(text: str) -> ET.Element:
    root = ET.fromstring(text)
    assert root.tag.endswith("svg")
    assert root.get("role") == "img"
    return root


def test_a_gain_curve_is_a_picture_without_outside_resources_and_repeats_itself() -> None:
    text = gain_chart(VALUES, "EUR")
    assert drawn(text).get("aria-label") == "Gain curve"
    assert text == gain_chart(VALUES, "EUR")
    assert text != gain_chart(VALUES * 2, "EUR")
    assert "http://www.w3.org" in text and 'href="http' not in text


def test_a_curve_of_many_contacts_is_drawn_through_few_points() -> None:
    many = gain_chart(np.linspace(2.0, 1.0, 50_000), "EUR")
    assert len(many) < 2 * len(gain_chart(np.linspace(2.0, 1.0, POINTS), "EUR"))


def test_a_budget_within_the_picture_is_drawn_and_one_beyond_is_not() -> None:
    points, chosen = [(0.0, 0.0), (10.0, 50.0), (20.0, 60.0)], (10.0, 50.0)
    without, within, beyond = (frontier_chart(points, chosen, one, "EUR") for one in (None, 15.0, 500.0))
    assert drawn(within).get("aria-label") == "Efficient frontier"
    assert within != without
    assert beyond == without
