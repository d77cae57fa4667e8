"""All labelled rows of a bank with the product's own features, split again and again as training does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np

from features.build import build_features
from features.progress import Progress
from features.spec import BankSpec
from features.store import open_store
from features.vocabulary import CUSTOMER_ID, Model
from training.dataset import Dataset, assemble
from training.reading import read_labels
from training.split import CALIBRATE_SHARE, PARTS, TRAIN_SHARE, Part, Split, customer_share


def labelled(spec: BankSpec, model: Model, today: date, progress: Progress) -> Dataset:
    """Build a bank's features where they are not yet, and read those of all labelled rows.

    Raises BadInputError as `nextbest features` and `nextbest train` do.
    """
    layout = build_features(spec, progress, today=today)
    labels = read_labels(spec, model, layout.snapshots)
    everything = Split("customers", np.full(labels.num_rows, Part.TRAIN, dtype=np.int8), "not split yet")
    store = open_store(spec, layout)
    features = layout.model_features()
    service = store.service_name(model)
    return assemble(store, service, features, labels, everything, seed=spec.training.seed, progress=progress)


def own_splits(
    data: Dataset, repeats: int, learnt: float = TRAIN_SHARE + CALIBRATE_SHARE
) -> Iterator[Dataset]:
    """The same rows split as training does, with the seeds 0, 1, ...: by default 60, 20 and 20 %.

    With another share `learnt` of the customers the others test, and a quarter of it calibrates.
    """
    for seed in range(repeats):
        share = customer_share(data.everything.keys[CUSTOMER_ID], seed)
        part = np.select(
            [share < 0.75 * learnt, share < learnt], [Part.TRAIN, Part.CALIBRATE], Part.TEST
        ).astype(np.int8)
        yield parted(data, Split("customers", part, "repeated"))


def parted(data: Dataset, parts: Split) -> Dataset:
    """The rows of `data` in their parts."""
    places = [parts.rows(part) for part in PARTS]
    everything = data.everything.take(np.concatenate(places))
    return replace(data, everything=everything, sizes=tuple(map(len, places)))
