"""What decisions rest on beside models: policy, catalogue and columns, kept once, by its hash."""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import pyarrow as pa
from pydantic import ValidationError
from sqlalchemy import Connection, select

from features.arrays import ARROW_TYPES
from features.errors import BadInputError
from features.layout import Layout
from features.spec import BankSpec, Product
from features.strict import Strict
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE, UPLIFT_PREFIX, Model, Table
from serving.decision.compiled import CompiledPolicy, compile_policy
from serving.decision.policy import Policy
from serving.ledger.append import append
from serving.ledger.chain import sha256
from serving.ledger.opening import Ledger
from serving.ledger.schema import POLICIES, Kind
from serving.models import ScoringModel


class Setting(Strict):
    """All that makes a policy decide.

    `columns` are the features of customers and their kinds, in order; `uplifts` the actions that are valued
    by what contacting changes.
    """

    bank: str
    policy: Policy
    products: dict[str, Product]
    consents_recorded: bool
    customer_id_type: Literal["int64", "string"]
    columns: tuple[tuple[str, Literal["number", "text"]], ...]
    uplifts: tuple[str, ...] = ()

    @cached_property
    def content(self) -> str:
        """The text that is kept."""
        return self.model_dump_json()

    @cached_property
    def hash(self) -> str:
        """The text's SHA-256, by which records name it."""
        return sha256(self.content.encode())

    @property
    def id_type(self) -> pa.DataType:
        """Arrow's type of a customer_id."""
        return pa.int64() if self.customer_id_type == "int64" else pa.string()

    def compiled(self) -> CompiledPolicy:
        """The policy made ready, as it was."""
        features = [(name, ARROW_TYPES[kind]) for name, kind in self.columns]
        features += [(f"{UPLIFT_PREFIX}{action}", pa.float64()) for action in self.uplifts]
        schema = pa.schema([(CUSTOMER_ID, self.id_type), (SNAPSHOT_DATE, pa.date32()), *features])
        consents = self.consents_recorded
        return compile_policy(self.policy, self.products, schema, consents_recorded=consents, bank=self.bank)


def setting_of(
    spec: BankSpec, layout: Layout, policy: Policy, models: Sequence[ScoringModel] = ()
) -> Setting:
    """What decides at a bank now.

    Sensitive features that the policy does not name are read by nobody, and so not kept.
    """
    said = policy.model_dump_json()
    unread = {name for name in layout.sensitive if name not in said}
    uplift = [model.contract for model in models if model.name is Model.UPLIFT]
    return Setting(
        bank=spec.name,
        uplifts=tuple(head.name for contract in uplift for head in contract.heads),
        policy=policy,
        products=dict(spec.products),
        consents_recorded=Table.CONSENTS in spec.tables,
        customer_id_type=layout.customer_id_type,
        columns=tuple((name, kind) for name, kind in layout.features() if name not in unread),
    )


def keep_setting(ledger: Ledger, setting: Setting) -> None:
    """Put a setting into the ledger where it is not there yet."""
    with ledger.reading() as connection:
        if _content(connection, setting.hash) is not None:
            return
    with ledger.writing() as connection:
        if _content(connection, setting.hash) is None:
            row = {"policy": setting.hash, "content": setting.content}
            append(connection, [(Kind.POLICY, row)], ledger.now())


def read_setting(connection: Connection, setting_hash: str) -> Setting:
    """A setting by its hash.

    Raises BadInputError where it is gone, is another text, or is not of this version.
    """
    content = _content(connection, setting_hash)
    if content is None or sha256(content.encode()) != setting_hash:
        raise BadInputError(
            f"policy {setting_hash[:12]}: the ledger holds {'another' if content else 'none'}"
        )
    try:
        return Setting.model_validate_json(content)
    except ValidationError as error:
        raise BadInputError(f"policy {setting_hash[:12]}: not of this version: {error}") from error


def _content(connection: Connection, setting_hash: str) -> str | None:
    return connection.scalar(select(POLICIES.c.content).where(POLICIES.c.policy == setting_hash))
