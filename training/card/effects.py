"""What an uplift model's card tells of its contacts: which there were, and whether predicted effects hold."""

from collections.abc import Iterator, Mapping

import numpy as np

from features.vocabulary import TIER
from training.card.card import BinFacts, PartFacts, ReliabilityFacts
from training.groups import UNKNOWN
from training.slices import ALL, SNAPSHOT
from training.uplift.choose import Tested
from training.uplift.reliability import EffectBins, effect_bins
from training.uplift.trial import Trial


def contact_parts(learned: Mapping[str, Trial], tested: Mapping[str, Tested]) -> tuple[PartFacts, ...]:
    """The contacts that taught each action's effect at last, and those of them that had tested it before."""
    return (
        _part("train", list(learned.values())),
        _part("test", [one.trial for one in tested.values()]),
    )


def effect_reliability(tested: Mapping[str, Tested], seed: int) -> tuple[ReliabilityFacts, ...]:
    """Each action's, of everyone and of each tier that has both arms."""
    found = (
        ReliabilityFacts(by=by, group=group, bins=_bins(effect_bins(part, seed)), head=action)
        for action, one in tested.items()
        for by, group, part in _parts(one)
    )
    return tuple(one for one in found if one.bins)


def _parts(tested: Tested) -> Iterator[tuple[str, str, Tested]]:
    yield ALL, ALL, tested
    tiers = tested.trial.groups.get(TIER, np.full(len(tested.trial), UNKNOWN, dtype=object))
    for tier in sorted(set(tiers.tolist()) - {UNKNOWN}):
        yield TIER, tier, tested.take(tiers == tier)


def _bins(found: EffectBins) -> tuple[BinFacts, ...]:
    names = list(vars(found))
    lines = zip(*(values.tolist() for values in vars(found).values()), strict=True)
    return tuple(BinFacts(**dict(zip(names, line, strict=True))) for line in lines)


def _part(name: str, trials: list[Trial]) -> PartFacts:
    days = {day for trial in trials for day in trial.groups.get(SNAPSHOT, ())}
    return PartFacts(
        part=name,
        rows=sum(map(len, trials)),
        positives=int(sum(trial.outcome.sum() for trial in trials)),
        snapshots=tuple(sorted(days)),
    )
