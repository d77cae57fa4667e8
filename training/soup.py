"""Several boosters averaged into one: fewer accidents of the draw, and still one file of LightGBM's own."""

from collections.abc import Sequence
from typing import Final

import lightgbm as lgb

SOUP: Final = 5
"""Boosters with a seed each; further ones told nothing more."""

ROWS_MOST: Final = 50_000
"""With more rows to learn from, seeds differ little, and the trees cost time wherever the model serves."""

SCALED: Final = ("leaf_value=", "internal_value=")


def servings(rows: int) -> int:
    """How many boosters are worth averaging that learn from so many rows."""
    return SOUP if rows <= ROWS_MOST else 1


def averaged(boosters: Sequence[lgb.Booster]) -> lgb.Booster:
    """One booster whose log-odds are the mean of those given: all their trees, leaves' values shared.

    A mean of log-odds is the geometric mean of odds (bagging of Breiman 1996, by seed in place of resample).
    """
    if len(boosters) == 1:
        return boosters[0]
    texts: list[str] = [booster.model_to_string() for booster in boosters]
    trees = [tree for text in texts for tree in _trees(text)]
    parts = [f"Tree={place}\n{_scaled(tree, len(boosters))}" for place, tree in enumerate(trees)]
    # Without their sizes LightGBM reads trees one after the other, and writes the sizes anew.
    head = [line for line in _head(texts[0]).splitlines() if not line.startswith("tree_sizes=")]
    rest = texts[0][texts[0].index("end of trees") :]
    whole = lgb.Booster(model_str="\n".join([*head, "", *parts, rest]))
    return lgb.Booster(model_str=whole.model_to_string())


def _head(text: str) -> str:
    return text[: text.index("\nTree=")]


def _trees(text: str) -> list[str]:
    """The trees' texts, each without the line of its number."""
    body = text[text.index("\nTree=") : text.index("end of trees")]
    return [tree.partition("\n")[2] for tree in body.split("\nTree=")[1:]]


def _scaled(tree: str, share: int) -> str:
    return "\n".join(_scaled_line(line, share) for line in tree.split("\n"))


def _scaled_line(line: str, share: int) -> str:
    for name in SCALED:
        if line.startswith(name):
            values = line.removeprefix(name).split()
            return name + " ".join(repr(float(value) / share) for value in values)
    return line
