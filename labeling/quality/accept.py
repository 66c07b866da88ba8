"""Which proposals may be accepted unseen so that a wish about their error is kept. Pure, exact.

In this order: the head is frozen, the frame of undecided items with it; a uniform draw from the
frame is decided blind; then this. The guarantee is conditional on the frame, its scores and its
proposed classes, and on how many of each part were drawn: only which ones were drawn is chance, and
who is wrong is fixed. It is relative to what the people who decide the audit hold to be right.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.quality.groups import Group, grouped, walk_all
from labeling.quality.wish import Scope, Wish


@dataclass(frozen=True)
class Part:
    """What was found for all items, or for those of a proposed class.

    Args:
        class_id: the proposed class, None for all together.
        frame: items of the frame.
        threshold: the score from which on items are accepted, None where none are.
        accepted: how many items are accepted, those of the audit not among them.
        audited: audit items from the threshold on; where none are accepted: all.
        wrong: how many of them are wrong or undecided.
        limit: with how many wrong ones the part would just have passed, None where none could.
        bound: the largest share of the accepted ones that is wrong, None where none are accepted.
        risk: what was spent on it of the wish's risk.
    """

    class_id: int | None
    frame: int
    threshold: float | None
    accepted: int
    audited: int
    wrong: int
    limit: int | None
    bound: float | None
    risk: float


@dataclass(frozen=True)
class Accepted:
    """What may be accepted.

    Args:
        mask: bool [n], the items to accept; never one of the audit, which people decided.
        parts: one for all items, or one for each proposed class.
        upper_bound: the largest share that is wrong, of what the wish's scope names, None where
            nothing is accepted; in the worst class for a wish per class.
        audit_n: audit items that this look used.
        method: how it was found, for people.
    """

    mask: NDArray[np.bool_]
    parts: tuple[Part, ...]
    upper_bound: float | None
    audit_n: int
    method: str


def accept(
    wish: Wish,
    scores: NDArray[np.floating],
    classes: NDArray[np.integer],
    drawn: NDArray[np.integer],
    right: NDArray[np.floating],
    look: int = 0,
    decided: Mapping[int, int] | None = None,
) -> Accepted:
    """The largest part by score that keeps the wish.

    Audit items that are wrong leave the accepted part, but count as if they had stayed: the tests
    are of "more of the part are wrong than may be of what is accepted", which is true or false
    whoever is drawn, and that errs on the safe side.

    Args:
        wish: error, risk, scope, classes, planned looks.
        scores: float [n], the frozen head's score of each proposal, 0 to 1. Their order decides
            what is accepted, their values only where the tests start.
        classes: int [n], the proposed class of each, −1 for none of these.
        drawn: int [m], positions of a uniform draw without replacement: at a look, the first of
            the draw's order, all of them offered to people.
        right: float [m], 1 where the decision confirms the proposal, 0 where not, NaN where it is
            undecided; that counts as wrong.
        look: which planned look this is, from 0.
        decided: items outside the frame that people decided, by class; they belong to the dataset
            where that is the scope.

    Returns:
        What may be accepted; with a probability of at least 1 − δ, over all looks and classes, it
        keeps the wish.

    Raises:
        ValueError: lengths differ, a score is NaN, an item was drawn twice, or the look was not
            planned.
    """
    _check(scores, classes, drawn, right)
    audit, wrong = np.zeros(len(scores), bool), np.zeros(len(scores), bool)
    audit[drawn] = True
    wrong[drawn] = right != 1
    groups = grouped(wish, scores, classes, audit, wrong, decided or {})
    risk = wish.risk(look)
    walk_all(groups, risk)
    mask = np.zeros(len(scores), bool)
    for group in groups:
        if group.passed and group.passed.last >= 0:
            mask[group.items] = scores[group.items] >= group.parts.thresholds[group.passed.last]
    parts = tuple(_part(wish, group) for group in groups)
    bounds = [part.bound for part in parts if part.bound is not None]
    method = _method(wish, len(scores), len(groups), risk)
    return Accepted(mask & ~audit, parts, max(bounds, default=None), len(drawn), method)


def _part(wish: Wish, group: Group) -> Part:
    parts, passed = group.parts, group.passed
    at = passed.last if passed else -1
    accepted = int(parts.sizes[at] - parts.drawn[at]) if at >= 0 else 0
    limit = int(passed.critical[at]) if passed else -1
    whole = group.total if wish.scope == Scope.DATASET else accepted
    return Part(
        class_id=group.class_id,
        frame=len(group.items),
        threshold=float(parts.thresholds[at]) if accepted else None,
        accepted=accepted,
        audited=int(parts.drawn[at]),
        wrong=int(parts.wrong[at]),
        limit=limit if limit >= 0 else None,
        bound=min(int(group.allowed[at]), accepted) / whole if accepted else None,
        risk=group.risk,
    )


def _method(wish: Wish, frame: int, groups: int, risk: float) -> str:
    looks = len(wish.looks or (1,))
    return (
        f"exact hypergeometric tests over the frozen frame of {frame:,} items, given how many of "
        "each part were drawn; fixed-sequence testing over thresholds of the score (Learn then "
        f"test); risk {wish.delta:g}"
        + (f", of which this look, one of {looks} planned, spends {risk:.4f}" if looks > 1 else "")
        + (f", shared by {groups} classes (Holm)" if wish.per_class else "")
        + "; what is undecided in the audit counts as wrong; relative to what the people decide"
    )


def _check(
    scores: NDArray[np.floating],
    classes: NDArray[np.integer],
    drawn: NDArray[np.integer],
    right: NDArray[np.floating],
) -> None:
    if len(scores) != len(classes) or len(drawn) != len(right):
        raise ValueError("scores and classes, or draws and outcomes, differ in length")
    if np.isnan(scores).any():
        raise ValueError("a score is not a number")
    if len(np.unique(drawn)) != len(drawn):
        raise ValueError("an item was drawn twice")
