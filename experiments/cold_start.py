"""How well is a product that was never sold scored by the products like it?

python -m experiments.cold_start BANK

As of the newest snapshot that can be tested, each product in turn was opened by nobody yet: what its openings
taught is put aside, what features tell of it by name is unknown, and it borrows from the others by category,
kinds and value. Held against what came true, beside the head that its own openings teach, and beside its base
rate. (The others learned while its features were known: only what they split on them may tell of it.)
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from experiments.real.path import errors_told
from features.console import progress_bar
from features.contract import Calibration, FeatureColumn
from features.progress import Progress
from features.spec import BankSpec, read_spec
from features.vocabulary import Model
from training.backtest.walk import Walk, prepare
from training.cold_start import with_lookalikes
from training.heads import FittedHead
from training.metrics.discrimination import average_precision, roc_auc
from training.metrics.ranking import map_at
from training.split import Part

Floats = NDArray[np.float64]

HEADING = """\
                                       |   ROC-AUC    |    precision    |          MAP@7
product              opened  expected  | lent     own |   lent      own |   lent     rate      own"""


@dataclass(frozen=True)
class Found:
    """A product as if never sold: ROC-AUC and average precision of what it borrowed and of its own head, and
    MAP@7 over all products with it borrowed, answered by its base rate, or learned. `expected` is how many
    openings it was given for each that came.
    """

    product: str
    lenders: tuple[str, ...]
    opened: int
    expected: float
    auc: tuple[float, float]
    precision: tuple[float, float]
    map_at_7: tuple[float, float, float]


def forgotten(heads: Sequence[FittedHead], place: int) -> list[FittedHead]:
    """The heads as if nobody had opened the product at `place`."""
    never = FittedHead(heads[place].name, None, Calibration(kind="identity"), 0.0, 0)
    return [*heads[:place], never, *heads[place + 1 :]]


def hidden(matrix: Floats, columns: Sequence[FeatureColumn], product: str) -> Floats:
    """The matrix without what its columns tell of a product by name."""
    named = [place for place, column in enumerate(columns) if column.name.endswith(f"_{product}")]
    matrix = matrix.copy()
    matrix[:, named] = np.nan
    return matrix


def comparable(spec: BankSpec) -> BankSpec:
    """The bank with an attribute for every product: its category."""
    told = {
        name: one.model_copy(update={"attributes": {"category": one.category}})
        for name, one in spec.products.items()
    }
    return spec.model_copy(update={"products": told})


def measure(walk: Walk, progress: Progress) -> Iterator[Found]:
    """Every product of the newest fold that can be learned, in turn."""
    fold, spec = walk.folds[-1], walk.spec
    rows, data = fold.rows(walk.past, Part.TEST), fold.data(walk.past, walk.spec.training.seed)
    learned = walk.learn(fold)
    own, matrix = learned.answer(rows), rows.encoded(learned.columns)
    able = [place for place, head in enumerate(learned.heads) if head.booster and not head.lenders]
    for done, place in enumerate(able):
        name = rows.heads[place]
        train = replace(data.train, matrix=hidden(data.train.matrix, learned.columns, name))
        heads = forgotten(learned.heads, place)
        least = spec.training.minimum_positives
        head = with_lookalikes(heads, train, spec.products, least)[place]
        lent = head.predict(hidden(matrix, learned.columns, name))
        known = ~np.isnan(rows.labels[:, place])
        labels, mine = rows.labels[known, place], own[known, place]
        rate = np.full(len(lent), head.base_rate)
        yield Found(
            name,
            head.lenders,
            opened=int(labels.sum()),
            expected=float(lent[known].sum() / labels.sum()),
            auc=(roc_auc(labels, lent[known]), roc_auc(labels, mine)),
            precision=(average_precision(labels, lent[known]), average_precision(labels, mine)),
            map_at_7=(
                _map(rows.labels, own, place, lent),
                _map(rows.labels, own, place, rate),
                map_at(rows.labels, own, 7),
            ),
        )
        progress("products", done + 1, len(able))


def _map(labels: Floats, own: Floats, place: int, scores: Floats) -> float:
    mixed = own.copy()
    mixed[:, place] = scores
    return map_at(labels, mixed, 7)


def line(one: Found) -> str:
    """A product's figures under the heading."""
    figures = "".join(f"{value:9.4f}" for value in (*one.auc, *one.precision, *one.map_at_7))
    return f"{one.product:<18}{one.opened:>9}{one.expected:>10.2f}  {figures}  {', '.join(one.lenders)}"


@click.command()
@click.argument("bank", type=click.Path(exists=True, path_type=Path))
def main(bank: Path) -> None:
    """Learn the propensities of a BANK whose features are built, each product in turn as if never sold."""
    with errors_told(), progress_bar(sys.stderr) as progress:
        walk = prepare(comparable(read_spec(bank)), Model.PROPENSITY, progress, folds=1)
        every = list(measure(walk, progress))
    click.echo(HEADING)
    for one in every:
        click.echo(line(one))
    lent = [one for one in every if one.lenders]
    means = np.mean([(*one.auc, *one.precision, *one.map_at_7) for one in lent], axis=0)
    click.echo(f"{'mean of those lent':<37}  {''.join(f'{value:9.4f}' for value in means)}")


if __name__ == "__main__":
    main()
