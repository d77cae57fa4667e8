"""Forgetting a customer: features, what is online, and the personal parts of the ledger."""

from dataclasses import dataclass

from features.erasure import erase_customer
from features.layout import load_layout
from features.progress import Progress
from features.spec import BankSpec
from serving.ledger.forget import forget_in_ledger
from serving.ledger.opening import open_ledger
from serving.one_customer import as_id


@dataclass(frozen=True)
class Forgotten:
    """How many feature files were rewritten, and how many decisions lost their personal part."""

    partitions: int
    decisions: int


def forget_customer(spec: BankSpec, customer: str, progress: Progress) -> Forgotten:
    """Erase one customer. Once more, or after being killed, it erases what is still there.

    Raises BadInputError where no features are built or the id is not of the bank's type.
    """
    layout = load_layout(spec)
    customer_id = as_id(customer, layout)
    in_ledger = forget_in_ledger(open_ledger(spec), customer_id)
    partitions = erase_customer(spec, layout, customer_id, progress)
    return Forgotten(partitions, in_ledger.decisions + in_ledger.campaign_rows)
