"""The challenger answers the question that bank.toml asks: the same label window, the same rule of leaving.

A champion of another question is not compared: whoever is judged by the labels of one loses by those of the
other, and scores have to differ.
"""

from collections.abc import Iterator

from training.promotion.gates.case import Case, Finding


def check(case: Case) -> Iterator[Finding]:
    """The challenger's question against bank.toml's, and the champion's where it is another."""
    answered = case.challenger.contract.question
    if case.asked is not None:
        other, limit = answered.differs(case.asked), str(case.asked)
        if other:
            limit += ": trained for another question than bank.toml asks: train again"
        yield Finding("question", str(answered), limit, passed=not other)
    if case.champion is not None and case.rival is None:
        measured = f"not compared: the champion answers another question: {case.champion.contract.question}"
        yield Finding("question: the champion's", measured, "told", passed=True)
