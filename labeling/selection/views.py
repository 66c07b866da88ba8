"""Which view of review pays more now: the single one, or a page of the grid.

Both are measured in expected errors that an input action (a key or a click) removes, by what the
head believes. Before it learned anything that says little; then a page with the surest pictures of
each class pays most, if a glance at some of them finds them right: one action gives many labels,
of all classes, and the few exceptions are what the head is sure of and wrong about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRST_DECISIONS = 120
"""Decisions before anything is compared: what a head believes after fewer says little, where it
began with texts that mislead."""
GRID_MARGIN = 1.1
"""How many times the worth of the single view a page must have: measured in replays."""
OPEN = 1
"""Actions that open an advised page; it gives way to the single view by itself."""
NEXT = 20
"""Pictures of the queue by which the single view is measured."""
WINDOW = 60
"""Decisions over which it is seen what the head learned."""
PAGE = 240
"""Pictures of a page of the grid."""
MOST_WRONG = 0.5
"""Share of a page that may be expected wrong; else it asks for more marks than it confirms."""
ONE_KEY = 10
"""Classes up to which one key names each."""
BEGINNING = 20
"""Decisions before which nothing was learned."""
OPENING = 200
"""Pictures of a page with the surest of each class."""
SURE = 0.5
"""Probability from which a proposal is among the surest of its class."""
FEWEST = 20
"""Pictures that such a page must have."""
GLANCE = 12
"""Of so many classes one is shown before it is opened."""

Class = TypeVar("Class")


@dataclass(frozen=True)
class Page:
    """Pictures that are all proposed as one class, and what their verification promises.

    Args:
        label: the class, by what tells it from others.
        pictures: how many, at least 1.
        wrong: expected errors among them, 0 to ``pictures``.
        worth: expected errors that an action removes, 0 to below 1.
    """

    label: str
    pictures: int
    wrong: float
    worth: float


@dataclass(frozen=True)
class Belief:
    """``errors`` that a head expects among what is open, after so many ``decisions``."""

    decisions: int
    errors: float


def shares_of(waiting: Mapping[Class, int], room: int) -> dict[Class, int]:
    """How many of each class a page with the surest pictures has, in proportion to what waits.

    A head that learns from them then finds classes as frequent as they are; classes of which
    nothing waits have no share, all others at least one picture.

    Args:
        waiting: pictures that are proposed as each class.
        room: pictures of the page; it is passed where there are more classes than that.
    """
    total = sum(waiting.values())
    return {one: max(1, round(room * count / total)) for one, count in waiting.items() if count}


def keys_of(classes: int) -> int:
    """Keys that name a class, of so many."""
    return 1 if classes <= ONE_KEY else 2


def page_of(label: str, others: Floats, keys: int) -> Page:
    """What a page promises: one action opens it, one confirms it, one marks each error, keys name
    their classes.

    Args:
        label: the class that is proposed for all pictures.
        others: probability of each other outcome for each picture, [m, c], 0 to 1; a row adds up
            to at most 1.
        keys: that name a class, at least 1; each class is named once, as likely as it is for one
            picture of the page or more.
    """
    wrong = float(others.sum())
    named = float((1 - np.prod(1 - others, axis=0)).sum())
    return Page(label, len(others), wrong, wrong / (OPEN + 1 + wrong + keys * named))


def worth_of_single(upcoming: Floats, now: Belief, before: Belief | None) -> float:
    """Expected errors that a decision in the single view removes, at least 0.

    Those among what comes next, or, where that is more, what the head's belief gained lately.

    Args:
        upcoming: confidence in the proposals of the next pictures of the queue, [n], 0 to 1.
        now: what the head believes.
        before: what a head believed at least ``WINDOW`` decisions earlier; None: not known.
    """
    expected = float((1 - upcoming).mean()) if len(upcoming) else 0.0
    if before is None:
        return expected
    return max(expected, (before.errors - now.errors) / (now.decisions - before.decisions))


def better_page(pages: Iterable[Page], single: float, decisions: int) -> Page | None:
    """The best page of the grid where it pays more than the single view, else None.

    Args:
        pages: the page that each class would show.
        single: worth of the single view.
        decisions: how many labels the head has learned from.
    """
    right = [page for page in pages if page.wrong <= MOST_WRONG * page.pictures]
    best = max(right, key=lambda page: page.worth, default=None)
    if best is None or decisions < FIRST_DECISIONS or best.worth <= GRID_MARGIN * single:
        return None
    return best
