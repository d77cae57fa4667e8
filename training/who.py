"""Who is at the keyboard: told in records of what was trained, approved and promoted."""

import getpass


def user() -> str:
    """The name of the account that runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # a container without a password file
