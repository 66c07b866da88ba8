"""The items that a wish has to hold for, together or by proposed class, and their tests. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from labeling.quality.thresholds import Parts, Passed, nested, walk
from labeling.quality.wish import Wish, allowed


@dataclass
class Group:
    """Items that a wish has to hold for, while they are tested.

    Args:
        class_id: their proposed class, None for all together.
        items: int64 [n], their positions in the frame.
        parts: their nested parts.
        allowed: int [T], how many of each part may be wrong.
        total: items of the dataset, or of the class.
        risk: what their tests spend.
        passed: how far they came.
    """

    class_id: int | None
    items: NDArray[np.int64]
    parts: Parts
    allowed: NDArray[np.int64]
    total: int
    risk: float = 0.0
    passed: Passed | None = field(default=None)


def grouped(
    wish: Wish,
    scores: NDArray[np.floating],
    classes: NDArray[np.integer],
    audit: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
    decided: Mapping[int, int],
) -> list[Group]:
    """One group, or one for each proposed class of the frame where the wish is per class.

    Args:
        wish: what is wished.
        scores: float [n].
        classes: int [n], proposed classes.
        audit: bool [n], whether an item is in the audit.
        wrong: bool [n], only read where audited.
        decided: items outside the frame that people decided, by class.
    """
    names: list[int | None] = [int(c) for c in np.unique(classes)] if wish.per_class else [None]
    groups = []
    for name in names if len(scores) else []:
        items = np.arange(len(scores)) if name is None else np.flatnonzero(classes == name)
        parts = nested(scores[items], audit[items], wrong[items])
        total = len(items) + (sum(decided.values()) if name is None else decided.get(name, 0))
        groups.append(Group(name, items, parts, may(wish, parts, total), total))
    return groups


def may(wish: Wish, parts: Parts, total: int) -> NDArray[np.int64]:
    """How many of each part may be wrong: int64 [T]."""
    sizes = zip(parts.sizes.tolist(), parts.drawn.tolist(), strict=True)
    return np.array([allowed(wish, size, drawn, total) for size, drawn in sizes], np.int64)


def walk_all(groups: Sequence[Group], risk: float) -> None:
    """Walk through each group; those that pass whole leave their share of the risk to the others.

    Holm's procedure (A simple sequentially rejective multiple test procedure, Scandinavian Journal
    of Statistics 6, 1979), over sequences of tests in place of single ones (Bretz, Maurer, Brannath
    and Posch, A graphical approach to sequentially rejective multiple test procedures, Statistics
    in Medicine 28, 2009).
    """
    waiting = list(groups)
    while waiting:
        for group in waiting:
            group.risk = risk / len(waiting)
            group.passed = walk(group.parts, group.allowed, group.risk)
        left = [group for group in waiting if not (group.passed and group.passed.whole)]
        if len(left) == len(waiting):
            return
        waiting = left
