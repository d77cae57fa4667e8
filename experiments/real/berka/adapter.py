"""From the raw Berka export (eight `.asc` files) to a bank folder in the design's tables.

python -m experiments.real.berka.adapter RAW OUT
"""

import shutil
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

import click
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from experiments.real.berka.decoding import decode
from experiments.synth.writing import staged
from features.errors import BadInputError

FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "account": ("account.asc",),
    "card": ("card.asc",),
    "client": ("client.asc",),
    "disp": ("disp.asc",),
    "district": ("district.asc",),
    "loan": ("loan.asc",),
    "orders": ("order.asc",),
    "trans": ("trans.asc", "trans_prefix.asc"),
}
"""Each raw table, and the files it may lie in: all transactions, or else their first part."""

SEPARATED = csv.ParseOptions(delimiter=";")


def adapt(raw: Path, out: Path) -> None:
    """Write the bank of a raw export, whole or not at all: Parquet tables, bank.toml, policy.toml.

    Raises BadInputError when a raw file is missing or unreadable, or `out` holds anything already.
    """
    with staged(out) as aside:
        for name, table in decode(read_raw(raw)).items():
            pq.write_table(table, aside / f"{name}.parquet")
        for name in ("bank.toml", "policy.toml"):
            shutil.copyfile(Path(__file__).with_name(name), aside / name)


def read_raw(folder: Path) -> dict[str, pa.Table]:
    """Every raw table by its name in `FILES`, every column as text, an empty value as empty text."""
    return {name: _read(_first_there(folder, names)) for name, names in FILES.items()}


def _first_there(folder: Path, names: tuple[str, ...]) -> Path:
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    if path is None:
        raise BadInputError(f"{folder}: no file {' or '.join(names)}")
    return path


def _read(path: Path) -> pa.Table:
    raw = path.read_bytes()
    if path.name == "trans_prefix.asc":
        raw = raw[: raw.rfind(b"\n") + 1]  # a prefix breaks off within a line
    try:
        columns = csv.open_csv(BytesIO(raw), parse_options=SEPARATED).schema.names
        text = csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()))
        return csv.read_csv(BytesIO(raw), parse_options=SEPARATED, convert_options=text)
    except pa.ArrowInvalid as error:
        raise BadInputError(f"{path}: not a table separated by semicolons: {error}") from error


@click.command()
@click.argument("raw", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def main(raw: Path, out: Path) -> None:
    """Write the bank of the RAW export into the new folder OUT."""
    try:
        adapt(raw, out)
    except BadInputError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{out}: ready for `nextbest check {out}`")


if __name__ == "__main__":
    main()
