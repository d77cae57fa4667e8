"""One model a product, one multiclass model, or one model over (customer, product) pairs: which ranks best?

python -m experiments.real.santander.propensity_shapes WORK

WORK is a new folder, or one that this or experiments.real.santander.run has made. Every shape learns from
the same rows and features with the settings that all banks start with, and ranks the products that other
customers did not hold in April. Beside them stands the product as it serves: one model a product, grown as
the training rows prove.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from experiments.real.labelled import labelled, own_splits
from experiments.real.path import SHARED, bank_at, errors_told
from experiments.real.repeats import table
from experiments.real.santander.adapter import ID, MAY, MONTH, adapt
from experiments.real.served import served
from features.console import progress_bar
from features.contract import FeatureColumn
from features.vocabulary import CUSTOMER_ID, Model
from training.dataset import Dataset
from training.fit import LEAVES_MOST, options
from training.metrics.ranking import map_at

Floats = NDArray[np.float64]

MINIMUM_POSITIVES = 20
"""With fewer a product has no model of its own."""


Shape = Callable[["Sample", Floats, Mapping[str, Any], int], Floats]
"""Learns from a sample and scores other customers' matrix, given settings and rounds: (rows, products)."""


@dataclass(frozen=True)
class Sample:
    """Customers with their features (rows, columns) and what they opened (rows, products), NaN if held."""

    columns: tuple[FeatureColumn, ...]
    products: tuple[str, ...]
    matrix: Floats
    opened: Floats


def popularity(train: Sample, matrix: Floats, settings: Mapping[str, Any], rounds: int) -> Floats:
    """How many opened each product, whoever asks."""
    del settings, rounds
    return np.tile(np.nansum(train.opened, axis=0), (len(matrix), 1))


def per_product(train: Sample, matrix: Floats, settings: Mapping[str, Any], rounds: int) -> Floats:
    """A binary model a product, over those who did not hold it."""
    scores = np.empty((len(matrix), len(train.products)))
    for place in range(len(train.products)):
        opened = train.opened[:, place]
        free = ~np.isnan(opened)
        if np.nansum(opened) < MINIMUM_POSITIVES:
            scores[:, place] = opened[free].mean()
            continue
        rows = lgb.Dataset(train.matrix[free], opened[free], categorical_feature=_categorical(train.columns))
        scores[:, place] = lgb.train({**settings, "objective": "binary"}, rows, rounds).predict(matrix)
    return scores


def off_the_shelf(train: Sample, matrix: Floats, settings: Mapping[str, Any], rounds: int) -> Floats:
    """A binary model a product as LightGBM comes."""
    plain = {"objective": "binary", "verbosity": -1, "seed": settings["seed"], "deterministic": True}
    return per_product(train, matrix, plain, rounds)


def multiclass(train: Sample, matrix: Floats, settings: Mapping[str, Any], rounds: int) -> Floats:
    """One softmax over products; a customer who opened several is there once for each."""
    customer, product = np.nonzero(train.opened == 1)
    rows = lgb.Dataset(train.matrix[customer], product, categorical_feature=_categorical(train.columns))
    several = {
        **settings,
        "objective": "multiclass",
        "metric": "multi_logloss",
        "num_class": len(train.products),
    }
    return np.asarray(lgb.train(several, rows, rounds).predict(matrix))


def pairs(train: Sample, matrix: Floats, settings: Mapping[str, Any], rounds: int) -> Floats:
    """One binary model; a row is a customer and a product not held, with the product's own past beside it."""
    customer, product = np.nonzero(~np.isnan(train.opened))
    both = _beside(train, train.matrix[customer], product)
    categorical = [*_categorical(train.columns), both.shape[1] - 1]
    rows = lgb.Dataset(both, train.opened[customer, product], categorical_feature=categorical)
    model = lgb.train({**settings, "objective": "binary", "max_cat_to_onehot": 64}, rows, rounds)
    every = range(len(train.products))
    return np.column_stack(
        [model.predict(_beside(train, matrix, np.full(len(matrix), product))) for product in every]
    )


