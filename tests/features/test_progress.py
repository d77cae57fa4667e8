"""Progress told to nobody costs nothing and says nothing."""

import pytest

from features.progress import Progress, silent


def test_silence_is_a_progress_that_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    report: Progress = silent
    report("features", 1, 2)
    assert capsys.readouterr() == ("", "")
