"""What is beyond its threshold in data and customers, in English and Chinese."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from features.question import Question
from training.monitor.drift import Moved
from training.monitor.listed import Ended
from training.monitor.retest import Retest
from training.monitor.tables import Watched
from training.monitor.two_sample import ToldApart

Matter = Literal["data", "catalogue", "question", "drift", "quality"]
NAMED_MOST = 5


@dataclass(frozen=True)
class Finding:
    """One fault: what sort it is, whose (a model, or "" for the bank), what of, and in words."""

    matter: Matter
    model: str
    subject: str
    en: str
    zh: str


def of_snapshots(newest: date, due: Sequence[date], bank: str) -> list[Finding]:
    """Snapshots that are due and not built: what is watched is older than the data."""
    if not due:
        return []
    days = listed([str(day) for day in due])
    run = f"`nextbest features {bank}`"
    en = f"bank.toml names {days}, later than the newest snapshot built, {newest}: run {run}"
    zh = f"bank.toml 中的快照 {days} 晚于最新已构建的快照 {newest}：请运行 {run}"
    return [Finding("data", "", "snapshots", en, zh)]


def of_list(past: Ended | None, bank: str) -> list[Finding]:
    """A list of snapshots that has ended: what is watched is of long ago."""
    if past is None:
        return []
    last, days, most, run = past.last, past.days, f"{past.days_most:.0f}", f"`nextbest features {bank}`"
    en = (
        f"no snapshot is listed after {last}; {days} days ago, at most {most} usually: add those since to "
        f"bank.toml's [snapshots] and run {run}"
    )
    zh = (
        f"{last} 之后未列出快照，距今 {days} 天，通常不超过 {most} 天："
        f"请在 bank.toml 的 [snapshots] 中补上并运行 {run}"
    )
    return [Finding("data", "", "snapshots", en, zh)]


def of_features(model: str, gone: Sequence[str]) -> list[Finding]:
    """Features that the model reads and that are built no more: it scores nobody."""
    if not gone:
        return []
    names, number = listed(gone), len(gone)
    en = (
        f"{model}: {number} of its features are not built any more: {names}; nobody can be scored: build "
        "them again, or train without them if they are gone for good"
    )
    zh = f"{model}：有 {number} 个特征不再构建：{names}，无法评分；请重新构建，若已永久取消则请重新训练"
    return [Finding("data", model, gone[0], en, zh)]


def of_tables(tables: Iterable[Watched]) -> list[Finding]:
    """Tables that are missing, stale, or bring far fewer or more rows."""
    return [finding for table in tables for finding in _of_table(table)]


def _of_table(table: Watched) -> Iterable[Finding]:
    def told(en: str, zh: str) -> Finding:
        return Finding("data", "", table.name, f"table {table.name}: {en}", f"{table.name} 表：{zh}")

    if table.missing:
        yield told("missing, though the model learned from it", "缺失，而模型训练时用到了它")
    if table.stale:
        since, ago, most = table.newest or "-", table.silent_days, f"{table.silent_most:.0f}"
        yield told(
            f"stale: newest row {since}, {ago} days ago; at most {most} usually",
            f"数据陈旧：最新记录 {since}，距今 {ago} 天；通常不超过 {most} 天",
        )
    if table.thin or table.swollen:
        usual = f"{max(table.rows_least, 0):,.0f}–{table.rows_most:,.0f}"
        yield told(
            f"{table.rows:,} rows in {table.span_days} days; {usual} expected",
            f"{table.span_days} 天内 {table.rows:,} 行；预期 {usual} 行",
        )


def of_nulls(model: str, moved: Sequence[Moved], rise_most: float) -> list[Finding]:
    """Features that lost their values."""
    lost = [one for one in moved if one.nulls_now - one.nulls_before > rise_most and one.beyond]
    lost.sort(key=lambda one: (one.nulls_before - one.nulls_now, one.name))
    if not lost:
        return []
    told = [f"{one.name} ({one.nulls_before:.0%} → {one.nulls_now:.0%})" for one in lost]
    names = listed(told)
    return [
        Finding(
            "data",
            model,
            lost[0].name,
            f"{model}: values are missing: {names}",
            f"{model}：数值缺失：{names}",
        )
    ]


def of_question(model: str, trained: Question | None, asked: Question) -> list[Finding]:
    """A model that was `trained` for another question than bank.toml asks, None if not."""
    if trained is None:
        return []
    en = f"{model} answers another question: trained for {trained}, bank.toml asks for {asked}"
    zh = f"{model} 回答的是另一个问题：训练时所问为{trained.zh}；bank.toml 现为{asked.zh}"
    return [Finding("question", model, "question", en, zh)]


def of_products(model: str, gone: Sequence[str], unknown: Sequence[str]) -> list[Finding]:
    """Products that the model scores and the catalogue has no more, and those that it knows nothing of."""
    found = []
    if gone:
        names = listed(gone)
        en = f"{model}: products that are no longer in the catalogue are scored: {names}"
        found.append(Finding("catalogue", model, gone[0], en, f"{model}：仍在为已下架的产品评分：{names}"))
    if unknown:
        names = listed(unknown)
        en = f"{model}: products of the catalogue are not scored: {names}"
        found.append(Finding("catalogue", model, unknown[0], en, f"{model}：目录中的产品尚无评分：{names}"))
    return found


def of_columns(model: str, moved: Sequence[Moved]) -> list[Finding]:
    """Features that moved too far."""
    far = [one for one in moved if one.beyond]
    if not far:
        return []
    names = listed([f"{one.name} (PSI {one.psi:.2f} > {one.limit:.2f})" for one in far])
    en, zh = f"{model}: features have drifted: {names}", f"{model}：特征漂移：{names}"
    return [Finding("drift", model, far[0].name, en, zh)]


def of_scores(model: str, moved: Sequence[Moved]) -> list[Finding]:
    """Scores that moved too far."""
    far = [one for one in moved if one.beyond]
    if not far:
        return []
    names = listed([f"{one.name} (PSI {one.psi:.2f} > {one.limit:.2f})" for one in far])
    en, zh = f"{model}: scores have drifted: {names}", f"{model}：评分漂移：{names}"
    return [Finding("drift", model, far[0].name, en, zh)]


def of_test(model: str, test: ToldApart | None, most: float) -> list[Finding]:
    """Customers that a classifier tells from training's."""
    if test is None or not test.beyond(most):
        return []
    by = ", ".join(name for name, _ in test.columns[:NAMED_MOST])
    figure = f"ROC-AUC {test.auc.value:.3f} [{test.auc.low:.3f}, {test.auc.high:.3f}]"
    en = f"{model}: today's customers are told from training's with {figure}, by {by}"
    zh = f"{model}：分类器可区分当前客户与训练客户，{figure}，主要依据 {by}"
    return [Finding("drift", model, test.columns[0][0], en, zh)]


def of_retest(model: str, again: Retest | None) -> list[Finding]:
    """A snapshot of the test that scores otherwise than it did then."""
    if again is None or not again.restated:
        return []
    figures = f"PSI {again.psi:.2f} > {again.limit:.2f}"
    en = (
        f"{model}: the test snapshot {again.snapshot} scores otherwise than it did when the model was tested "
        f"({again.head}: {figures}): its data were restated; if they are right now, retrain from them"
    )
    zh = (
        f"{model}：测试快照 {again.snapshot} 的评分与测试时不同（{again.head}：{figures}），其数据已被改写；"
        "若现有数据正确，请据此重新训练"
    )
    return [Finding("data", model, "restated", en, zh)]


def listed(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - NAMED_MOST
    return ", ".join(names[:NAMED_MOST]) + (f", +{more}" if more > 0 else "")
