"""A registered version as its gates see it: stored model, card, answers on its own test rows."""

from pathlib import Path

from features.contract import model_digest
from training.artifact import evidence_digests
from training.promotion.gates.case import Side
from training.stored import read_files
from training.uplift.kept import TESTED_FILE, read_tested


def read_side(folder: Path, version: int) -> Side:
    """The version whose files lie in `folder`.

    Raises BadInputError where a file of the model is missing or not what its contract says.
    """
    stored, tested = read_files(folder, version), folder / TESTED_FILE
    return Side(
        version,
        stored.contract,
        stored.heads,
        stored.card,
        model_digest(folder, stored.contract),
        stored.answers,
        tested=read_tested(tested) if tested.is_file() else {},
        evidence=evidence_digests(folder),
    )
