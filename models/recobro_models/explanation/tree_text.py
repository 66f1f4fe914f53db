"""LightGBM's own text of a model as one flat table of nodes, each after its parent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Table = NDArray[Any]

#: Bits of a node's decision in LightGBM's text.
CATEGORY: Final = 1
DEFAULT_LEFT: Final = 2
MISSING_ZERO: Final = 4
MISSING_NAN: Final = 8

_NODE: Final = [
    ("parent", "i8"), ("goes_left", "i8"), ("up", "i8"), ("zero", "f8"), ("value", "f8"), ("feature", "i8"),
    ("decision", "i8"), ("threshold", "f8"), ("first_word", "i8"), ("end_word", "i8"),
]  # fmt: skip
_SIDES: Final = ("right_child", "left_child")
_ASKS_NOTHING: Final = (-1, 0, 0.0, 0, 0)


class Trees(NamedTuple):
    """All trees one after the other.

    n_features: columns of the rows that the trees were learnt from.
    bounds: where each tree's nodes begin and, last, where all end.
    nodes: the root first, each after its `parent` (counted from the root) and on which side of it. `up` is the nearest
        node on the way that stands below a decision on the same feature as this one, -1 for none, and `zero` the share
        of the training rows that all decisions on that feature so far let through. A leaf has a `value` and feature -1;
        another node asks for a `feature`, by a `threshold` or, of a category, by the bits of the codes that go left.
    words: those bits, `words[first_word : end_word]` of a node.
    """

    n_features: int
    bounds: NDArray[np.int64]
    nodes: Table
    words: NDArray[np.int64]


_Fields = Mapping[str, Sequence[str]]


def read_trees(text: str) -> Trees:
    """The trees of a model in LightGBM's text format."""
    blocks = text.partition("\nTree=")[2].partition("\nend of trees")[0].split("\nTree=")
    words: list[int] = []
    trees = []
    for tree in map(_fields, blocks):
        trees.append(list(_nodes(tree, len(words))))
        words += [int(word) for word in tree.get("cat_threshold", ())]
    bounds = np.cumsum([0, *map(len, trees)], dtype=np.int64)
    n_features = int(_fields(text.partition("\nTree=")[0])["max_feature_idx"][0]) + 1
    return Trees(
        n_features, bounds, np.array([node for tree in trees for node in tree], _NODE), np.array(words, np.int64)
    )


def base_value(trees: Trees) -> float:
    """What the trees give on average over the rows that they were learnt from (log-odds)."""
    total = 0.0
    for first, end in pairwise(trees.bounds):
        nodes, reach = trees.nodes[first:end], np.ones(end - first)
        for at in range(1, end - first):
            before = nodes["zero"][nodes["up"][at]] if nodes["up"][at] >= 0 else 1.0
            reach[at] = reach[nodes["parent"][at]] * nodes["zero"][at] / (before or 1.0)
        total += float(nodes["value"] @ reach)
    return total


def _fields(block: str) -> _Fields:
    pairs = (line.partition("=") for line in block.splitlines())
    return {name: values.split() for name, _, values in pairs if values}


def _nodes(tree: _Fields, first_word: int) -> Iterator[tuple[Any, ...]]:
    """The nodes of a tree; LightGBM counts inner nodes from 0 and leaves from -1 downwards."""
    counts = [[int(count) for count in tree.get(name, ())] for name in ("internal_count", "leaf_count")]
    root = 0 if "threshold" in tree else -1
    # Above each node: the last node below a decision on each feature, and the share let through there.
    ahead: list[tuple[int, int, int, dict[int, tuple[int, float]]]] = [(root, -1, 0, {})]
    asked: list[tuple[int, int]] = []
    while ahead:
        child, parent, goes_left, way = ahead.pop()
        count, at = counts[child < 0][child if child >= 0 else ~child] if root == 0 else 1, len(asked)
        up, zero = -1, 1.0
        if parent >= 0:
            feature, of = asked[parent]
            up, before = way.get(feature, (-1, 1.0))
            zero = before * count / max(of, 1)
            way = {**way, feature: (at, zero)}
        asks = _asks(tree, child, first_word) if child >= 0 else _ASKS_NOTHING
        asked.append((asks[0], count))
        value = float(tree["leaf_value"][~child]) if child < 0 else 0.0
        yield parent, goes_left, up, zero, value, *asks
        if child >= 0:
            ahead += [(int(tree[side][child]), at, left, way) for left, side in enumerate(_SIDES)]


def _asks(tree: _Fields, node: int, first_word: int) -> tuple[int, int, float, int, int]:
    feature, decision = int(tree["split_feature"][node]), int(tree["decision_type"][node])
    threshold = float(tree["threshold"][node])
    if not decision & CATEGORY:
        return feature, decision, threshold, 0, 0
    first, end = (int(tree["cat_boundaries"][int(threshold) + more]) + first_word for more in (0, 1))
    return feature, decision, threshold, first, end
