"""What comes true of a customer in the end: what a status drawn with the data knows at every snapshot.

A flag of who ever left is the same at each snapshot. Beside one label window it errs on all who left after it
and looks honest; beside everything that was still to come it does not.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from features.bank import Bank
from features.point_in_time import in_hindsight
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, Model, Table
from training.labels.evidence import last_holding_day
from training.labels.openings import openings
from training.labels.people import LABEL
from training.labels.rules import RULES
from training.labels.window import LabelWindow, label_window

LATER: Final = "in this or a later label window"
IN_THE_END: Final = "by the end of the data"


def endings(bank: Bank, labels: pa.Table) -> pa.Table:
    """One row a customer of `labels`: customer_id, and what came true at last; 1.0, 0.0, or null if unknown.

    Columns are named by head and sense. The heads of `labels` come true in any label window (`LATER`). Churn
    and every product, as far as the bank has them, come true as things stand on the data's last day, of those
    there at the first snapshot (`IN_THE_END`): who leaves opens nothing, so that no model may know either.
    """
    heads = [name for name in labels.column_names if name not in (CUSTOMER_ID, SNAPSHOT_DATE)]
    found = labels.group_by(CUSTOMER_ID).aggregate([(head, "max") for head in heads])
    found = found.select([CUSTOMER_ID, *(f"{head}_max" for head in heads)])
    found = found.rename_columns([CUSTOMER_ID, *(f"{head} {LATER}" for head in heads)])
    for last in _at_last(bank, pc.min(labels[SNAPSHOT_DATE]).as_py()):
        names = [str(Model.CHURN) if name == LABEL else name for name in last.columns[1:]]
        table = last.to_pyarrow().rename_columns([CUSTOMER_ID, *(f"{name} {IN_THE_END}" for name in names)])
        found = found.join(table, CUSTOMER_ID, join_type="left outer")
    return found


def _at_last(bank: Bank, first: date) -> Iterator[ir.Table]:
    """Labels as if the window of `first` ended with the data: of churn, of the products."""
    churn = bank.spec.churn
    if churn:
        rule, evidence = RULES[churn.rule]
        if evidence is None:
            yield _ever_labelled(bank, first)
        elif window := _to_end(bank, first, evidence(bank)):
            yield rule(bank, _newest(bank, window) if churn.rule == "inactive" else window)
    if bank.spec.products and (window := _to_end(bank, first, last_holding_day(bank))):
        yield openings(_lasting(bank, window), window)


def _to_end(bank: Bank, first: date, last: date | None) -> LabelWindow | None:
    """From where the label window of `first` starts to the `last` day; None where it starts later."""
    start = label_window(first, bank.spec.window).start
    return LabelWindow(first, start, last + timedelta(days=1)) if last and last >= start else None


def _newest(bank: Bank, window: LabelWindow) -> LabelWindow:
    """Its newest part, a horizon long: who is silent there is inactive now, whatever was before."""
    newest = window.end - timedelta(days=bank.spec.window.horizon_days)
    return LabelWindow(window.snapshot, max(window.start, newest), window.end)


def _lasting(bank: Bank, window: LabelWindow) -> Bank:
    """Without what was both opened and closed in the window: a status at its end knows nothing of it."""
    holdings = bank.table(Table.HOLDINGS)
    begun = holdings.opened_on.isnull() | (holdings.opened_on < ibis.date(window.start))
    lasts = holdings.closed_on.isnull() | (holdings.closed_on >= ibis.date(window.end))
    return bank.with_tables({**bank.tables, Table.HOLDINGS: holdings.filter(begun | lasts)})


def _ever_labelled(bank: Bank, first: date) -> ir.Table:
    """Whom the bank's own labels name a leaver at `first` or later, snapshot or not."""
    labels = in_hindsight(bank, Table.LABELS)
    later = labels.filter(labels.snapshot_date >= ibis.date(first))
    return later.group_by(CUSTOMER_ID).aggregate(**{LABEL: later.churned.max().cast("float64")})
