"""Boosters put together: one's trees after another's, scaled, in LightGBM's own text."""

import re

import lightgbm as lgb
import numpy as np

from training.uplift.trial import Floats


def joined(first: lgb.Booster, second: lgb.Booster, factors: Floats, move: float) -> lgb.Booster:
    """`first`, plus `second` with tree i times `factors[i]`, plus `move`, on the scale of raw scores.

    `factors` (trees of `second`,). The objective, and so what `predict` makes of a raw score, is `first`'s.
    """
    base, added = _copy(first), _copy(second)
    for tree, leaves in enumerate(_leaves(added)):
        for leaf in range(leaves):
            added.set_leaf_output(tree, leaf, added.get_leaf_output(tree, leaf) * float(factors[tree]))
    for leaf in range(_leaves(base)[0]):
        base.set_leaf_output(0, leaf, base.get_leaf_output(0, leaf) + move)
    head, trees, tail = _parted(base.model_to_string())
    blocks = [f"Tree={at}\n{tree}" for at, tree in enumerate(trees + _parted(added.model_to_string())[1])]
    sizes = " ".join(str(len(block.encode())) for block in blocks)
    return lgb.Booster(model_str=f"{head}tree_sizes={sizes}\n\n{''.join(blocks)}{tail}")


def _copy(booster: lgb.Booster) -> lgb.Booster:
    return lgb.Booster(model_str=booster.model_to_string())


def _leaves(booster: lgb.Booster) -> list[int]:
    return [tree["num_leaves"] for tree in booster.dump_model()["tree_info"]]


def _parted(text: str) -> tuple[str, list[str], str]:
    """What stands before the trees, each tree without its number, and what stands behind."""
    head, rest = text.split("tree_sizes=", 1)
    trees, tail = rest.split("\n", 1)[1].split("end of trees", 1)
    return head, re.split(r"^Tree=\d+\n", trees, flags=re.MULTILINE)[1:], "end of trees" + tail


def prefix_scores(booster: lgb.Booster, matrix: Floats, steps: int, step: int) -> Floats:
    """Raw scores of the first 0, `step`, 2 `step` … trees: shape (steps + 1, rows)."""
    scores = np.zeros((steps + 1, len(matrix)))
    for one in range(steps):
        start = one * step
        scores[one + 1] = scores[one]
        if start < booster.num_trees():
            scores[one + 1] += np.asarray(
                booster.predict(matrix, raw_score=True, start_iteration=start, num_iteration=step)
            )
    return scores
