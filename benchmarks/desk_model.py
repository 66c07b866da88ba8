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

Rows = NDArray[np.int64]

SHOWN = 5
SEARCH = 3
"""Actions for a class that is not among the `SHOWN` best: the search, its first letter, Enter."""
PAGE, ROW = 240, 12
"""Thumbnails of a page of the grid, and of one of its rows."""


@dataclass(frozen=True)
class Page:
    """Open pictures [m] that are all proposed as ``label``, and what their verification promises.

    ``worth``: expected errors that an action removes.
    """

    label: int
    places: Rows
    worth: float


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
        self.keys = 1 if self.classes <= 10 else 2
        self.chance = np.random.default_rng(seed)
        self.labelled: Rows = np.empty(0, np.int64)
        self.open: Rows = np.arange(len(data.truth))
        self.left: Rows = np.empty(0, np.int64)
        self.actions = 0
        self._propose()

    @property
    def accuracy(self) -> float:
        """Share of the set that is right: what is labelled, and the proposals of the rest."""
        wrong = int(np.sum(self.proposed != self.data.truth[self.open]))
        return 1 - wrong / len(self.data.truth)

    @property
    def believed(self) -> float:
        """Pictures that the head believes to be right, of the whole set."""
        return len(self.labelled) + float(self.confidence.sum())

    def single(self, size: int = BATCH) -> None:
        """Decide the next pictures one by one: a key where the class is shown, else a search."""
        draw = int(self.chance.integers(2**31))
        picked = policies.auto(self.head, self.data.vectors[self.open], size, draw).indices
        rows = self.open[picked]
        best = np.argsort(-self.shares[picked], axis=1)[:, :SHOWN]
        shown = (best == self.data.truth[rows][:, None]).any(axis=1)
        self.actions += int(np.where(shown, 1, SEARCH).sum())
        self._take(rows)

    def pages(self) -> list[Page]:
        """The page that each class would show: its surest pictures, those left before aside."""
        aside = np.isin(self.open, self.left)
        made = []
        for label in range(self.classes):
            places = np.flatnonzero((self.proposed == label) & ~aside)
            sure = places[np.argsort(-self.confidence[places], kind="stable")][:PAGE]
            if len(sure):
                made.append(Page(label, sure, self._worth(label, sure)))
        return made

    def _worth(self, label: int, places: Rows) -> float:
        """Expected errors over expected actions: to confirm, to mark each, to name each class."""
        others = np.delete(self.shares[places], label, axis=1)
        wrong = float(others.sum())
        named = float((1 - np.prod(1 - others, axis=0)).sum())
        return wrong / (1 + wrong + self.keys * named)

    def verify(self, page: Page, *, leaving: bool) -> None:
        """Mark the exceptions of a page, name their classes or leave them, confirm the rest."""
        rows = self.open[page.places]
        truth = self.data.truth[rows]
        tiles = [Tile(str(shows), 1, place // ROW) for place, shows in enumerate(truth)]
        keys = {str(label): self.keys for label in range(self.classes)}
        made = plan(tiles, str(page.label), keys, leaving=leaving)
        self.actions += 1 + len(made.leave)
        self.actions += sum(len(runs) + keys[shows] for shows, runs in made.relabel.items())
        aside = np.zeros(len(rows), dtype=bool)
        for run in made.leave:
            aside[run.first : run.last + 1] = True
        self.left = np.concatenate([self.left, rows[aside]])
        self._take(rows[~aside])

    def _take(self, rows: Rows) -> None:
        self.labelled = np.concatenate([self.labelled, rows])
        self.open = np.setdiff1d(self.open, rows)
        self.head.fit(self.data.vectors[self.labelled], self.data.truth[self.labelled])
        self._propose()

    def _propose(self) -> None:
        self.shares = self.head.predict_proba(self.data.vectors[self.open])
        self.proposed = self.shares.argmax(axis=1)
        self.confidence = self.shares.max(axis=1)
