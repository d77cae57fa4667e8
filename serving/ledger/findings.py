"""What verifying found wrong, named so that a person can look."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing wrong: `where` is an entry, a record or a file; `what` says how it differs."""

    where: str
    what: str

    def __str__(self) -> str:
        """As it is told."""
        return f"{self.where}: {self.what}"
