"""A card's facts, from a trained model and the bank it was trained for."""

import math
import platform
import shlex
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version as installed
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.contract import ModelContract, file_digests, model_digest
from features.spec import BankSpec
from features.vocabulary import TIER, Model
from training.answers import Answers
from training.artifact import TrainedModel, evidence_digests
from training.card.card import (
    ArmFacts,
    BinFacts,
    Card,
    HeadFacts,
    PartFacts,
    Range,
    Rebuilding,
    ReliabilityFacts,
    SelectionFacts,
    SliceFacts,
    finite,
)
from training.card.concepts import concept_facts
from training.card.effects import effect_reliability
from training.dataset import Dataset, Examples
from training.groups import UNKNOWN
from training.heads import FittedHead
from training.intervals import Interval
from training.limits import limits
from training.metrics.calibration import reliability, wilson
from training.revision import git_revision
from training.selection import Selected, selected, selections
from training.size import leaves_of, microseconds_a_row
from training.slices import ALL, SHARE, Arm, Slice, slices
from training.split import PARTS
from training.uplift.slices import effect_slices, selected_by_effect

Floats = NDArray[np.float64]

LIBRARIES: Final = ("lightgbm", "numpy", "scikit-learn")
PURPOSES: Final = {
    Model.CHURN: "The calibrated probability that a customer leaves ({rule}), to choose whom to try to keep",
    Model.PROPENSITY: "For each product a calibrated probability that a customer opens it, to choose what to "
    "offer next",
    Model.UPLIFT: "For each action how much contacting raises the probability of what the bank wants, to "
    "contact whom it changes",
}


def card_facts(
    spec: BankSpec, trained: TrainedModel, version: int, folder: Path, *, who: str, now: datetime
) -> Card:
    """The card of a model whose files lie in `folder`, registered as `version` by `who` at `now`."""
    contract = trained.contract
    seed = spec.training.seed
    if trained.answers:
        sliced, reliable = slices(trained.answers, seed), reliability_facts(trained.answers)
        chosen = selected(trained.answers)
    else:
        sliced, reliable = effect_slices(trained.tested, seed), effect_reliability(trained.tested, seed)
        chosen = selected_by_effect(trained.tested)
    boosters = [one for head in trained.heads for one in (head.booster, head.control) if one]
    return Card(
        model=contract.model,
        version=version,
        bank=spec.name,
        purpose=_purpose(spec, contract),
        owner=" ".join(filter(None, (spec.owner.name, spec.owner.contact))) if spec.owner else None,
        trained_by=who,
        trained_at=now.isoformat(timespec="seconds"),
        fingerprint=contract.fingerprint,
        feature_service=contract.feature_service,
        features=len(contract.features),
        gap_days=contract.gap_days,
        horizon_days=contract.horizon_days,
        split=trained.split,
        refitted=trained.refitted,
        tested_on=trained.tested_on,
        parts=tuple(trained.parts),
        heads=tuple(_head(head, contract) for head in trained.heads),
        metrics=dict(trained.metrics),
        slices=tuple(map(_facts, sliced)),
        reliability=reliable,
        sensitive=trained.sensitive,
        unaudited=trained.unaudited,
        fairness_share=SHARE,
        selections=selection_facts(chosen, trained.sensitive),
        importance=dict(trained.importance),
        concepts=concept_facts(trained.heads, contract.columns, trained.sample, spec.products),
        microseconds_a_row=finite(microseconds_a_row(boosters, trained.sample)) if boosters else 0.0,
        limits=tuple(limits(trained, sliced)),
        notes=trained.notes,
        rebuilding=_rebuilding(spec, trained, version, folder),
    )


def part_facts(data: Dataset) -> tuple[PartFacts, ...]:
    """What trained, what was only learned from when fitting again, what calibrated and tested."""
    found = (_part(part.name.lower(), data.part(part)) for part in PARTS)
    return tuple(part for part in found if part.rows)


def card_slices(card: Card) -> list[Slice]:
    """A card's groups, as they were when it was written."""
    return [_slice(one) for one in card.slices]


def selection_facts(heads: Sequence[Selected], sensitive: Sequence[str]) -> tuple[SelectionFacts, ...]:
    """Of every sensitive group, head by head."""
    return tuple(
        SelectionFacts(
            head=one.head,
            by=one.by,
            group=one.group,
            rows=one.rows,
            value=finite(one.ratio.value),
            low=finite(one.ratio.low),
            high=finite(one.ratio.high),
            small=one.small,
        )
        for one in selections(heads, sensitive)
    )


