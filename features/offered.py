"""Of whom a product may be asked at all: who is of a kind that it is for and does not hold it."""

from collections.abc import Collection
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.vocabulary import CUSTOMER_KIND

HELD_PREFIX: Final = "holdings_held_"


def not_offered(features: pa.Table, product: str, kinds: Collection[str]) -> NDArray[np.bool_]:
    """Who holds the product, or is known to be of another kind than `kinds`: shape (rows,).

    No kinds are all of them. What `features` do not tell keeps nobody out.
    """
    found = np.zeros(features.num_rows, dtype=np.bool_)
    if HELD_PREFIX + product in features.column_names:
        found |= features[HELD_PREFIX + product].to_numpy() == 1  # null, not known, compares as false
    if kinds and CUSTOMER_KIND in features.column_names:
        kind = features[CUSTOMER_KIND].cast(pa.string())
        other = pc.invert(pc.is_in(kind, pa.array(sorted(kinds), pa.string())))
        found |= pc.and_(pc.is_valid(kind), other).to_numpy(zero_copy_only=False)
    return found
