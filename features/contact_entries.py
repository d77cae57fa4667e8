"""How single contacts are told in one text: what the view writes and contact rules read.

"005|003|cross_sell:card|email;012||retain|" is a card offered by e-mail 5 days before the snapshot and
refused 2 days later, and an earlier retention whose channel is unknown.
"""

from typing import Final

FEATURE: Final = "contact_history"
HISTORY_DAYS: Final = 365
"""How far back contacts are told."""

ENTRY_END: Final = ";"
FIELD_END: Final = "|"
DAY_DIGITS: Final = 3
