"""A bank's name as the names of a model registry allow it."""

import hashlib
import re
import unicodedata
from typing import Final

DIGITS: Final = 8
"""Of a thousand names without a Latin letter, two are alike with a chance of one in ten thousand."""


def slug(name: str) -> str:
    """Lower-case letters, digits and hyphens; a name that is not ASCII ends in a digest of the whole.

    Without it, all banks with Chinese names would share their models. The same name, however it is composed
    in Unicode, gives the same slug.
    """
    name = unicodedata.normalize("NFC", name)
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "bank"
    if name.isascii():
        return plain
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:DIGITS]}"
