"""The challenger answers for the label window that bank.toml asks for.

A champion of another window answers another question: whoever is judged by the labels of one loses by those
of the other, and scores have to differ. The two are not compared.
"""

from collections.abc import Iterator

from features.label_window import in_words
from training.promotion.gates.case import Case, Finding


def check(case: Case) -> Iterator[Finding]:
    """The challenger's window against bank.toml's, and the champion's where it is another."""
    answered = case.challenger.contract.window
    if case.asked is not None:
        limit = in_words(case.asked)
        if answered != case.asked:
            limit += ": trained for another window than bank.toml asks: train again"
        yield Finding("label window", in_words(answered), limit, answered == case.asked)
    if case.champion is not None and case.rival is None:
        window = in_words(case.champion.contract.window)
        measured = f"not compared: the champion answers another question: {window}"
        yield Finding("label window: the champion's", measured, "told", passed=True)
