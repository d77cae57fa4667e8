"""What the figures mean, in a sentence of English and one of Chinese."""

from collections.abc import Callable, Sequence
from typing import Final

from serving.campaign.result import Exposure, Limit

Sentence = tuple[str, str]
Name = Callable[[str], Sentence]

MOST_MANAGERS: Final = 5


def price_words(
    limits: Sequence[Limit], currency: str, name: Name, money: Callable[[float], str]
) -> list[Sentence]:
    """What one more unit of each limit is worth, dearest first; then what has room left.

    `name` tells a channel or product in both languages; the books are told for the few dearest managers.
    """
    dear = sorted((one for one in limits if one.price or one.short), key=lambda one: -abs(one.price))
    managers = [one for one in dear if one.kind == "manager"]
    told = [one for one in dear if one.kind != "manager"] + managers[:MOST_MANAGERS]
    found = [_priced(one, currency, name(_id(one)), money) for one in told]
    idle = [one for one in limits if not one.price and not one.short and one.kind != "manager"]
    if idle:
        english = ", ".join(name(_id(one))[0] for one in idle)
        chinese = "、".join(_chinese(name(_id(one))) for one in idle)
        found.append(
            (
                f"Room is left in: {english}. One more there is worth nothing.",
                f"尚有余量：{chinese}；再增加一单位没有价值。",
            )
        )
    return found


def _priced(limit: Limit, currency: str, name: Sentence, money: Callable[[float], str]) -> Sentence:
    english, chinese, worth = name[0], _chinese(name), f"{money(abs(limit.price))} {currency}"
    if limit.short > 0:
        reach = "" if limit.reachable is None else f"; {limit.reachable:,} customers could be offered it"
        return (
            f"{english}: at least {limit.minimum:,.0f} were asked, {limit.used:,.0f} are reached, "
            f"{limit.short:,.0f} short{reach}.",
            f"{chinese}：要求至少 {limit.minimum:,.0f} 次，可达 {limit.used:,.0f} 次，"
            f"差 {limit.short:,.0f} 次。",
        )
    if limit.price < 0:
        return (
            f"{english}: the last contact of the minimum of {limit.minimum:,.0f} costs the list {worth}.",
            f"{chinese}：最低 {limit.minimum:,.0f} 次中的最后一次使名单减少 {worth}。",
        )
    match limit.kind:
        case "budget":
            return (
                f"One more {currency} of budget is worth {worth}.",
                f"预算每增加 1 {currency}，价值 {worth}。",
            )
        case "product":
            return (
                f"One more {_lower(english)} offer is worth {worth}.",
                f"{chinese}上限多一次，价值 {worth}。",
            )
        case "manager":
            return (
                f"One more contact by manager {limit.name} is worth {worth}.",
                f"客户经理 {limit.name} 多一次联系，价值 {worth}。",
            )
        case _:
            return (
                f"One more {_lower(english)} contact is worth {worth}.",
                f"{chinese}多一次联系，价值 {worth}。",
            )


def uneven_words(exposures: Sequence[Exposure], warning_ratio: float, name: Name) -> list[Sentence]:
    """A warning for each group contacted less often than the threshold allows."""
    return [
        (
            f"{name(one.attribute)[0]} {name(one.group)[0]}: contacted in {100 * one.rate:.1f} % of cases, "
            + (
                "never."
                if one.ratio is None
                else f"{one.ratio:.2f} times less often than the most contacted group."
            )
            + f" The threshold is {warning_ratio:g}.",
            f"{_chinese(name(one.attribute))} {_chinese(name(one.group))}：联系率 {100 * one.rate:.1f} %，"
            + ("从未联系" if one.ratio is None else f"最高组为其 {one.ratio:.2f} 倍")
            + f"，阈值 {warning_ratio:g}。",
        )
        for one in exposures
        if one.uneven
    ]


def _id(limit: Limit) -> str:
    return f"cross_sell:{limit.name}" if limit.kind == "product" else limit.name


def _chinese(name: Sentence) -> str:
    return name[1] or name[0]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