def reliability_facts(found: Answers) -> tuple[ReliabilityFacts, ...]:
    """Everyone's and each tier's, of all that was answered: every row and head counts by itself."""
    tiers = found.groups.get(TIER, np.full(len(found), UNKNOWN))
    groups = [(ALL, ALL, found)]
    groups += [(TIER, tier, found.take(tiers == tier)) for tier in sorted(set(tiers)) if tier != UNKNOWN]
    return tuple(
        ReliabilityFacts(by=by, group=group, bins=_bins(part.labels, part.probabilities))
        for by, group, part in groups
    )


def _bins(labels: Floats, probabilities: Floats) -> tuple[BinFacts, ...]:
    known = ~np.isnan(labels)
    found = reliability(labels[known], probabilities[known])
    low, high = wilson(found.observed, found.rows)
    names = ("rows", "predicted", "observed", "low", "high")
    lines = zip(found.rows, found.predicted, found.observed, low, high, strict=True)
    return tuple(BinFacts(**dict(zip(names, line, strict=True))) for line in lines)


def _part(name: str, part: Examples) -> PartFacts:
    days = sorted({day.isoformat() for day in part.keys["snapshot_date"].unique().to_pylist()})
    positives = int((part.labels == 1).sum())
    return PartFacts(part=name, rows=len(part.labels), positives=positives, snapshots=tuple(days))


def _head(head: FittedHead, contract: ModelContract) -> HeadFacts:
    boosters = [one for one in (head.booster, head.control) if one]
    return HeadFacts(
        name=head.name,
        positives=head.positives,
        base_rate=head.base_rate,
        calibration=_calibration(head, contract) if boosters else "base rate",
        trees=sum(one.num_trees() for one in boosters),
        leaves=sum(map(leaves_of, boosters)),
        num_leaves=head.growth.get("num_leaves"),
        extra_trees=head.growth.get("extra_trees"),
        lenders=head.lenders,
    )


def _calibration(head: FittedHead, contract: ModelContract) -> str:
    if head.lenders:
        return f"borrowed from {', '.join(head.lenders)}, shifted to the base rate"
    shift = head.calibration.shift
    if shift is None:
        return head.calibration.kind
    tiers = zip(contract.columns[shift.place].categories or (), shift.log_odds, strict=True)
    told = ", ".join(f"{tier} {log_odds:+.2f}" for tier, log_odds in tiers)
    return f"{head.calibration.kind}, log-odds by {shift.column}: {told}"


def _facts(one: Slice) -> SliceFacts:
    figures = {name: _range(found) for name, found in one.figures.items()}
    arms = tuple(ArmFacts(**vars(arm)) for arm in one.arms)
    return SliceFacts(
        by=one.by,
        group=one.group,
        rows=one.rows,
        positives=one.positives,
        small=one.small,
        figures=figures,
        head=one.head,
        arms=arms,
    )


def _slice(one: SliceFacts) -> Slice:
    figures = {name: _interval(found) for name, found in one.figures.items()}
    arms = tuple(Arm(**arm.model_dump()) for arm in one.arms)
    return Slice(one.by, one.group, one.rows, one.positives, one.small, figures, one.head, arms)


def _range(found: Interval) -> Range:
    return Range(value=found.value, low=finite(found.low), high=finite(found.high))


def _interval(found: Range) -> Interval:
    low, high = (math.nan if end is None else end for end in (found.low, found.high))
    return Interval(found.value, low, high)


def _purpose(spec: BankSpec, contract: ModelContract) -> str:
    text = PURPOSES[Model(contract.model)].format(rule=spec.churn.rule if spec.churn else "as labelled")
    return (
        f"{text}. It speaks of the {contract.horizon_days} days that begin {contract.gap_days} days after "
        "the snapshot."
    )


def _rebuilding(spec: BankSpec, trained: TrainedModel, version: int, folder: Path) -> Rebuilding:
    command: Sequence[str] = (
        "nextbest models",
        shlex.quote(str(spec.folder)),
        f"rebuild {trained.contract.model} --version {version}",
    )
    return Rebuilding(
        command=" ".join(command),
        seed=spec.training.seed,
        settings=dict(trained.settings),
        files=file_digests(folder, trained.contract),
        digest=model_digest(folder, trained.contract),
        evidence=evidence_digests(folder),
        revision=git_revision(),
        versions={"python": platform.python_version()} | {name: installed(name) for name in LIBRARIES},
    )
