"""A trained model as files: contract, LightGBM's own texts, answers on the test and pictures. No pickle."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from features.contract import CONTRACT_FILE, Head, ModelContract
from features.schemas import CROSS_SELL
from features.spec import Product
from features.vocabulary import Kind
from training.answers import ANSWERS_FILE, Answers, write_answers
from training.card.card import PartFacts
from training.heads import FittedHead
from training.uplift.choose import Tested
from training.uplift.kept import TESTED_FILE, write_tested

Floats = NDArray[np.float64]

PRIMARY_FILE = "model.lgb"
"""Where MLflow's LightGBM flavour keeps its one booster: the head with the most positives."""
PARITY = 1e-12


@dataclass(frozen=True)
class TrainedModel:
    """All that is registered of a training run.

    `split` says how rows were parted, `refitted` whether the boosters learned from the test rows too,
    after these had told the metrics. `tested_on` identifies the test rows. `sample` are rows of shape
    (rows, columns) on which the files must predict as the boosters in memory do. `answers` are those on
    the test rows, None where its rows are contacts, of which `tested` tells by action; `sensitive` the
    columns they can be audited by, `unaudited` those of bank.toml that became no feature. `importance` is
    the boosters' gain by column. `remarks` say where its settings come from.
    """

    contract: ModelContract
    heads: tuple[FittedHead, ...]
    metrics: Mapping[str, float]
    settings: Mapping[str, Any]
    split: str
    refitted: bool
    tested_on: str
    sample: Floats
    figures: Mapping[str, Figure] = field(default_factory=dict)
    answers: Answers | None = None
    tested: Mapping[str, Tested] = field(default_factory=dict)
    parts: tuple[PartFacts, ...] = ()
    sensitive: tuple[str, ...] = ()
    unaudited: tuple[str, ...] = ()
    importance: Mapping[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is particular about it, and what its heads had to do without."""
        return (*self.remarks, *(head.note for head in self.heads if head.note))


def primary(heads: Sequence[FittedHead]) -> FittedHead | None:
    """The head with a booster that has the most positives, if any has one."""
    fitted = [head for head in heads if head.booster is not None]
    return max(fitted, key=lambda head: head.positives, default=None)


def contract_heads(heads: Sequence[FittedHead], products: Mapping[str, Product]) -> tuple[Head, ...]:
    """The heads as the contract tells of them, each with the name of its file and whom its product is for."""
    first = primary(heads)
    return tuple(
        Head(
            name=head.name,
            kinds=_kinds(products.get(head.name.removeprefix(CROSS_SELL))),
            booster_file=_file(head, is_primary=head is first) if head.booster else None,
            control_file=_control_file(head) if head.control else None,
            calibration=head.calibration,
            base_rate=head.base_rate,
            positives=head.positives,
        )
        for head in heads
    )


def _kinds(product: Product | None) -> tuple[str, ...]:
    return () if product is None or set(product.kinds) == set(Kind) else product.kinds


def write_files(trained: TrainedModel, folder: Path) -> None:
    """Write contract, answers and the boosters that MLflow does not write itself into an existing folder."""
    (folder / CONTRACT_FILE).write_text(trained.contract.model_dump_json(indent=1), encoding="utf-8")
    if trained.answers is not None:
        write_answers(trained.answers, folder / ANSWERS_FILE)
    if trained.tested:
        write_tested(trained.tested, folder / TESTED_FILE)
    for file, booster in _boosters(trained).items():
        if file != PRIMARY_FILE:
            (folder / file).parent.mkdir(exist_ok=True)
            booster.save_model(folder / file)


def evidence_digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file that says how the model in `folder` was tested, by name."""
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in (ANSWERS_FILE, TESTED_FILE)
        if (folder / name).is_file()
    }


def write_model(trained: TrainedModel, folder: Path) -> None:
    """Write contract and every booster into the new folder `folder`: all that the model predicts with."""
    folder.mkdir(parents=True)
    write_files(trained, folder)
    first = primary(trained.heads)
    if first is not None and first.booster is not None:
        first.booster.save_model(folder / PRIMARY_FILE)


def check_parity(trained: TrainedModel, folder: Path) -> None:
    """Predict with the files as they were stored, and compare with the boosters in memory.

    Raises RuntimeError where they differ: then what is stored is not what was tested.
    """
    for file, booster in _boosters(trained).items():
        stored = np.asarray(lgb.Booster(model_file=folder / file).predict(trained.sample))
        worst = float(np.abs(stored - np.asarray(booster.predict(trained.sample))).max(initial=0.0))
        if worst > PARITY:
            raise RuntimeError(f"{file}: the stored booster's predictions are off by {worst:.2g}")


def _boosters(trained: TrainedModel) -> dict[str, lgb.Booster]:
    first = primary(trained.heads)
    found = {_file(head, is_primary=head is first): head.booster for head in trained.heads if head.booster}
    return found | {_control_file(head): head.control for head in trained.heads if head.control}


def _file(head: FittedHead, *, is_primary: bool) -> str:
    return PRIMARY_FILE if is_primary else f"heads/{_file_name(head)}.lgb"


def _control_file(head: FittedHead) -> str:
    return f"heads/{_file_name(head)}.control.lgb"


def _file_name(head: FittedHead) -> str:
    return head.name.replace(":", "-")  # an action's id has a colon, which not every file system takes
