"""What a request's decisions need to know, read once for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from db import decisions, proposals, queue
from db.ids import is_id
from db.queue import First
from db.tables import Decision, Item, Project
from labeling.workflows import given as fields
from labeling.workflows.given import Meanings

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_KEPT = 1_000
"""Recipes, and meanings, that a process keeps."""
_recipes: dict[tuple[str, str], str] = {}
_meanings: dict[tuple[str, int, int], Meanings] = {}


class AtHand:
    """The items that a request is about, locked, each with its log and its place in the queue.

    Each table is read once for the whole request, however many decisions come in it. What a
    decision has changed is read anew before the next one on the same item (``changed``). What can
    never change once it is stored, the recipe of a run and what labels mean under a revision while
    the project is at a revision, is kept from request to request.

    Args:
        session: an open transaction that holds the project (``projects.find`` with ``hold``).
        project: the project.
        items: ids of the items; what is no id, or no item of the project, is passed over.
        now: the time at which leases are living or not.
    """

    def __init__(
        self, session: Session, project: Project, items: Iterable[Any], now: datetime
    ) -> None:
        self._session, self._project, self._now = session, project, now
        self._items = decisions.lock_items(session, project.id, filter(is_id, items))
        self._logs: dict[str, list[Decision]] = {}
        self._firsts: dict[str, First] = {}
        self._unread = set(self._items)

    def recipe_of(self, run_id: str | None) -> str | None:
        """The recipe of the run whose proposal a person saw, None where there was none.

        Another run may be shown by now: the client names the one that it has shown. A client that
        names none has shown the present one; one that names none of this project's is not believed.
        """
        asked = run_id or self._project.run_id
        if asked is None:
            return None
        key = (self._project.id, asked)
        found = _recipes.get(key)
        if found is None and (found := proposals.recipe_of(self._session, *key)) is not None:
            _keep(_recipes, key, found)
        return found

    def item(self, item_id: Any) -> Item | None:
        """An item, None where the request is about none with this id."""
        return self._items.get(item_id) if isinstance(item_id, str) else None

    def states(self) -> Counter[str]:
        """How many of the items are in each state now."""
        return Counter(item.state for item in self._items.values())

    def log(self, item: Item) -> list[Decision]:
        """The decisions on an item, in server order."""
        self._read()
        return self._logs.get(item.id, [])

    def first(self, item: Item) -> First | None:
        """What the queue says of the first decision on an item, None where it has no entry."""
        self._read()
        return self._firsts.get(item.id)

    def changed(self, item_ids: Iterable[str]) -> None:
        """Forget the logs and entries of items that something was stored for."""
        self._unread.update(filter(self._items.__contains__, item_ids))

    def meanings(self, revision: int) -> Meanings:
        """What labels mean under a revision of the class set."""
        key = (self._project.id, self._project.revision, revision)
        found = _meanings.get(key)
        if found is None:
            found = fields.meanings(self._session, self._project, revision)
            _keep(_meanings, key, found)
        return found

    def _read(self) -> None:
        """Read what is not read yet, or was changed since."""
        if not self._unread:
            return
        ids = sorted(self._unread)
        for item_id in ids:
            self._logs.pop(item_id, None)
            self._firsts.pop(item_id, None)
        self._logs |= decisions.logs(self._session, ids)
        self._firsts |= queue.firsts(self._session, self._project.id, ids, self._now)
        self._unread.clear()


def _keep(kept: dict[Key, Value], key: Key, value: Value) -> None:
    """Keep a value for later requests; those of other threads may do so at the same time."""
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = value
