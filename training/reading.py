"""What training reads of a bank: labels from its tables, features from its store."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from features.errors import BadInputError
from features.fingerprint import fingerprint_bank, fingerprint_data, fingerprint_sources
from features.layout import Layout, load_layout
from features.spec import BankSpec
from features.tables import open_bank
from features.vocabulary import Model
from training.dataset import History
from training.labels.labelled import churn_labels, product_labels
from training.labels.people import LABEL


def read_labels(spec: BankSpec, model: Model, snapshots: Sequence[date]) -> pa.Table:
    """Labelled rows: customer_id, snapshot_date and one column a head."""
    bank = open_bank(spec)
    if model is Model.PROPENSITY:
        return product_labels(bank, snapshots)
    labels = churn_labels(bank, snapshots)
    return labels.rename_columns([str(model) if name == LABEL else name for name in labels.column_names])


def current_layout(spec: BankSpec) -> Layout:
    """The layout of features that were built from the bank as it is, with the fingerprint that it has now.

    Labels are read anew: beside features of other data they would be another bank's. Settings that no feature
    comes from may have changed since.

    Raises BadInputError when no features are built, or from other data or settings.
    """
    layout, data = load_layout(spec), fingerprint_data(spec)
    if layout.sources != fingerprint_sources(spec, data):
        raise BadInputError(
            f"{spec.name}: data, or what bank.toml says of features, changed since they were built; "
            f"run `nextbest features {spec.folder}`"
        )
    return layout.model_copy(update={"fingerprint": fingerprint_bank(spec, data)})


def open_history(spec: BankSpec, layout: Layout) -> History:
    """The bank's features as training reads them."""
    from features.store import open_store  # Feast takes seconds to import

    return open_store(spec, layout)
