"""Figures in sentences, in both languages."""

from serving.campaign.result import Exposure, Limit
from serving.report.words import price_words, uneven_words

NAMES = {
    "call_centre": ("Call centre", "客服中心"),
    "cross_sell:card": ("Gold card", "金卡"),
    "app": ("App", ""),
}


def name(id_: str) -> tuple[str, str]:
    return NAMES.get(id_, (id_, ""))


def limit(name_: str, kind: str, price: float, **more: object) -> Limit:
    return Limit.model_validate({"name": name_, "kind": kind, "limit": 9, "used": 9, "price": price, **more})


def words(*limits: Limit) -> list[tuple[str, str]]:
    return price_words(limits, "CHF", name, lambda value: f"{value:.2f}")


def test_the_dearest_comes_first() -> None:
    told = words(
        limit("budget", "budget", 0.5), limit("call_centre", "channel", 12.5), limit("app", "channel", 0)
    )
    assert told == [
        ("One more call centre contact is worth 12.50 CHF.", "客服中心多一次联系，价值 12.50 CHF。"),
        ("One more CHF of budget is worth 0.50 CHF.", "预算每增加 1 CHF，价值 0.50 CHF。"),
        ("Room is left in: App. One more there is worth nothing.", "尚有余量：App；再增加一单位没有价值。"),
    ]


def test_quotas_and_minima() -> None:
    ((most, most_zh),) = words(limit("card", "product", 3.0))
    assert (most, most_zh) == (
        "One more gold card offer is worth 3.00 CHF.",
        "金卡上限多一次，价值 3.00 CHF。",
    )
    ((least, _),) = words(limit("card", "product", -3.0, minimum=40))
    assert least == "Gold card: the last contact of the minimum of 40 costs the list 3.00 CHF."
    ((short, short_zh),) = words(limit("card", "product", 0.0, minimum=40, short=31, reachable=12))
    assert "at least 40 were asked, 9 are reached, 31 short; 12 customers could" in short
    assert "差 31 次" in short_zh


def test_only_the_dearest_managers_are_told() -> None:
    told = words(*(limit(f"M{place}", "manager", float(place)) for place in range(1, 9)))
    assert len(told) == 5
    assert told[0][0] == "One more contact by manager M8 is worth 8.00 CHF."


def test_who_is_left_out_is_said() -> None:
    uneven = Exposure(attribute="age", group="x", customers=50, contacted=5, rate=0.1, ratio=2.0, uneven=True)
    never = uneven.model_copy(update={"ratio": None, "rate": 0.0})
    even = uneven.model_copy(update={"uneven": False})
    told = uneven_words([uneven, never, even], 1.25, name)
    assert "2.00 times less often" in told[0][0]
    assert "never" in told[1][0]
    assert "从未联系" in told[1][1]
    assert len(told) == 2
