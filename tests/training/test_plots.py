"""Pictures show what they are given."""

from pathlib import Path
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest

from training.metrics.gain import GainCurve
from training.plots import FEATURES_SHOWN, drawn, figures, gain_plot, importance_plot, write_pictures

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


def test_many_heads_are_told_apart_by_the_best_the_median_and_the_worst() -> None:
    random = np.random.default_rng(0)
    heads = [f"product {place:02}" for place in range(24)]
    labels = (random.uniform(size=(2000, 24)) < 0.2).astype(float)
    noise = random.normal(size=labels.shape)  # the later the product, the worse it is found
    probabilities = 1 / (1 + np.exp(noise - 2 * labels * (1 - np.arange(24) / 24)))
    lines = figures(heads, labels, probabilities, {})["gain"].axes[0].get_lines()
    named = {line.get_label(): line for line in lines if not str(line.get_label()).startswith("_")}
    chance, best, median, worst, together = named
    assert chance == "at random"
    assert (best[:14], worst[:14]) == ("best: product ", "worst: product")
    assert int(best[-2:]) < 4 < int(median.removeprefix("median: product ")) < 20 < int(worst[-2:])
    assert together == "all 24 together"
    looks = {(line.get_color(), line.get_linestyle()) for line in named.values()}
    assert len(looks) == len(named)
    assert len(lines) == 1 + 24 + 3 + 1


@pytest.mark.parametrize("number", [1, 6, 7, 12])
def test_no_two_names_of_a_legend_look_the_same(number: int) -> None:
    curve = GainCurve(np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.8, 1.0]))
    axes = gain_plot({f"p{place}": curve for place in range(number)}).axes[0]
    told = [(line.get_color(), line.get_linestyle()) for line in axes.get_legend().get_lines()]
    assert len(set(told)) == len(told) == 1 + (number if number <= 6 else 3)


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
