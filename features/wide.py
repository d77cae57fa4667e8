"""Holdings given as one row a customer and month with one flag a product, turned into spells of holding."""

from collections.abc import Iterable, Mapping

import ibis
import ibis.expr.types as ir

from features.errors import BadInputError
from features.reading import nearest
from features.vocabulary import CUSTOMER_ID, RECORDED_AT

AS_OF = "as_of"


def flag_columns(mapped: Mapping[str, str], catalogue: Iterable[str], found: list[str]) -> dict[str, str]:
    """The file's flag column of every catalogued product: as mapped, else the one called like the product.

    Raises BadInputError when there is no product to look for, or a product or column is unknown.
    """
    products = list(catalogue)
    if not products:
        raise BadInputError("tables.holdings: the wide layout needs the product catalogue, [products]")
    for product in mapped:
        if product not in products:
            raise BadInputError(
                f"tables.holdings.products: unknown product {product!r}{nearest(product, products)}"
            )
    columns = {product: mapped.get(product, product) for product in products}
    for product, column in columns.items():
        if column not in found:
            raise BadInputError(
                f"table holdings: product {product!r}: no column {column!r}{nearest(column, found)}"
            )
    return columns


def flag_products(months: ir.Table) -> list[str]:
    """The products that a table of observed months has flags for."""
    return [column for column in months.columns if column not in (CUSTOMER_ID, AS_OF, RECORDED_AT)]


def spells(months: ir.Table) -> ir.Table:
    """One row per unbroken holding of a product: customer_id, product, opened_on, closed_on, recorded_at.

    `opened_on` is the first flagged month after one seen without the flag; null where the first month seen is
    flagged already, since the opening lies before. `closed_on` is the first month seen without the flag
    afterwards. A month without a row, or with a null flag, is unknown: neither opening nor closure.
    `recorded_at` is when the spell was first seen.
    """
    long = months.pivot_longer(flag_products(months), names_to="product", values_to="flag")
    long = long.filter(long.flag.notnull()).mutate(held=lambda row: row.flag != 0)
    order = ibis.window(group_by=[CUSTOMER_ID, "product"], order_by=AS_OF)
    seen = long.mutate(held_before=long.held.lag().over(order))
    changed = seen.filter(seen.held != ibis.coalesce(seen.held_before, False))
    started = changed.mutate(ended=changed[AS_OF].lead().over(order)).filter(lambda row: row.held)
    return started.select(
        CUSTOMER_ID,
        "product",
        opened_on=ibis.ifelse(started.held_before.isnull(), ibis.null("date"), started[AS_OF]),
        closed_on=started.ended,
        recorded_at=ibis.coalesce(started[RECORDED_AT], started[AS_OF].cast("timestamp")),
    )
