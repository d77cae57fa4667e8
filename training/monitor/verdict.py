"""Whether to retrain, and why, in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from training.monitor.findings import Finding

Advice = Literal["keep", "retrain", "wait", "mend"]


@dataclass(frozen=True)
class Verdict:
    """`keep` the champion, `retrain` it, `wait` for labels to retrain with, or `mend` the data first."""

    advice: Advice
    en: str
    zh: str


def verdict(findings: Sequence[Finding], newer: Sequence[date], labels_on: date | None) -> Verdict:
    """What to do: `newer` are labelled snapshots that the champion has not seen.

    `labels_on` is the day that the next one's label window ends, None where no snapshot awaits it. Broken
    data goes first: a model learned from it would take the fault for the truth. Another question is learned
    from the snapshots there are, newer or not.
    """
    data, model = ([one for one in findings if (one.matter == "data") is broken] for broken in (True, False))
    if data:
        en = f"Do not retrain yet: mend the data first ({_en(data)})."
        return Verdict("mend", en, f"暂勿重新训练：请先修复数据（{_zh(data)}）。")
    if not model:
        return Verdict(
            "keep",
            "No need to retrain: the data comes in as usual and nothing is beyond its threshold.",
            "无需重新训练：数据正常，各项指标均未超出阈值。",
        )
    if not newer and any(one.matter == "question" for one in model):
        return Verdict("retrain", f"Retrain: {_en(model)}.", f"请重新训练：{_zh(model)}。")
    if newer:
        known = f"{newer[0]} – {newer[-1]}" if len(newer) > 1 else str(newer[0])
        return Verdict(
            "retrain",
            f"Retrain, with the labels of {known} that the champion has not seen: {_en(model)}.",
            f"请重新训练，已有冠军模型未见过的 {known} 标签：{_zh(model)}。",
        )
    when = f" from {labels_on} on" if labels_on else ""
    day = f"（{labels_on} 起）" if labels_on else ""
    return Verdict(
        "wait",
        f"Retrain once newer labels are complete{when}, and use scores with care until then: {_en(model)}.",
        f"待新标签完整后{day}重新训练，在此之前请谨慎使用评分：{_zh(model)}。",
    )


def _en(findings: Sequence[Finding]) -> str:
    return "; ".join(one.en for one in findings)


def _zh(findings: Sequence[Finding]) -> str:
    return "；".join(one.zh for one in findings)
