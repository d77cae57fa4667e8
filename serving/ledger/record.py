"""One customer's decision as it is kept: what stays public, and what is personal and can be erased."""

import base64
import json
import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import TypeAdapter

from features.arrays import ARROW_TYPES
from features.vocabulary import CUSTOMER_ID, SNAPSHOT_DATE
from serving.decision import trace as tracing
from serving.decision.arms import chance_of
from serving.decision.compiled import REQUEST_PREFIX
from serving.decision.decide import Decisions
from serving.decision.request import Request
from serving.decision.vocabulary import NOTHING
from serving.ledger.chain import canonical, digest_of
from serving.ledger.further import further_text
from serving.ledger.keys import Keys
from serving.ledger.setting import Setting
from serving.models import ScoringModel

TRACE: Final = TypeAdapter(tracing.Trace)
SALT_BYTES: Final = 32


def public_record(
    decisions: Decisions, decision_id: str, setting: Setting, models: Sequence[ScoringModel]
) -> dict[str, Any]:
    """What stays after erasure: what was decided when by what, and how likely that choice was.

    `further` is what else is done, as in a campaign's rows. `assignment_probability` is the chance that just
    this action was chosen and just this arm drawn.
    """
    best = tracing.ranked(decisions)
    others = [(one.action, one.channel) for one in best[1:] if one.chosen]
    arm_probability = float(arm_probabilities(decisions)[0])
    action_probability = float(decisions.probability[0])
    return {
        "decision_id": decision_id,
        "decided_on": decisions.today.isoformat(),
        "snapshot_date": decisions.customers[SNAPSHOT_DATE][0].as_py().isoformat(),
        "policy": setting.hash,
        "policy_version": decisions.compiled.version,
        "models": digests(models),
        "action": best[0].action if best else NOTHING,
        "product": best[0].product if best else None,
        "channel": best[0].channel if best else None,
        "further": further_text(others),
        "expected_value": best[0].expected_value if best else 0.0,
        "probability": best[0].probability if best else None,
        "value": best[0].value if best else None,
        "cost": best[0].cost if best else None,
        "arm": decisions.arm[0],
        "arm_probability": arm_probability,
        "action_probability": action_probability,
        "assignment_probability": arm_probability * action_probability,
    }


def arm_probabilities(decisions: Decisions) -> Any:
    """The chance of the arm each customer is in, shape (customers,): 1 where nothing is held back."""
    compiled = decisions.compiled
    drawn = np.isin(decisions.winner, held_back(compiled))
    share = compiled.policy.holdout.share
    return chance_of(compiled, decisions.arms.place, decisions.control, drawn, share)


def held_back(compiled: Any) -> list[int]:
    """The places of actions that the holdout holds back."""
    groups = compiled.policy.holdout.groups
    return [place for place, action in enumerate(compiled.actions) if action.group in groups]


def digests(models: Sequence[ScoringModel]) -> dict[str, str]:
    """Each model's version and the digest of its files, in the order they score."""
    return {model.version: model.digest for model in models}


@dataclass(frozen=True)
class Personal:
    """What is personal of one decision: enough, with the public part, to decide again."""

    customer_id: int | str
    features: pa.Table
    scores: Mapping[str, float | None]
    request: Request
    trace: Mapping[str, Any]


def personal_record(decisions: Decisions, request: Request, setting: Setting, keys: Keys) -> bytes:
    """The personal part as it is stored: compressed, and encrypted where a key is set."""
    names = _names(setting)
    table = decisions.customers
    numbers = _numbers(table, names["number"])
    (hidden,) = keys.hide([table[CUSTOMER_ID][0].as_py()])
    content = {
        # Without it nobody can find by trying what a digest stands for that outlives what it was of.
        "salt": secrets.token_hex(SALT_BYTES),
        "customer": base64.b64encode(hidden).decode(),
        "numbers": base64.b64encode(numbers.astype("<f8").tobytes()).decode(),
        "texts": [table[name][0].as_py() for name in names["text"]],
        "scores": scores_of(table, setting),
        "request": _said(request),
        "trace": trace_of(decisions),
    }
    return keys.seal(zlib.compress(canonical(content).encode(), level=1))


