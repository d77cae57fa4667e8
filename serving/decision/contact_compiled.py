"""Contact rules checked against a bank's actions, and the pairs of actions that exclude one another."""

from collections.abc import Sequence

from serving.decision.actions import Action, check_scope, in_scope
from serving.decision.contact_spec import ContactSpec


def require_scopes(contact: ContactSpec, actions: Sequence[Action]) -> None:
    """Refuse scopes that cover no action by name; raises PolicyError."""
    named = {
        "caps": ("scope", "counts"),
        "spacing": ("scope", "after"),
        "never": ("first", "second"),
        "suppression": ("scope",),
    }
    for section, keys in named.items():
        for place, one in enumerate(getattr(contact, section)):
            for key in keys:
                scope = getattr(one, key)
                if scope is not None:
                    at = ("contact", section, place, key)
                    check_scope(actions, scope, f"contact rule {one.name!r}", at)


def exclusions(contact: ContactSpec, actions: Sequence[Action]) -> tuple[tuple[int, int], ...]:
    """Pairs of actions (places, the lower first) that are never chosen together, sorted."""
    pairs = {
        (min(one, other), max(one, other))
        for rule in contact.never
        for one, first in enumerate(actions)
        for other, second in enumerate(actions)
        if one != other and in_scope(first, rule.first) and in_scope(second, rule.second)
    }
    return tuple(sorted(pairs))
