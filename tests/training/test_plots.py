"""Pictures show what they are given."""

from pathlib import Path
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest

from training.plots import FEATURES_SHOWN, drawn, figures, importance_plot, write_pictures

RANDOM = np.random.default_rng(0)
PROBABILITIES = RANDOM.uniform(size=(300, 2))
LABELS = (RANDOM.uniform(size=(300, 2)) < PROBABILITIES).astype(float)


def test_a_picture_of_gain_calibration_and_importance() -> None:
    found = figures(["card", "loan"], LABELS, PROBABILITIES, {"balance": 1.0})
    assert list(found) == ["gain", "calibration", "importance"]
    lines = [line.get_label() for line in found["gain"].axes[0].get_lines()]
    assert lines == ["at random", "card", "loan"]
    model = found["calibration"].axes[0].get_lines()[1]
    np.testing.assert_allclose(model.get_xdata(), model.get_ydata(), atol=0.2)
    assert len(model.get_xdata()) == 10
    intervals = np.array(found["calibration"].axes[0].collections[0].get_segments())[:, :, 1]
    shares = np.asarray(model.get_ydata())
    assert ((intervals[:, 0] <= shares) & (shares <= intervals[:, 1])).all()
    assert (intervals[:, 1] - intervals[:, 0] > 0.02).all()


def test_each_tier_has_a_picture_of_its_own_calibration() -> None:
    tiers = np.array(["valuable", "dormant", "low_value"] * 100, dtype=object)
    labels = LABELS.copy()
    labels[tiers == "low_value"] = np.nan
    found = figures(["card", "loan"], labels, PROBABILITIES, {}, tiers)
    titles = [axes.get_title() for axes in found["calibration_by_tier"].axes]
    assert titles == ["dormant, 200 rows", "valuable, 200 rows"]
    said, came = found["calibration_by_tier"].axes[0].get_lines()[1].get_data()
    rows = tiers == "dormant"
    assert np.mean(said) == pytest.approx(PROBABILITIES[rows].mean(), abs=1e-9)
    assert np.mean(came) == pytest.approx(LABELS[rows].mean(), abs=1e-9)


def test_heads_without_both_outcomes_have_no_gain_curve() -> None:
    labels = LABELS.copy()
    labels[:, 1] = 0.0
    found = figures(["card", "loan"], labels, PROBABILITIES, {})
    assert [line.get_label() for line in found["gain"].axes[0].get_lines()] == ["at random", "card"]
    assert "importance" not in found


def test_without_test_rows_there_is_no_calibration() -> None:
    found = figures(["card"], np.empty((0, 1)), np.empty((0, 1)), {})
    assert list(found) == ["gain"]


def test_the_most_important_features_stand_on_top() -> None:
    axes = importance_plot({f"f{number:02}": number / 100 for number in range(40)}).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [f"f{number:02}" for number in range(40 - FEATURES_SHOWN, 40)]


def test_pictures_are_whole_files_of_their_own(tmp_path: Path) -> None:
    write_pictures(drawn({"importance": importance_plot({"a": 1.0, "b": 2.0})}), tmp_path)
    root = fromstring((tmp_path / "importance.svg").read_text(encoding="utf-8"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    told = drawn({"importance": importance_plot({"a": 1.0, "b": 0.5})})["importance"]
    assert told != (tmp_path / "importance.svg").read_text(encoding="utf-8")


def test_names_in_a_script_without_a_font_are_drawn_the_same_each_time() -> None:
    one, two, other = (drawn({"": importance_plot({name: 1.0})}) for name in ("客户_年龄", "客户_年龄", "a"))
    assert one == two != other
