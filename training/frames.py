"""A bank of data frames: written as the folder that every command reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w

from features.errors import BadInputError
from features.reading import nearest
from features.spec import BankSpec, parse
from features.vocabulary import Table

Frame: TypeAlias = pd.DataFrame | pa.Table

MARK: Final = "# Written from data frames; a next call may replace this folder's tables.\n"


def write_bank(folder: Path, tables: Mapping[str, Frame], settings: Mapping[str, Any]) -> BankSpec:
    """Write frames, by the design's table names, and a bank.toml of `settings` into `folder`.

    `settings` are the keys of bank.toml but `tables`; under "tables" they may add keys to single tables, as
    {"holdings": {"layout": "wide"}}. Nothing is computed anew later where the same frames come again: a file
    that would not change is left as it is.

    Raises BadInputError for unknown tables or settings, and for a bank.toml of another's making.
    """
    place = folder / "bank.toml"
    if place.exists() and not place.read_text(encoding="utf-8").startswith(MARK):
        raise BadInputError(
            f"{folder}: there is a bank.toml that was not written from frames; choose another"
        )
    names = [table.value for table in Table]
    for name in tables:
        if name not in names:
            raise BadInputError(f"no table {name!r}{nearest(name, names)}; there are {', '.join(names)}")
    further = dict(settings.get("tables", {}))
    paths = {name: {"path": f"{name}.parquet", **further.pop(name, {})} for name in tables}
    if further:
        raise BadInputError(f"settings for tables that are not given: {', '.join(sorted(further))}")
    content = {**settings, "tables": paths}
    spec = parse(BankSpec, {**content, "folder": folder.resolve()}, place)
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        _replace(folder / f"{name}.parquet", _parquet(name, frame))
    _replace(place, (MARK + tomli_w.dumps(content)).encode())
    return spec


def _parquet(name: str, frame: Frame) -> bytes:
    try:
        table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    except pa.ArrowException as error:
        raise BadInputError(f"table {name}: a column mixes types: {error}") from error
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _replace(path: Path, content: bytes) -> None:
    """Written aside, then renamed; the same content keeps the file and with it all computed from it."""
    if path.exists() and path.read_bytes() == content:
        return
    aside = path.with_name(f".{path.name}.aside")
    aside.write_bytes(content)
    aside.replace(path)
