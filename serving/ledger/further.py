"""What else is done for a customer beside the first action, as one text."""

from collections.abc import Iterable


def further_text(actions: Iterable[tuple[str, str]]) -> str | None:
    """Actions with their channels as "action@channel", joined by a space; None for none."""
    return " ".join(f"{action}@{channel}" for action, channel in actions) or None


def named_actions(text: str | None) -> tuple[tuple[str, str], ...]:
    """The actions and channels of such a text."""
    pairs = (one.rsplit("@", 1) for one in (text or "").split())
    return tuple((action, channel) for action, channel in pairs)
