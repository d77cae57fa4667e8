"""A registered version made again from the same data: the same to the byte, or it is said what differs."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.contract import file_digests
from features.errors import BadInputError, GateError
from features.fingerprint import fingerprint_bank, fingerprint_data
from features.progress import Progress, silent
from features.spec import BankSpec
from features.tracking import registered_name
from features.vocabulary import Model
from training import registry
from training.artifact import TrainedModel, evidence_digests, write_model
from training.dataset import History
from training.pipeline import build_model
from training.promotion.gates.side import read_side
from training.reading import current_layout, open_history
from training.uplift.train import build_uplift
from training.versions import numbered


@dataclass(frozen=True)
class Rebuilt:
    """A version made again: `files` are the SHA-256 of each of its files, `digest` that of them all."""

    model: Model
    number: int
    files: Mapping[str, str]
    digest: str

    @property
    def said(self) -> str:
        """In one sentence."""
        files = f"the same {len(self.files)} files, digest {self.digest}"
        return f"{self.model} version {self.number} rebuilt: {files}"


def rebuild(
    spec: BankSpec,
    model: Model,
    number: int,
    out: Path | None = None,
    *,
    progress: Progress = silent,
    store: History | None = None,
) -> Rebuilt:
    """Learn version `number` again as its card says, into the new folder `out` if given; none is registered.

    Raises BadInputError where the data is not what it learned from, GateError naming the files that differ.
    """
    versions = registry.versions_of(spec, model)
    version = numbered(spec, model, versions, number)
    client, name = registry.open_client(spec), registered_name(spec, model)
    with registry.version_folder(client, spec, name, version.number) as folder:
        card = read_side(folder, number).card
    if card is None:
        raise BadInputError(f"{model} version {number} has no card that says how to rebuild it; train again")
    _require_same_data(spec, card.fingerprint)
    if out is not None and out.exists():
        raise BadInputError(f"{out}: expected a folder that is not there yet")
    built = _learn(spec, model, card.rebuilding.settings, progress, store)
    with tempfile.TemporaryDirectory() as scratch:
        folder = out or Path(scratch, "model")
        write_model(built, folder)
        found = file_digests(folder, built.contract)
        again, told = found | evidence_digests(folder), card.rebuilding.files | card.rebuilding.evidence
    differing = sorted(name for name in {*again, *told} if again.get(name) != told.get(name))
    if differing:
        raise GateError(
            f"{model} version {number} was rebuilt, but differs in {', '.join(differing)}: it was trained by "
            f"revision {card.rebuilding.revision} with {card.rebuilding.versions}"
        )
    return Rebuilt(model, number, found, card.rebuilding.digest)


def _require_same_data(spec: BankSpec, fingerprint: str) -> None:
    found = fingerprint_bank(spec, fingerprint_data(spec))
    if found != fingerprint:
        raise BadInputError(
            f"{spec.name}: data and bank.toml are not those that the version learned from: fingerprint "
            f"{found[:12]}, the card's {fingerprint[:12]}"
        )


def _learn(
    spec: BankSpec, model: Model, settings: Mapping[str, Any], progress: Progress, store: History | None
) -> TrainedModel:
    layout = current_layout(spec)
    store = store or open_history(spec, layout)
    if model is Model.UPLIFT:
        return build_uplift(spec, layout, store, progress)[0]
    return build_model(spec, model, layout, store, progress=progress, settings=settings).trained
