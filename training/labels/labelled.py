"""Labels of snapshots: who left, who opened what."""

from collections.abc import Sequence
from datetime import date, timedelta

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.bank import Bank
from features.errors import BadInputError
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Table
from training.labels.evidence import KNOWN_BY, Evidence, last_holding_day
from training.labels.openings import openings
from training.labels.rules import RULES, Rule
from training.labels.window import LabelWindow, label_window


class UnlabelledError(BadInputError):
    """Of no snapshot is the whole label window within the data."""


def churn_labels(bank: Bank, snapshots: Sequence[date]) -> pa.Table:
    """Who left: customer_id, snapshot_date, label (1.0 or 0.0), sorted by snapshot and customer.

    The bank's churn rule says who is in it at all and what leaving means; see `ChurnSpec`. Who had left
    before the window starts is not in it. Only snapshots whose whole window lies within the data are used.

    Raises BadInputError without a churn definition or without a usable snapshot.
    """
    if bank.spec.churn is None:
        raise BadInputError(f"{bank.spec.name}: training churn needs a [churn] section in bank.toml")
    rule, evidence = RULES[bank.spec.churn.rule]
    return _all_labels(bank, _usable(bank, snapshots, evidence), rule)


def product_labels(bank: Bank, snapshots: Sequence[date]) -> pa.Table:
    """Who opened what: customer_id, snapshot_date, one column a product, sorted by snapshot and customer.

    1.0 opened in the window, 0.0 did not, null where there is nothing to predict: the product was held at the
    snapshot, as known then, was opened before the window starts, or is for other kinds of customers. With
    monthly flags a customer without a row in the window is left out: nothing is known of them.

    Raises BadInputError without products or without a usable snapshot.
    """
    if not bank.spec.products:
        raise BadInputError(f"{bank.spec.name}: training propensities needs [products] in bank.toml")
    return _all_labels(bank, _usable(bank, snapshots, last_holding_day), openings)


def label_matrix(labels: pa.Table, heads: Sequence[str]) -> NDArray[np.float64]:
    """What came true of each head, shape (rows, heads); NaN throughout for one that is labelled no more.

    A product may have left the catalogue since a model learned of it.
    """
    unknown = np.full(labels.num_rows, np.nan)
    known = set(labels.column_names)
    columns = [labels[head].to_numpy() if head in known else unknown for head in heads]
    return np.column_stack(columns).astype(np.float64)


def _usable(bank: Bank, snapshots: Sequence[date], evidence: Evidence | None) -> list[LabelWindow]:
    """The windows that end within the data, ascending."""
    windows = [label_window(day, bank.spec.window) for day in sorted(set(snapshots))]
    if evidence is None:
        labelled = bank.table(Table.LABELS).snapshot_date.name("day").as_table().distinct().to_pyarrow()
        usable = [window for window in windows if window.snapshot in set(labelled["day"].to_pylist())]
        why = "the labels table holds none of the snapshot dates"
    else:
        last = evidence(bank)
        usable = [window for window in windows if last and window.end <= last + timedelta(days=1)]
        ends = f"the last {KNOWN_BY[evidence]} is of {last}, before the first label window ends"
        why = ends if last else "no data tells"
    if not usable:
        spans = ", ".join(
            f"{window.snapshot} (window {window.start} to {window.end})" for window in windows[:3]
        )
        raise UnlabelledError(f"{bank.spec.name}: no snapshot can be labelled: {why}. Snapshots: {spans}")
    return usable


def _all_labels(bank: Bank, windows: Sequence[LabelWindow], rule: Rule) -> pa.Table:
    return pa.concat_tables([_one_date(rule(bank, window), window.snapshot) for window in windows])


def _one_date(labels: ir.Table, snapshot: date) -> pa.Table:
    table = labels.order_by(CUSTOMER_ID).to_pyarrow()
    return table.add_column(1, SNAPSHOT_DATE, pa.repeat(pa.scalar(snapshot, pa.date32()), table.num_rows))
