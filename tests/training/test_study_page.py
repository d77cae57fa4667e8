"""A study's page stands alone, with text escaped."""

from pathlib import Path

from matplotlib.figure import Figure

from training.study_page import write_page


def test_notes_tables_and_pictures_are_in_one_page(tmp_path: Path) -> None:
    figure = Figure()
    figure.subplots().plot([1, 2])
    tables = {"Figures": [{"metric": "auc", "value": 0.81234567}], "None": []}
    page = write_page(tmp_path, "A & B", ["a <note>"], tables, {"curve": figure})
    text = page.read_text()
    assert "<h1>A &amp; B</h1><p>a &lt;note&gt;</p><svg" in text
    assert "<td>auc</td><td>0.8123</td>" in text
    assert "None" not in text
    assert "http" not in text.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    ).replace("https://matplotlib.org", "")
    assert (tmp_path / "curve.svg").read_text() in text
