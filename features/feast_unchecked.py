"""Feast, as it is imported here: without checks of its own calls' types at run time.

Feast has typeguard read and compile nearly every class of its own anew at import, which takes longer than all
the rest of it, at every start of a command that reads features. mypy and our tests check our calls. Other
modules of this house find in this one all that they use of Feast.
"""

import warnings
from typing import Any, Final

import typeguard


def _as_it_is(target: Any) -> Any:
    return target


_checked: Final = typeguard.typechecked
typeguard.typechecked = _as_it_is
try:
    with warnings.catch_warnings():  # Feast sets filters of its own for the whole process
        from feast import (
            Entity,
            FeatureService,
            FeatureStore,
            FeatureView,
            Field,
            FileSource,
            PushSource,
            RepoConfig,
        )
        from feast.data_source import DataSource
        from feast.errors import FeatureServiceNotFoundException
        from feast.infra.key_encoding_utils import serialize_entity_key_prefix
        from feast.infra.offline_stores.duckdb import DuckDBOfflineStore, DuckDBOfflineStoreConfig
        from feast.infra.offline_stores.offline_store import RetrievalJob
        from feast.infra.online_stores.helpers import compute_table_id
        from feast.infra.online_stores.sqlite import SqliteOnlineStore  # Feast itself opens it, later
        from feast.protos.feast.types.Value_pb2 import DoubleList, StringList, Value
        from feast.protos.feast.types.Value_pb2 import ValueType as ValueNumbers
        from feast.types import Array, Float64, Int64, String
        from feast.value_type import ValueType
finally:
    typeguard.typechecked = _checked

__all__ = [
    "Array",
    "DataSource",
    "DoubleList",
    "DuckDBOfflineStore",
    "DuckDBOfflineStoreConfig",
    "Entity",
    "FeatureService",
    "FeatureServiceNotFoundException",
    "FeatureStore",
    "FeatureView",
    "Field",
    "FileSource",
    "Float64",
    "Int64",
    "PushSource",
    "RepoConfig",
    "RetrievalJob",
    "SqliteOnlineStore",
    "String",
    "StringList",
    "Value",
    "ValueNumbers",
    "ValueType",
    "compute_table_id",
    "serialize_entity_key_prefix",
]
