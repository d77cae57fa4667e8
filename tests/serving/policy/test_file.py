"""The bank's own policy or the default: read strictly, made ready for any bank."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features.errors import BadInputError
from features.spec import read_spec
from serving.policy.file import compile_for, default_policy_path, load_policy, read_policy

CUSTOMERS = {"customers": [{"customer_id": 1}]}
KNOWN_EVERYWHERE = pa.schema(
    {
        "customer_id": pa.int64(),
        "balances_total_last": pa.float64(),
        "holdings_count": pa.float64(),
        "interactions_complaints_open": pa.float64(),
        "transactions_days_since_last": pa.float64(),
        "consents_marketing_any": pa.float64(),
        "contact_history": pa.string(),
        "occasions_days_to_birthday": pa.float64(),
        "occasions_days_to_anniversary": pa.float64(),
    }
)

RETAIN = ("retain", "retain:fee_waiver", "retain:rate_bonus", "retain:managers_call")
SERVICE = ("service:complaint", "service:birthday", "service:anniversary", "service:reactivation")


def test_a_bank_without_a_policy_has_the_default(write_bank: Any) -> None:
    spec = read_spec(write_bank(CUSTOMERS))
    assert load_policy(spec) == read_policy(default_policy_path())


def test_a_bank_has_its_own(write_bank: Any) -> None:
    folder = write_bank(CUSTOMERS)
    own = default_policy_path().read_text(encoding="utf-8").replace("default-1", "ours-7")
    (folder / "policy.toml").write_text(own, encoding="utf-8")
    assert load_policy(read_spec(folder)).version == "ours-7"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = ", ", line 1: version: not valid TOML"),
        (
            'version = "1"\nlevrs = []\n'
            'actions.retain = {group = "retain", save_rate = 0.1}\nchannels.app.cost = 1',
            ", line 2: levrs: unknown key; did you mean 'levers'?",
        ),
    ],
)
def test_faults_name_the_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as refused:
        read_policy(path)
    assert str(refused.value).startswith(str(path))
    assert message in str(refused.value)


def test_the_default_suits_a_bank_without_products_or_consents(write_bank: Any) -> None:
    spec = read_spec(write_bank(CUSTOMERS))
    compiled = compile_for(spec, load_policy(spec), KNOWN_EVERYWHERE)
    assert [action.id for action in compiled.actions] == [*RETAIN, *SERVICE]
    assert compiled.silence_granted


def test_silence_is_a_no_where_consents_are_recorded(write_bank: Any) -> None:
    spec = read_spec(write_bank({**CUSTOMERS, "consents": []}, products={"card": {}}))
    compiled = compile_for(spec, load_policy(spec), KNOWN_EVERYWHERE)
    assert [action.id for action in compiled.actions] == [*RETAIN, "cross_sell:card", *SERVICE]
    assert not compiled.silence_granted
