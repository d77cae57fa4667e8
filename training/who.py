"""Who is at the keyboard: told in records of what was trained, approved and promoted."""

import getpass
from typing import Final

UNKNOWN: Final = "unknown"
"""An account without a name, as in a container without a password file."""


def user() -> str:
    """The name of the account that runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return UNKNOWN
