"""Drawings are plain <svg> without outside resources, the same for the same figures."""

from datetime import date

import numpy as np

from training.intervals import Interval
from training.monitor.charts import moved_chart, ranking_chart, rates_chart, scores_chart
from training.monitor.drift import Moved
from training.monitor.outcomes import Outcome

ONE = Interval(0.8, 0.7, 0.9)
OUTCOME = Outcome(date(2024, 1, 1), 100, 10, 0.1, 0.08, ONE, ONE, ONE, ONE, ONE)


def test_every_drawing() -> None:
    scores = np.linspace(0.01, 0.2, 50)
    moved = [Moved("income", 0.5, 0, 0.25, 0, 0), Moved("收入", 0.1, 0, 0.25, 0, 0)]
    drawn = {
        "moved": lambda: moved_chart(moved),
        "scores": lambda: scores_chart(scores, scores * 2),
        "rates": lambda: rates_chart([OUTCOME]),
        "ranking": lambda: ranking_chart([OUTCOME], 0.8, None),
        "nothing": lambda: ranking_chart([], None, None),
    }
    for name, draw in drawn.items():
        text = draw()
        assert text.startswith("<svg"), name
        assert 'href="http' not in text
        assert text == draw()
