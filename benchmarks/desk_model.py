"""A person with the truth at hand, at the single view or the grid of a simulated set; keys counted.

The same costs as by the hands in the browser (``benchmarks/actions.py``), without a browser.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.grid_plan import Tile, plan
from benchmarks.labelling import BATCH
from benchmarks.simulated_sets import SimulatedSet
from labeling.heads.candidates import candidates
from labeling.selection import policies
from labeling.selection.views import (
    DRAWN,
    GLANCE,
    LEAST_SHARE,
    LEAST_SURE,
    OPENING,
    PAGE,
    SURE,
    Belief,
    Page,
    gives_many,
    keys_of,
    may_draw,
    page_of,
    shares_of,
)

Rows = NDArray[np.int64]

RIGHT = "right"
"""What a tile shows that is confirmed as its own class."""
SHOWN = 5
SEARCH = 3
"""Actions for a class that is not among the `SHOWN` best: the search, its first letter, Enter."""
ROW = 12
"""Thumbnails of a row of the grid."""


@dataclass(frozen=True)
class Sheet:
    """Open pictures [m] that are all proposed as ``label``, and what their page promises."""

    label: int
    places: Rows
    page: Page


class Desk:
    """Somebody verifying a set; the head is refitted after each batch or page.

    Args:
        data: the set.
        seed: of the policy's draws.
    """

    def __init__(self, data: SimulatedSet, seed: int) -> None:
        self.data = data
        self.head: Any = next(iter(candidates(data.zero_shot, data.pool).values()))
        self.classes = len(data.class_vectors)
        self.keys = keys_of(self.classes)
        self.chance = np.random.default_rng(seed)
        self.labelled: Rows = np.empty(0, np.int64)
        self.open: Rows = np.arange(len(data.truth))
        self.left: Rows = np.empty(0, np.int64)
        self.actions = 0
        self.since_page: int | None = None
        self.at_random = 0
        self._order = np.random.default_rng([seed, 1]).permutation(len(data.truth))
        self._propose()

    @property
    def accuracy(self) -> float:
        """Share of the set that is right: what is labelled, and the proposals of the rest."""
        wrong = int(np.sum(self.proposed != self.data.truth[self.open]))
        return 1 - wrong / len(self.data.truth)

    @property
    def belief(self) -> Belief:
        """What the head expects of the open pictures."""
        return Belief(len(self.labelled), float((1 - self.confidence).sum()))

    def upcoming(self) -> Rows:
        """What the policy picks next, as places among the open pictures."""
        draw = int(self.chance.integers(2**31))
        return policies.auto(self.head, self.data.vectors[self.open], BATCH, draw).indices

    def single(self, picked: Rows) -> None:
        """Decide what is `upcoming` one by one: a key where the class is shown, else a search."""
        rows = self.open[picked]
        best = np.argsort(-self.shares[picked], axis=1)[:, :SHOWN]
        shown = (best == self.data.truth[rows][:, None]).any(axis=1)
        self.actions += int(np.where(shown, 1, SEARCH).sum())
        self._take(rows)

    def pages(self) -> list[Sheet]:
        """The page that each class would show: its surest pictures, those left before aside."""
        made = []
        for label, places in self._by_class().items():
            sure = self._best(places, PAGE)
            if len(sure):
                made.append(Sheet(label, sure, page_of(str(label), self._others(sure), self.keys)))
        return made

    def surest(self) -> Rows:
        """The page with the surest pictures of each class, those left before aside."""
        own = self._by_class()
        shares = shares_of({label: len(places) for label, places in own.items()}, OPENING)
        found = np.concatenate([self._best(own[label], n) for label, n in shares.items()])
        return found[self.confidence[found] >= SURE][:OPENING]

    def drawn(self) -> Rows | None:
        """The page of sure pictures at random that is advised, those left before aside, or None."""
        if not may_draw(len(self.labelled), self.since_page):
            return None
        for sure in LEAST_SURE:
            if np.mean(self.confidence >= sure) < LEAST_SHARE:
                return None
            places = self._drawn(sure)
            if gives_many(page_of(None, self._others(places), self.keys)):
                return places
        return None

    def glanced(self, places: Rows) -> float:
        """Share that is right of the surest pictures of the first classes of a page."""
        _, firsts = np.unique(self.proposed[places], return_index=True)
        seen = places[firsts[:GLANCE]]
        return float(np.mean(self.proposed[seen] == self.data.truth[self.open[seen]]))

    def verify(self, page: Sheet, *, leaving: bool) -> None:
        """Confirm a page of one class but for its exceptions, which are named or left."""
        self._verify(page.places, str(page.label), leaving)

    def verify_surest(self, places: Rows) -> None:
        """Confirm each picture of a page as its own class; name the exceptions."""
        self._verify(places, RIGHT, leaving=False)

    def verify_drawn(self, places: Rows) -> None:
        """Do the same with a page that was `drawn`."""
        self._verify(places, RIGHT, leaving=False)
        self.at_random += len(places)
        self.since_page = 0

    def _verify(self, places: Rows, confirmed: str, leaving: bool) -> None:
        rows = self.open[places]
        truth = self.data.truth[rows]
        right = self.proposed[places] == truth
        shows = [
            confirmed if is_right else str(label)
            for label, is_right in zip(truth, right, strict=True)
        ]
        tiles = [Tile(shown, 1, place // ROW) for place, shown in enumerate(shows)]
        keys = {str(label): self.keys for label in range(self.classes)}
        made = plan(tiles, confirmed, keys, leaving=leaving)
        self.actions += 1 + len(made.leave)
        self.actions += sum(len(runs) + keys[shows] for shows, runs in made.relabel.items())
        aside = np.zeros(len(rows), dtype=bool)
        for run in made.leave:
            aside[run.first : run.last + 1] = True
        self.left = np.concatenate([self.left, rows[aside]])
        self._take(rows[~aside])

    def _take(self, rows: Rows) -> None:
        self.labelled = np.concatenate([self.labelled, rows])
        self.since_page = None if self.since_page is None else self.since_page + len(rows)
        self.open = np.setdiff1d(self.open, rows)
        self.head.fit(self.data.vectors[self.labelled], self.data.truth[self.labelled])
        self._propose()

    def _propose(self) -> None:
        self.shares = self.head.predict_proba(self.data.vectors[self.open])
        self.proposed = self.shares.argmax(axis=1)
        self.confidence = self.shares.max(axis=1)

    def _drawn(self, sure: float) -> Rows:
        """The first of the random order that are so sure, class by class, most certain first."""
        found = np.flatnonzero((self.confidence >= sure) & ~np.isin(self.open, self.left))
        drawn = found[np.argsort(self._order[self.open[found]])][:DRAWN]
        return drawn[np.lexsort((-self.confidence[drawn], self.proposed[drawn]))]

    def _by_class(self) -> dict[int, Rows]:
        """Open pictures by proposed class, those left before aside."""
        aside = np.isin(self.open, self.left)
        return {
            label: np.flatnonzero((self.proposed == label) & ~aside)
            for label in range(self.classes)
        }

    def _others(self, places: Rows) -> NDArray[np.float64]:
        """Probabilities of what is not proposed, [m, c]."""
        found = self.shares[places]
        found[np.arange(len(places)), self.proposed[places]] = 0
        return found

    def _best(self, places: Rows, count: int) -> Rows:
        return places[np.argsort(-self.confidence[places], kind="stable")][:count]
