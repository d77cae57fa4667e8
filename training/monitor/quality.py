"""What came true otherwise than promised, or is promised otherwise than when tested, in words."""

from collections.abc import Iterable, Sequence

from features.spec import BankSpec
from training.intervals import Interval
from training.monitor.estimate import Expected, scaled
from training.monitor.findings import Finding, listed
from training.monitor.outcomes import Outcome
from training.monitor.retest import Retest
from training.promotion.gates.furthest import outlying


def of_outcomes(
    spec: BankSpec, model: str, outcomes: Sequence[Outcome], tested: float | None, tested_lift: float | None
) -> list[Finding]:
    """What came true otherwise than promised, ranking or lift below the test's, at the newest snapshot."""
    if not outcomes:
        return []
    newest, limit, found = outcomes[-1], spec.monitoring, []
    if not _holds(newest.times, limit.calibration_times):
        span = _told(newest.times, 2)
        en = (
            f"{model}: at {newest.snapshot} {newest.observed:.2%} came true where {newest.promised:.2%} was "
            f"promised, {span} times"
        )
        zh = (
            f"{model}：{newest.snapshot} 实际发生 {newest.observed:.2%}，"
            f"预测 {newest.promised:.2%}，为其 {span} 倍"
        )
        found.append(Finding("quality", model, "calibration", en, zh))
    if tested is not None and newest.roc_auc.high < tested - limit.roc_auc_fall_most:
        span = _told(newest.roc_auc, 3)
        en = f"{model}: ROC-AUC at {newest.snapshot} is {span}, {tested:.3f} when tested"
        zh = f"{model}：{newest.snapshot} 的 ROC-AUC 为 {span}，测试时为 {tested:.3f}"
        found.append(Finding("quality", model, "roc_auc", en, zh))
    lift = newest.lift_at_10pct
    if tested_lift is not None and lift.high < tested_lift / limit.lift_times:
        span = _told(lift, 2)
        en = f"{model}: lift at 10 % at {newest.snapshot} is {span}, {tested_lift:.2f} when tested"
        zh = f"{model}：{newest.snapshot} 的前10%提升度为 {span}，测试时为 {tested_lift:.2f}"
        found.append(Finding("quality", model, "lift_at_10pct", en, zh))
    return found


def of_heads(spec: BankSpec, model: str, outcomes: Sequence[Outcome]) -> list[Finding]:
    """Heads that came true otherwise than promised, or rank worse than when tested, at the newest snapshot.

    What comes true of one product drifts more than of all together: it is allowed what a promotion allows.
    """
    newest = outcomes[-1] if outcomes else None
    if newest is None or newest.by_head is None:
        return []
    times, fall = newest.by_head.times, newest.by_head.roc_auc_fall
    off = outlying(times, spec.promotion.calibration_head_times)
    worse = [head for head in fall if fall[head].low > spec.monitoring.roc_auc_fall_most]
    worse.sort(key=lambda head: -fall[head].low)
    found = []
    if off:
        named, number = listed([f"{head} {_told(times[head], 2)}" for head in off]), len(times)
        en = (
            f"{model}: at {newest.snapshot} {len(off)} of {number} heads came true otherwise than promised, "
            f"times: {named}"
        )
        zh = f"{model}：{newest.snapshot} 有 {len(off)}/{number} 项的实际发生与预测不符，倍数：{named}"
        found.append(Finding("quality", model, off[0], en, zh))
    if worse:
        named, number = listed([f"{head} {_told(fall[head], 3)}" for head in worse]), len(fall)
        en = (
            f"{model}: at {newest.snapshot} the ROC-AUC of {len(worse)} of {number} heads is lower than when "
            f"tested, by: {named}"
        )
        zh = f"{model}：{newest.snapshot} 有 {len(worse)}/{number} 项的 ROC-AUC 低于测试时，差值：{named}"
        found.append(Finding("quality", model, worse[0], en, zh))
    return found


def of_estimate(spec: BankSpec, model: str, then: Expected | None, now: Expected | None) -> list[Finding]:
    """Scores that promise to rank far worse than they did on the test rows."""
    if then is None or now is None:
        return []
    if now.roc_auc.high >= then.roc_auc.value - spec.monitoring.roc_auc_fall_most:
        return []
    figures = f"{now.roc_auc.value:.3f}", f"{then.roc_auc.value:.3f}"
    en = f"{model}: its scores promise a ROC-AUC of {figures[0]}, {figures[1]} when tested"
    zh = f"{model}：当前评分预计 ROC-AUC 为 {figures[0]}，测试时为 {figures[1]}"
    return [Finding("quality", model, "estimated_roc_auc", en, zh)]


def of_promises(
    spec: BankSpec,
    model: str,
    then: Expected | None,
    now: Expected | None,
    *,
    again: Retest | None,
    outcomes: Sequence[Outcome],
) -> list[Finding]:
    """A rate or a lift that scores promise far from what they did on the test rows, or bore out since.

    Labelled rows are not everyone watched: the difference at the test's snapshot is allowed for.
    """
    if then is None or now is None or again is None:
        return []
    borne_out = [one.promised for one in outcomes if _holds(one.times, spec.monitoring.calibration_times)]
    rates = [rate * again.rate_times for rate in (then.rate.value, *borne_out)]
    lift = then.lift_at_10pct.value * again.lift_times
    return [*_of_rate(spec, model, rates, now.rate), *_of_lift(spec, model, lift, now.lift_at_10pct)]


def _of_rate(spec: BankSpec, model: str, known: Sequence[float], now: Interval) -> Iterable[Finding]:
    """`known` are the test's and those borne out since: a rate near any of them is as it should be."""
    times = [scaled(now, 1 / rate) for rate in known]
    if any(_holds(one, spec.monitoring.calibration_times) for one in times):
        return
    span = _told(times[0], 2)
    en = f"{model}: its scores promise that {now.value:.2%} come true, {span} times what they did when tested"
    zh = f"{model}：当前评分预计发生率为 {now.value:.2%}，为测试时的 {span} 倍"
    yield Finding("quality", model, "estimated_rate", en, zh)


def _of_lift(spec: BankSpec, model: str, tested: float, now: Interval) -> Iterable[Finding]:
    if now.high < tested / spec.monitoring.lift_times:
        en = f"{model}: its scores promise a lift at 10 % of {now.value:.2f}, {tested:.2f} when tested"
        zh = f"{model}：当前评分预计前10%提升度为 {now.value:.2f}，测试时为 {tested:.2f}"
        yield Finding("quality", model, "estimated_lift_at_10pct", en, zh)


def _holds(found: Interval, most: float) -> bool:
    """Whether the interval of a ratio reaches into what is allowed."""
    return found.low <= most and found.high >= 1 / most


def _told(found: Interval, digits: int) -> str:
    return f"{found.value:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"
