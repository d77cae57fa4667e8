"""A model's card: what it is for, what it learned from, how well it does, its limits, how to rebuild it."""

import math
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from features.contract import Closed
from features.errors import BadInputError

CARD_FILE: Final = "card.json"
CARD_PAGE: Final = "card.html"


class Range(Closed):
    """A figure with its 95 % interval by the bootstrap over customers; None where it is not defined."""

    value: float
    low: float | None
    high: float | None


class ArmFacts(Closed):
    """A trial's arm: its contacts, and those of them with the outcome."""

    name: str
    rows: int
    positives: int


class SliceFacts(Closed):
    """How the model does for a group of its test rows; see `training.slices.Slice`.

    `head` is the one it tells of, empty where all are told together; `arms` are of an action's contacts.
    """

    by: str
    group: str
    rows: int
    positives: int
    small: bool
    figures: dict[str, Range]
    head: str = ""
    arms: tuple[ArmFacts, ...] = ()


class SelectionFacts(Closed):
    """How much oftener a head selects a group than the others; see `training.selection.Selection`.

    `value` is None where of the others none is selected, `high` where no end is known.
    """

    head: str
    by: str
    group: str
    rows: int
    value: float | None
    low: float | None
    high: float | None
    small: bool


class PartFacts(Closed):
    """The rows that trained, calibrated or tested; positives are counted over heads."""

    part: str
    rows: int
    positives: int
    snapshots: tuple[str, ...]


class HeadFacts(Closed):
    """One probability of the model; where it was borrowed, `lenders` are the heads it comes from.

    `leaves` are of all its `trees`. `num_leaves` is how many each has at most, `extra_trees` whether cuts are
    drawn at random: None of a base rate, of what was borrowed, of an effect, and in a card written before.
    """

    name: str
    positives: int
    base_rate: float
    calibration: str
    trees: int
    leaves: int
    num_leaves: int | None = None
    extra_trees: bool | None = None
    lenders: tuple[str, ...] = ()


class BinFacts(Closed):
    """Rows of like probability: its mean, the share come true and that share's 95 % interval (Wilson).

    Of an uplift model: contacts of like predicted effect, and the effect observed with its interval.
    """

    rows: int
    predicted: float
    observed: float
    low: float
    high: float


class ReliabilityFacts(Closed):
    """Whether the probabilities of a group hold, or the effects of a `head`, in bins of equally many rows."""

    by: str
    group: str
    bins: tuple[BinFacts, ...]
    head: str = ""


class ConceptFacts(Closed):
    """What a part of the features is about, its share of what moves the answers, and its strongest features.

    `features` have each its share among all features.
    """

    name: str
    share: float
    features: dict[str, float]


class Rebuilding(Closed):
    """What makes the same model again, to the byte, on the machine it was trained on.

    `files` are the SHA-256 of each file of the model, `digest` that of them all, as decisions record it;
    `evidence` are those of the files that say how it was tested.
    """

    command: str
    seed: int
    settings: dict[str, Any]
    files: dict[str, str]
    digest: str
    evidence: dict[str, str]
    revision: str | None
    versions: dict[str, str]


class Card(Closed):
    """The whole card. `tested_on` identifies the test rows; `fairness_share` is who counts as selected.

    `unaudited` are sensitive columns of bank.toml that became no feature, so that nothing is told by them.
    `selections` tell of every sensitive group by head, with intervals that all hold at once with 95 %.
    `importance` are the boosters' shares of gain by feature, `concepts` what moves the answers, grouped as
    reasons are. `reliability` is everyone's and each tier's, of an uplift model for each action.
    """

    model: str
    version: int
    bank: str
    purpose: str
    owner: str | None
    trained_by: str
    trained_at: str
    fingerprint: str
    feature_service: str
    features: int
    gap_days: int
    horizon_days: int
    split: str
    refitted: bool
    tested_on: str
    parts: tuple[PartFacts, ...]
    heads: tuple[HeadFacts, ...]
    metrics: dict[str, float]
    slices: tuple[SliceFacts, ...]
    reliability: tuple[ReliabilityFacts, ...]
    sensitive: tuple[str, ...]
    unaudited: tuple[str, ...] = ()
    fairness_share: float
    selections: tuple[SelectionFacts, ...] = ()
    importance: dict[str, float]
    concepts: tuple[ConceptFacts, ...]
    microseconds_a_row: float | None
    limits: tuple[str, ...]
    notes: tuple[str, ...]
    rebuilding: Rebuilding

    @property
    def leaves(self) -> int:
        """Of all trees."""
        return sum(head.leaves for head in self.heads)

    def part(self, name: str) -> PartFacts | None:
        """One of the parts, if the model has it."""
        return next((part for part in self.parts if part.part == name), None)

    def of(self, by: str) -> list[SliceFacts]:
        """The groups of one column."""
        return [one for one in self.slices if one.by == by]


def finite(value: float) -> float | None:
    """None in place of what JSON cannot say."""
    return value if math.isfinite(value) else None


def read_card(folder: Path) -> Card | None:
    """The card in a model's folder; None without one.

    Raises BadInputError where the file is not a card.
    """
    path = folder / CARD_FILE
    try:
        return Card.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise BadInputError(f"{path}: not a model card of this version; train again") from error
