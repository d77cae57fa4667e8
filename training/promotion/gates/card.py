"""The card tells all that it should of a model of its kind."""

from collections.abc import Iterator

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
        "reasons": card.concepts or not any(head.tells_apart for head in case.challenger.heads),
    } | _of_tests(case.challenger, card)
    yield from (name for name, value in told.items() if not value)
    if case.limits.owner_required and not card.owner:
        yield "owner: name one in bank.toml's [owner] and train again"


def _of_tests(side: Side, card: Card) -> dict[str, object]:
    """What a card tells of its test, by the groups that are kept of it; of effects, of every action."""
    if side.answers is not None:
        kept, heads = [side.answers.groups], {""}
    else:
        kept, heads = [one.trial.groups for one in side.tested.values()], {one.name for one in side.heads}
    groups = dict.fromkeys((SNAPSHOT, *(name for one in kept for name in one), *card.sensitive))
    titles = {by: f"{'fairness' if by in card.sensitive else 'metrics'} by {by}" for by in groups}
    told = {title: heads <= {one.head for one in card.of(by)} for by, title in titles.items()}
    reliable = {one.head for one in card.reliability if one.bins}
    return {"parts": card.parts, "reliability": heads <= reliable} | told
