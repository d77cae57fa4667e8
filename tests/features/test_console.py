"""Progress and tables where no terminal is."""

import io

import pytest

from features.console import print_table, progress_bar


def test_elsewhere_than_on_a_terminal_each_stage_is_one_plain_line() -> None:
    stream = io.StringIO()
    with progress_bar(stream) as progress:
        progress("features", 1, 2)
        progress("features", 2, 2)
        progress("score", 5, 5)
    assert stream.getvalue() == "features: 2/2\nscore: 5/5\n"


def test_on_a_terminal_each_stage_is_a_bar() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with progress_bar(stream) as progress:
        progress("features", 1, 2)
        progress("features", 2, 2)
    assert "features" in stream.getvalue()
    assert "2/2" in stream.getvalue()


def test_a_table_prints_its_columns_and_leaves_markup_alone(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(
        "Top", ["name", "value"], [{"name": "[bold]x", "value": 1234.5}, {"name": None, "value": 0.25}]
    )
    printed = capsys.readouterr().out
    assert "[bold]x" in printed
    assert "1,234.50" in printed
    assert "0.25" in printed
