"""Erasing a customer from partitions leaves the others, the file's signature and its types as they were."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from features.build import build_features
from features.erasure import erase_customer
from features.errors import BadInputError
from features.layout import Layout, features_folder
from features.online_file import online_path, read_mark
from features.progress import silent
from features.spec import BankSpec, read_spec
from features.store import open_store


@pytest.fixture
def built(write_bank: Any) -> tuple[BankSpec, Layout]:
    spec = read_spec(write_bank({"customers": [{"customer_id": one} for one in (1, 2, 3)]}))
    return spec, build_features(spec, silent, today=date(2024, 2, 1))


def partitions(spec: BankSpec) -> list[Path]:
    return sorted(features_folder(spec.state).glob("*/*.parquet"))


def test_the_others_stay_as_they_were(built: tuple[BankSpec, Layout]) -> None:
    spec, layout = built
    before = [pq.read_table(path) for path in partitions(spec)]
    assert erase_customer(spec, layout, 2, silent) == len(before)
    for path, table in zip(partitions(spec), before, strict=True):
        assert pq.read_table(path).equals(table.take([0, 2]), check_metadata=True)
    assert erase_customer(spec, layout, 2, silent) == 0
    with pytest.raises(BadInputError, match="customer_id"):
        erase_customer(spec, layout, "Jane", silent)


def test_what_is_online_follows(built: tuple[BankSpec, Layout]) -> None:
    spec, layout = built
    store, service = open_store(spec, layout), layout.service_name("decision")
    store.materialise(layout.snapshots[0], silent)
    erase_customer(spec, layout, 2, silent)
    found = store.online(service, [1, 2, 3])["event_timestamp"]
    assert [one is None for one in found.to_pylist()] == [False, True, False]


def test_what_is_online_of_other_features_goes(built: tuple[BankSpec, Layout]) -> None:
    spec, layout = built
    open_store(spec, layout).materialise(layout.snapshots[0], silent)
    assert read_mark(online_path(spec.state)) is not None
    erase_customer(spec, layout.model_copy(update={"sensitive": ("tier",)}), 2, silent)
    assert read_mark(online_path(spec.state)) is None
