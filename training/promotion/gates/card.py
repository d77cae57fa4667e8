"""The card tells all that it should of a model of its kind."""

from collections.abc import Iterator

from training.answers import Answers
from training.card.card import Card
from training.promotion.gates.case import Case, Finding, Side
from training.slices import SNAPSHOT


def check(case: Case) -> Iterator[Finding]:
    """What is missing, by name."""
    missing = list(_missing(case))
    measured = f"missing: {', '.join(missing)}" if missing else "complete"
    yield Finding("card", measured, "complete", not missing)


def _missing(case: Case) -> Iterator[str]:
    card = case.challenger.card
    if card is None:
        yield "the card itself"
        return
    told = {
        "purpose": card.purpose,
        "fingerprint": card.fingerprint,
        "windows": card.horizon_days,
        "metrics": card.metrics,
        "limits": card.limits,
        "the command to rebuild it": card.rebuilding.command,
        "reasons": card.concepts or not _splits(case.challenger),
    } | _of_answers(case.challenger.answers, card)
    yield from (name for name, value in told.items() if not value)
    if case.limits.owner_required and not card.owner:
        yield "owner: name one in bank.toml's [owner] and train again"


def _of_answers(answers: Answers | None, card: Card) -> dict[str, object]:
    """What a card tells of probabilities; effects of contacts are not parted, and come true for nobody."""
    if answers is None:
        return {}
    groups = dict.fromkeys((SNAPSHOT, *answers.groups, *card.sensitive))
    figures = {f"{'fairness' if by in card.sensitive else 'metrics'} by {by}": card.of(by) for by in groups}
    return {"parts": card.parts, "reliability": any(one.bins for one in card.reliability)} | figures


def _splits(side: Side) -> bool:
    """Whether any feature moves the answers: heads that tell their base rates have no reasons."""
    boosters = [head.booster for head in side.heads if head.booster]
    return any(booster.feature_importance("split").any() for booster in boosters)
