"""What a model cannot be trusted with, as its own test shows: the limits on its card."""

from collections.abc import Iterator, Sequence
from typing import Final

from features.vocabulary import Model
from training.artifact import TrainedModel
from training.slices import ALL, Slice, of

FEW_POSITIVES: Final = 200
NOT_A_CAUSE: Final = {
    Model.CHURN: "It tells who is likely to leave, not whom an action keeps: that is uplift's to tell.",
    Model.PROPENSITY: "It tells who is likely to open a product, not who does so because of an offer.",
    Model.UPLIFT: "It holds for the actions, channels and customers of the contacts it learned from.",
}


def limits(trained: TrainedModel, sliced: Sequence[Slice]) -> Iterator[str]:
    """A sentence each."""
    yield NOT_A_CAUSE[Model(trained.contract.model)]
    yield (
        f"It answers for the {trained.contract.horizon_days} days of its label window only, and for "
        "customers like those it learned from."
    )
    if trained.refitted:
        yield "Its boosters learned from the test rows too, after these had told the metrics."
    else:
        yield from _snapshots(trained)
    yield from _test(trained, sliced)
    yield from _fairness(trained, sliced)


def _snapshots(trained: TrainedModel) -> Iterator[str]:
    tested = next((part.snapshots for part in trained.parts if part.part == "test"), ())
    if len(tested) == 1:
        yield f"It was tested on one snapshot, {tested[0]}: `nextbest backtest` tells of others."


def _test(trained: TrainedModel, sliced: Sequence[Slice]) -> Iterator[str]:
    for one in of(sliced, ALL):
        # Of an action either outcome may be the rare one: most customers stay.
        told = min(one.positives, one.rows - one.positives) if one.head else one.positives
        whose, what = (f"{one.head}: its", "of the rarer outcome") if one.head else ("Its", "positives")
        if told < FEW_POSITIVES:
            yield f"{whose} test rows hold {told} {what}: read the intervals, not the figures alone."
    without = [head.name for head in trained.heads if head.booster is None]
    if without:
        why = "Too rare to be learned or parted by no feature"
        yield f"{why}, answered by their base rate: {', '.join(without)}."
    for head in trained.heads:
        if head.lenders:
            yield f"Too rare to be learned, {head.name} is scored as {', '.join(head.lenders)}."


def _fairness(trained: TrainedModel, sliced: Sequence[Slice]) -> Iterator[str]:
    if not trained.sensitive:
        yield "bank.toml names no sensitive column that could be looked at: nothing is known of its fairness."
    elif trained.unaudited:
        unknown = ", ".join(trained.unaudited)
        yield f"Sensitive, but no feature, so that nothing is known of its fairness by them: {unknown}."
    for head in dict.fromkeys(one.head for one in sliced):
        groups = [one for one in sliced if one.small and one.by != ALL and one.head == head]
        small = ", ".join(f"{one.by} {one.group} ({one.rows} rows)" for one in groups)
        if small:
            yield f"Too small to be judged{f' of {head}' if head else ''}: {small}."