@dataclass(frozen=True)
class Unpacked:
    """A personal part as it was put together: features in the order of the setting's columns, by kind."""

    customer_id: int | str
    numbers: NDArray[np.float64]
    texts: list[str | None]
    scores: Mapping[str, float | None]
    request: Request
    trace: Mapping[str, Any]


def unpacked(stored: bytes, keys: Keys) -> Unpacked:
    """What is stored of one decision's personal part.

    Raises BadInputError where it is encrypted and the key is not there.
    """
    content = json.loads(zlib.decompress(keys.unseal(stored)))
    (customer_id,) = keys.reveal([base64.b64decode(content["customer"])])
    numbers = np.frombuffer(base64.b64decode(content["numbers"]), "<f8")
    said = content["request"]
    request = Request(said["channel"], said["values"], tuple(said.get("full", ())))
    return Unpacked(customer_id, numbers, content["texts"], content["scores"], request, content["trace"])


def _said(request: Request) -> dict[str, Any]:
    said = {"channel": request.channel, "values": dict(request.values)}
    return said | ({"full": list(request.full)} if request.full else {})


def read_personal(stored: bytes, public: Mapping[str, Any], setting: Setting, keys: Keys) -> Personal:
    """The personal part of a record.

    Raises BadInputError where it is encrypted and the key is not there.
    """
    one, names = unpacked(stored, keys), _names(setting)
    # In features null and NaN say the same: unknown.
    found: dict[str, Any] = {
        name: pa.array([None if np.isnan(number) else number], pa.float64())
        for name, number in zip(names["number"], one.numbers.tolist(), strict=True)
    }
    texts = zip(names["text"], one.texts, strict=True)
    found |= {name: pa.array([text], pa.string()) for name, text in texts}
    features = {
        CUSTOMER_ID: pa.array([one.customer_id], setting.id_type),
        SNAPSHOT_DATE: pa.array([date.fromisoformat(public["snapshot_date"])], pa.date32()),
        **{name: found[name] for name, _ in setting.columns},
    }
    return Personal(one.customer_id, pa.table(features), one.scores, one.request, one.trace)


def personal_digest(pseudonym: str, stored: bytes) -> str:
    """What the public part keeps of the personal one."""
    return digest_of({"pseudonym": pseudonym, "personal": stored.hex()})


def scores_of(customers: pa.Table, setting: Setting, row: int = 0) -> dict[str, float | None]:
    """The scores of a customer: numbers that are neither features nor said by the request."""
    return {name: customers[name][row].as_py() for name in score_names(customers, setting)}


def score_names(customers: pa.Table, setting: Setting) -> list[str]:
    """The columns of a decision table that models added."""
    known = {name for name, _ in setting.columns} | {CUSTOMER_ID, SNAPSHOT_DATE}
    return [
        field.name
        for field in customers.schema
        if field.name not in known
        and pa.types.is_float64(field.type)
        and not field.name.startswith(REQUEST_PREFIX)
    ]


def trace_of(decisions: Decisions) -> dict[str, Any]:
    """The decision laid open, without saying whose it is."""
    found = TRACE.dump_python(tracing.trace(decisions), mode="json")
    return {name: value for name, value in found.items() if name != CUSTOMER_ID}


def _names(setting: Setting) -> dict[str, list[str]]:
    return {kind: [name for name, of in setting.columns if of == kind] for kind in ARROW_TYPES}


def _numbers(table: pa.Table, names: list[str]) -> NDArray[np.float64]:
    """Numbers of the table's one customer, NaN for null: all at once, since each value takes as long."""
    if not names:
        return np.empty(0)
    (row,) = table.select(names).combine_chunks().to_batches()
    return np.asarray(row.to_tensor(null_to_nan=True).to_numpy()[0])
