"""Errors a user can mend."""


class BadInputError(Exception):
    """A user's mistake in data, configuration or usage: one clear message, exit code 2, never a traceback.

    The message names what was expected, what came, and where.
    """


class GateError(Exception):
    """A check or promotion gate that did not pass: exit code 1."""
