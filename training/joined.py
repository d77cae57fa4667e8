"""Boosters scaled and put together: one's trees after another's, in LightGBM's own text."""

import re

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def scaled(booster: lgb.Booster, factors: Floats | float, move: float = 0.0) -> lgb.Booster:
    """The same trees, tree i times `factors[i]` (trees,), or all times a number, plus `move`: raw scores."""
    copy = lgb.Booster(model_str=booster.model_to_string())
    leaves = [tree["num_leaves"] for tree in copy.dump_model()["tree_info"]]
    for tree, factor in enumerate(np.broadcast_to(factors, len(leaves))):
        for leaf in range(leaves[tree]):
            value = copy.get_leaf_output(tree, leaf) * float(factor) + (move if tree == 0 else 0.0)
            copy.set_leaf_output(tree, leaf, value)
    return copy


def joined(first: lgb.Booster, second: lgb.Booster) -> lgb.Booster:
    """`first`, plus `second`, on the scale of raw scores.

    The objective, and so what `predict` makes of a raw score, is `first`'s.
    """
    head, trees, tail = _parted(first.model_to_string())
    trees += _parted(second.model_to_string())[1]
    blocks = [f"Tree={at}\n{tree}" for at, tree in enumerate(trees)]
    sizes = " ".join(str(len(block.encode())) for block in blocks)
    return lgb.Booster(model_str=f"{head}tree_sizes={sizes}\n\n{''.join(blocks)}{tail}")


def _parted(text: str) -> tuple[str, list[str], str]:
    """What stands before the trees, each tree without its number, and what stands behind."""
    head, rest = text.split("tree_sizes=", 1)
    trees, tail = rest.split("\n", 1)[1].split("end of trees", 1)
    return head, re.split(r"^Tree=\d+\n", trees, flags=re.MULTILINE)[1:], "end of trees" + tail
