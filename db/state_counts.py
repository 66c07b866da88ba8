"""How many items of a project are in each state, without counting all of them at each decision.

Counting is a walk over an index entry an item: 8 ms of CPU at 100,000 items, more than all else
that a decision costs. So a large project is counted once in a while; in between, what this process
itself has decided is added. What others change (an import, another process) shows at the next
count.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from db import images

ALWAYS = 5_000
"""Up to so many items a project is counted each time."""
ITEMS_A_SECOND = 50_000
"""A larger one once in so many seconds as this goes into its items: 2 s at 100,000."""


@dataclass(frozen=True)
class _Known:
    by_state: Mapping[str, int]
    good_until: float


class StateCounts:
    """The counts of the projects that this process decides in.

    Args:
        now: seconds that never go back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}

    def shown(self, session: Session, project_id: str) -> dict[str, int]:
        """How many items are in each state: counted, or as known since a little while."""
        known = self._fresh(project_id)
        return dict(known.by_state) if known else images.count_by_state(session, project_id)

    def after(self, session: Session, project_id: str, moved: Mapping[str, int]) -> dict[str, int]:
        """The same after decisions, in their transaction.

        Args:
            session: that transaction, which ``unless_it_fails`` surrounds.
            project_id: the project.
            moved: how many more (or fewer) items the decisions have put into each state.
        """
        known = self._fresh(project_id)
        if known is None:
            return self._count(session, project_id)
        by_state = Counter(known.by_state)
        by_state.update(moved)
        told = {state: n for state, n in by_state.items() if n}
        with self._lock:
            self._known[project_id] = _Known(told, known.good_until)
        return dict(told)

    @contextmanager
    def unless_it_fails(self) -> Iterator[None]:
        """Around a transaction: where it fails, nothing of what it added is believed."""
        try:
            yield
        except BaseException:
            with self._lock:
                self._known.clear()
            raise

    def _fresh(self, project_id: str) -> _Known | None:
        with self._lock:
            known = self._known.get(project_id)
        return known if known and self._now() < known.good_until else None

    def _count(self, session: Session, project_id: str) -> dict[str, int]:
        by_state = images.count_by_state(session, project_id)
        items = sum(by_state.values())
        if items > ALWAYS:
            with self._lock:
                good_until = self._now() + items / ITEMS_A_SECOND
                self._known[project_id] = _Known(by_state, good_until)
        return by_state
