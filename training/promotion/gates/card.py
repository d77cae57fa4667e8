"""The card tells all that it should."""

from collections.abc import Iterator

from training.promotion.gates.case import Case, Finding


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
        "metrics": card.metrics,
        "limits": card.limits,
        "the command to rebuild it": card.rebuilding.command,
        "parts": card.parts if case.challenger.answers is not None else "contacts",
    }
    yield from (name for name, value in told.items() if not value)
    if case.limits.owner_required and not card.owner:
        yield "owner: name one in bank.toml's [owner] and train again"
