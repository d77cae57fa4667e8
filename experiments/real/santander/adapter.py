"""From Santander's monthly flags and the additions of May 2016 to a bank folder with May among its months.

python -m experiments.real.santander.adapter RAW OUT
"""

import shutil
from pathlib import Path

import click
import pandas as pd

from experiments.synth.writing import staged
from features.errors import BadInputError

MONTHS, ADDED, CUSTOMERS = "holdings_monthly.parquet", "added_2016-05.csv", "customers_2016-05.csv.gz"
ID, MONTH, PRODUCT = "ncodpers", "fecha_dato", "product"
MAY = "2016-05-28"


def adapt(raw: Path, out: Path) -> None:
    """Write the bank of a raw folder, whole or not at all: holdings.parquet, the profiles, and bank.toml.

    Raises BadInputError when a raw file is missing, or `out` holds anything already.
    """
    for name in (MONTHS, ADDED, CUSTOMERS):
        if not (raw / name).is_file():
            raise BadInputError(f"{raw}: no file {name}")
    with staged(out) as aside:
        months = with_may(pd.read_parquet(raw / MONTHS), pd.read_csv(raw / ADDED))
        months.to_parquet(aside / "holdings.parquet", index=False)
        shutil.copyfile(raw / CUSTOMERS, aside / "customers.csv.gz")
        shutil.copyfile(Path(__file__).with_name("bank.toml"), aside / "bank.toml")


def with_may(months: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    """The monthly flags (ncodpers, fecha_dato, a 0/1 flag a product) with May 2016 where it is known.

    Known it is of the customers in `added` (ncodpers, product): what they held in April and what they added.
    Of the others nothing is known in May, so they get no row.

    Raises BadInputError when an added product has no flag, or its customer no row in April.
    """
    products = [column for column in months.columns if column not in (ID, MONTH)]
    april: pd.DataFrame = months[months[MONTH] == months[MONTH].max()].set_index(ID)[products]
    flags = pd.crosstab(added[ID], added[PRODUCT]).clip(upper=1)
    strange = [*flags.columns.difference(products), *flags.index.difference(april.index)]
    if strange:
        raise BadInputError(f"{ADDED}: unknown products or customers without an April: {strange[:5]}")
    may: pd.DataFrame = april.loc[flags.index] | flags.reindex(columns=products, fill_value=0).astype("int8")
    return pd.concat([months, may.reset_index().assign(**{MONTH: MAY})], ignore_index=True)


@click.command()
@click.argument("raw", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
def main(raw: Path, out: Path) -> None:
    """Write the bank of the RAW folder into the new folder OUT."""
    try:
        adapt(raw, out)
    except BadInputError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{out}: ready for `nextbest check {out}`")


if __name__ == "__main__":
    main()
