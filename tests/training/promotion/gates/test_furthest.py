"""Of many heads the one that matters is named."""

from training.intervals import Interval
from training.promotion.gates.furthest import furthest, outlying, outside

NEAR, WIDE = Interval(1.1, 1.0, 1.2), Interval(3.0, 0.2, 9.0)
LOW, HIGH = Interval(0.3, 0.2, 0.4), Interval(3.0, 2.0, 4.0)


def test_outside_is_the_whole_interval() -> None:
    assert [outside(one, 1.5) for one in (NEAR, WIDE, LOW, HIGH)] == [False, False, True, True]
    assert outside(Interval(float("inf"), 1.6, float("inf")), 1.5)


def test_a_single_head_is_told_as_it_is() -> None:
    assert furthest({"churn": NEAR}, 1.5) == "1.10 [1.00, 1.20] churn"


def test_the_nearest_to_the_limit_is_named_not_the_least_certain() -> None:
    assert furthest({"loan": WIDE, "card": NEAR}, 1.5) == "1.10 [1.00, 1.20] card, furthest of 2"


def test_those_outside_are_all_counted_and_the_furthest_named_first() -> None:
    found = {"card": NEAR, "loan": HIGH, "fund": LOW}
    assert furthest(found, 1.5) == "0.30 [0.20, 0.40] fund; 3.00 [2.00, 4.00] loan, 2 of 3 outside"
    assert outlying(found, 1.5) == ["fund", "loan"]
    many = furthest({f"head{place}": HIGH for place in range(5)}, 1.5)
    assert many.endswith("head2, 5 of 5 outside")
    none = Interval(0.0, 0.0, 0.0)
    assert furthest({"card": none, "loan": HIGH}, 1.5).startswith("0.00 [0.00, 0.00] card; ")
