"""What will be built of a bank: the layout of its views, without computing anything."""

from collections.abc import Sequence

import ibis.expr.types as ir

from features.bank import Bank
from features.layout import Feature, Layout, ViewLayout
from features.point_in_time import before
from features.sensitive import sensitive_features
from features.views import View
from features.vocabulary import CUSTOMER_ID, Table


def describe(bank: Bank, views: Sequence[View], fingerprint: str) -> Layout:
    """The layout of `views` on a bank: names and types, without computing anything."""
    snapshots = bank.spec.snapshots.all()
    known = before(bank, snapshots[0])
    described = [_describe(view, view.compute(known, snapshots[0])) for view in views]
    names = [feature.name for view in described for feature in view.features]
    whole = bank.table(Table.CUSTOMERS)[CUSTOMER_ID].type().is_integer()
    return Layout(
        customer_id_type="int64" if whole else "string",
        views=tuple(view for view in described if view.features),
        sensitive=sensitive_features(bank, names),
        snapshots=snapshots,
        fingerprint=fingerprint,
    )


def _describe(view: View, features: ir.Table) -> ViewLayout:
    types = {name: found for name, found in features.schema().items() if name != CUSTOMER_ID}
    wrong = [name for name, found in types.items() if not (found.is_float64() or found.is_string())]
    if wrong:
        raise ValueError(f"view {view.name}: neither float64 nor string: {', '.join(wrong)}")
    described = (
        Feature(name=name, kind="text" if found.is_string() else "number") for name, found in types.items()
    )
    return ViewLayout(
        name=view.name,
        description=view.description,
        for_models=view.for_models,
        features=tuple(described),
    )
