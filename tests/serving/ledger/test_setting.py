"""A setting reads back as it was, and makes the policy decide as it did."""

from typing import Any

import pytest
from sqlalchemy import select

from features.errors import BadInputError
from features.layout import Feature, Layout, ViewLayout
from features.spec import read_spec
from serving.ledger.schema import POLICIES
from serving.ledger.setting import Setting, keep_setting, read_setting, setting_of


def test_it_is_kept_once_and_reads_back(world: Any) -> None:
    for _ in range(2):
        keep_setting(world.ledger, world.setting)
    with world.ledger.reading() as connection:
        assert len(connection.scalars(select(POLICIES.c.policy)).all()) == 1
        found = read_setting(connection, world.setting.hash)
        assert found == world.setting
        assert found.compiled().version == world.setting.compiled().version
        with pytest.raises(BadInputError, match="holds none"):
            read_setting(connection, "0" * 64)


def test_sensitive_features_are_kept_only_where_the_policy_names_them(
    write_bank: Any, setting_with: Any
) -> None:
    spec = read_spec(write_bank({"customers": [{"customer_id": 1}]}))
    features = tuple(Feature(name=name, kind="number") for name in ("age", "sex", "balances_total_last"))
    view = ViewLayout(name="v", description="", for_models=True, features=features)
    layout = Layout(
        customer_id_type="string", views=(view,), sensitive=("age", "sex"), snapshots=(), fingerprint="f"
    )
    policy = setting_with(rules=[{"name": "adult", "condition": "age >= 18"}]).policy
    setting = setting_of(spec, layout, policy)
    assert [name for name, _ in setting.columns] == ["age", "balances_total_last"]
    assert (setting.customer_id_type, setting.consents_recorded) == ("string", False)
    assert Setting.model_validate_json(setting.content).hash == setting.hash
