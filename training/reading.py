"""What training reads of a bank: labels from its tables, features from its store."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa

from features.layout import Layout
from features.spec import BankSpec
from features.tables import open_bank
from features.vocabulary import Model
from training.dataset import History
from training.labels import LABEL, churn_labels, product_labels


def read_labels(spec: BankSpec, model: Model, snapshots: Sequence[date]) -> pa.Table:
    """Labelled rows: customer_id, snapshot_date and one column a head."""
    bank = open_bank(spec)
    if model is Model.PROPENSITY:
        return product_labels(bank, snapshots)
    labels = churn_labels(bank, snapshots)
    return labels.rename_columns([str(model) if name == LABEL else name for name in labels.column_names])


def open_history(spec: BankSpec, layout: Layout) -> History:
    """The bank's features as training reads them."""
    from features.store import open_store  # Feast takes seconds to import

    return open_store(spec, layout)
