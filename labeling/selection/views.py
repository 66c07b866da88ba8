"""Which view of review pays more now: the single one, or a page of the grid.

Work begins with a page of the surest pictures of each class, where a glance at some of them tells
that they are right. Later a page of sure pictures at random comes first, in turn with the single
view, while it gives several labels an action: a random sample of what the head is sure of shows how
the classes are spread, and its exceptions are what the head is sure of and wrong about.

Else the single view and pages of one class are measured in expected errors that an input action (a
key or a click) removes, by what the head believes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FIRST_DECISIONS = 120
"""Labels, but for those of pages at random, before anything is compared: what a head believes after
fewer says little, where it began with texts that mislead."""
EARLY = 5
"""Labels an action that a page of one class must give while those of pages at random are needed to
reach that number: measured in replays."""
FIRST_AT_RANDOM = 40
"""Labels before a page at random is advised by what the head believes."""
BULK = 8
"""Labels an action that such a page must give: measured in replays."""
TURN = 20
"""Decisions between two such pages, in which what is unsure is asked."""
LEAST_SURE = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.99, 0.995)
"""Probabilities from which on pictures may be on such a page; the lowest that promises enough."""
LEAST_SHARE = 0.2
"""Share of the open pictures that must be as sure: fewer are no sample of the others."""
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
OPENING = 100
"""Pictures of a page with the surest of each class."""
DRAWN = 200
"""Pictures of a page at random."""
SURE = 0.5
"""Probability from which a proposal is among the surest of its class."""
FEWEST = 20
"""Pictures that a page of several classes must have."""
GLANCE = 12
"""Of so many classes one is shown before it is opened."""

Class = TypeVar("Class")


@dataclass(frozen=True)
class Page:
    """Pictures of a page of the grid, and what their verification promises.

    Args:
        label: the class that all are proposed as, by what tells it from others; None: each is
            asked about its own.
        pictures: how many, at least 1.
        wrong: expected errors among them, 0 to ``pictures``.
        actions: that verifying them is expected to take, at least `OPEN` + 1.
    """

    label: str | None
    pictures: int
    wrong: float
    actions: float

    @property
    def worth(self) -> float:
        """Expected errors that an action removes, 0 to below 1."""
        return self.wrong / self.actions


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


def page_of(label: str | None, others: Floats, keys: int) -> Page:
    """What a page promises: one action opens it, one confirms it, one marks each error, keys name
    their classes.

    Args:
        label: the class that is proposed for all pictures, None for each its own.
        others: probability of each other outcome for each picture, [m, c], 0 to 1; a row adds up
            to at most 1.
        keys: that name a class, at least 1; each class is named once, as likely as it is for one
            picture of the page or more.
    """
    wrong = float(others.sum())
    named = float((1 - np.prod(1 - others, axis=0)).sum())
    return Page(label, len(others), wrong, OPEN + 1 + wrong + keys * named)


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


def may_draw(decisions: int, since_last: int | None) -> bool:
    """Tell whether it is the turn of a page at random.

    Args:
        decisions: how many labels the head has learned from.
        since_last: answers since the last one; None: there was none.
    """
    return decisions >= FIRST_AT_RANDOM and (since_last is None or since_last >= TURN)


def gives_many(page: Page) -> bool:
    """Tell whether a page at random gives so many labels an action that it comes first."""
    return page.pictures >= max(FEWEST, BULK * page.actions)


def better_page(
    pages: Iterable[Page], single: float, labels: int, at_random: int = 0
) -> Page | None:
    """The best page of one class where it pays more than the single view, else None.

    Args:
        pages: the page that each class would show.
        single: worth of the single view.
        labels: how many the head has learned from.
        at_random: how many of them came from pages at random; what the head is sure of tells least
            of whether to trust it.
    """
    if labels < FIRST_DECISIONS:
        return None
    least = EARLY if labels - at_random < FIRST_DECISIONS else 0
    right = [
        page
        for page in pages
        if page.wrong <= MOST_WRONG * page.pictures and page.pictures >= least * page.actions
    ]
    best = max(right, key=lambda page: page.worth, default=None)
    return best if best is not None and best.worth > GRID_MARGIN * single else None
