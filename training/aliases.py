"""Which version is called the challenger: changed by one process at a time, as the champion is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from features.locking import lock_file
from features.spec import BankSpec
from features.vocabulary import CHALLENGER, Model


@contextmanager
def aliases_locked(spec: BankSpec, model: Model) -> Iterator[None]:
    """One process at a time beside this bank's state; released by the system if the process is killed."""
    spec.state.mkdir(parents=True, exist_ok=True)
    with lock_file(spec.state / f"promotion-{model}.lock"):
        yield


def challenge(client: Any, name: str, number: int) -> None:
    """Under the lock: call a version the challenger, unless a later one, whose training ended first, is."""
    holder = _challenger(client, name)
    if holder is None or holder < number:
        client.set_registered_model_alias(name, CHALLENGER, str(number))


def challenge_no_more(client: Any, name: str, number: int) -> None:
    """Under the lock: take the alias from a version, and from no other that has come to hold it."""
    if _challenger(client, name) == number:
        client.delete_registered_model_alias(name, CHALLENGER)


def _challenger(client: Any, name: str) -> int | None:
    """The version that holds the alias now, whatever was read before the lock."""
    holder = client.get_registered_model(name).aliases.get(CHALLENGER)
    return None if holder is None else int(holder)