SHAPES: Final[Mapping[str, tuple[Shape, int]]] = {
    "popularity": (popularity, 0),
    "per product": (per_product, 250),
    "multiclass": (multiclass, 150),
    "pairs": (pairs, 600),
}
"""With the rounds after which each ranked best on a split that is none of the study's."""


OFF_THE_SHELF: Final = "LightGBM defaults per product, flags and profile"


SERVED: Final = "Nextbest, as served"


def map_at_7(data: Dataset, shape: Shape, rounds: int) -> float:
    """MAP@7 on the test rows of a shape that learnt from all others."""
    rows = data.learnt
    sample = Sample(data.columns, data.heads, rows.matrix, rows.labels)
    settings = {**options(data.columns, {}, seed=0), "num_leaves": LEAVES_MOST}
    return map_at(data.test.labels, shape(sample, data.test.matrix, settings, rounds), 7)


def _categorical(columns: tuple[FeatureColumn, ...]) -> list[int]:
    return [place for place, column in enumerate(columns) if column.categories is not None]


def _beside(sample: Sample, matrix: Floats, product: NDArray[np.int64]) -> Floats:
    """The customers' features, then those of each row's own product, then the product as a code."""
    places = {column.name: place for place, column in enumerate(sample.columns)}
    own = [
        np.array([places[f"holdings_{what}_{name}"] for name in sample.products])[product]
        for what in ("history", "months_since_opened", "months_since_closed")
    ]
    columns = [np.take_along_axis(matrix, place[:, np.newaxis], axis=1) for place in own]
    return np.column_stack([matrix, *columns, product])


def flags_and_profile(work: Path, keys: pa.Table) -> Floats:
    """What anyone would start from: each month's flags before May, and the profile, texts as codes."""
    flags = pd.read_parquet(work / "holdings.parquet")
    months = flags[flags[MONTH] < MAY].pivot_table(index=ID, columns=MONTH, aggfunc="first")
    profile = pd.read_csv(work / "customers.csv.gz", low_memory=False).set_index(ID).drop(columns=MONTH)
    coded = profile.apply(lambda column: column if is_numeric_dtype(column) else pd.factorize(column)[0])
    customers = keys[CUSTOMER_ID].to_numpy()
    return np.column_stack([table.reindex(customers).to_numpy(dtype=np.float64) for table in (months, coded)])


def started_from(data: Dataset, matrix: Floats) -> Dataset:
    """The same rows with another matrix."""
    columns = tuple(FeatureColumn(name=f"column_{place}") for place in range(matrix.shape[1]))
    return replace(data, columns=columns, everything=replace(data.everything, matrix=matrix))


@click.command()
@click.argument("work", type=click.Path(file_okay=False, path_type=Path))
@click.option("--raw", type=click.Path(path_type=Path), default=SHARED / "santander", show_default=True)
@click.option("--repeats", default=5, show_default=True)
@click.option("--shapes/--no-shapes", "others", default=True, help="Other shapes beside the served one.")
def main(work: Path, raw: Path, repeats: int, others: bool) -> None:
    """Print MAP@7 of every shape over repeated splits of the customers given; their bank is made in WORK."""
    with errors_told(), progress_bar(sys.stderr) as progress:
        spec = bank_at(work, partial(adapt, raw))
        everything = labelled(spec, Model.PROPENSITY, datetime.now(UTC).date(), progress)
        plain = started_from(everything, flags_and_profile(work, everything.everything.keys))
        shapes = SHAPES if others else {}
        measured: dict[str, list[float]] = {name: [] for name in (SERVED, OFF_THE_SHELF, *shapes)}
        splits = zip(own_splits(everything, repeats), own_splits(plain, repeats), strict=True)
        for done, (data, bare) in enumerate(splits, start=1):
            measured[SERVED].append(
                map_at(data.test.labels, served(data, spec.training.minimum_positives), 7)
            )
            measured[OFF_THE_SHELF].append(map_at_7(bare, off_the_shelf, 100))
            for name, (shape, rounds) in shapes.items():
                measured[name].append(map_at_7(data, shape, rounds))
            progress("splits", done, repeats)
    click.echo(table(measured, against=OFF_THE_SHELF))


if __name__ == "__main__":
    main()
