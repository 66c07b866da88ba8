"""Grouping near-duplicates: when an import ends, and as a job of its own."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any

from PIL import Image
from sqlalchemy.orm import Session

from db import duplicates
from db.duplicates import Hashed
from db.engine import chunks
from db.ids import new_id
from labeling.errors import NotFoundError
from labeling.images.duplicates import METHOD, Groups, Pair, near_pairs, parsed
from labeling.images.same_picture import Pixels, pixels_of, same_picture
from labeling.workflows.jobs import Steps, Task
from labeling.workspace import Workspace

KEPT_PICTURES = 2_000
"""Pictures kept decoded while comparing, 12 kB each."""
LOOKS_AT_ONCE = 20
"""Pairs that are looked at between two looks at the clock, some milliseconds each."""
REST_EVERY = 1.0
"""Seconds of work between two rests."""
ROWS_PER_TRANSACTION = 500


def steps(task: Task) -> Steps:
    """Group the near-duplicates of a project that are in no group yet."""
    assert task.job.project_id is not None
    groups = yield from group_new(task.ws, task.job.project_id)
    return {"groups": groups}


def group_new(
    ws: Workspace, project_id: str, complete: str | None = None
) -> Generator[None, None, int]:
    """Compare the items of batches that were not compared yet with all items, and group them.

    Groups grow and may become one; nobody ever leaves a group. Done again, or from the beginning
    after a crash, it changes nothing that is done. Yields at least every second or so.

    Args:
        ws: the workspace.
        project_id: the project.
        complete: a batch that is to be taken for finished: its import is about to end.

    Returns:
        how many groups the project has.
    """
    with ws.db.read() as session:
        items = duplicates.hashed_items(session, project_id)
        compared = duplicates.compared_batches(session, project_id, METHOD)
    items.sort(key=lambda item: (item.batch_id not in compared, item.item_id))
    known = sum(item.batch_id in compared for item in items)
    found = yield from _grown(
        ws, project_id, items, near_pairs(parsed([item.phash for item in items]), known)
    )
    batches = {item.batch_id for item in items}
    ws.db.write(lambda s: duplicates.note_compared(s, project_id, METHOD, batches, complete))
    return len(found)


def look_at(
    ws: Workspace, project_id: str, pairs: Sequence[tuple[str, str]]
) -> Generator[None, None, None]:
    """Look at pairs of items that something else than hashes found, and group what is the same.

    Args:
        ws: the workspace.
        project_id: the project.
        pairs: item ids.
    """
    if not pairs:
        return
    with ws.db.read() as session:
        items = duplicates.hashed_items(session, project_id)
    number = {item.item_id: place for place, item in enumerate(items)}
    known = [pair for pair in pairs if pair[0] in number and pair[1] in number]
    yield from _grown(ws, project_id, items, [[(number[a], number[b]) for a, b in known]])


def _grown(
    ws: Workspace, project_id: str, items: Sequence[Hashed], pairs: Iterable[Sequence[Pair]]
) -> Generator[None, None, Sequence[Sequence[Hashed]]]:
    """Join the groups of pairs that show the same picture, and store them; all groups then."""
    groups = Groups([item.group_id for item in items])
    same = _looks(ws, items)
    due = time.monotonic() + REST_EVERY
    for block in pairs:
        for few in chunks(block, LOOKS_AT_ONCE):
            groups.grow(few, same)
            if time.monotonic() > due:
                yield
                due = time.monotonic() + REST_EVERY
    found = [[items[number] for number in group] for group in groups.found()]
    yield from _stored(ws, project_id, found)
    return found


def _looks(ws: Workspace, items: Sequence[Hashed]) -> Callable[[int, int], bool]:
    """What tells whether two items, by number, show the same picture."""

    @lru_cache(KEPT_PICTURES)
    def pixels(number: int) -> Pixels | None:
        try:
            data = ws.blobs.get("thumb", items[number].sha256)
        except NotFoundError:
            return None
        with Image.open(io.BytesIO(data)) as thumb:
            return pixels_of(thumb)

    def same(one: int, other: int) -> bool:
        first, second = pixels(one), pixels(other)
        return first is not None and second is not None and same_picture(first, second)

    return same


def _stored(
    ws: Workspace, project_id: str, found: Sequence[Sequence[Hashed]]
) -> Generator[None, None, None]:
    """Write what has changed; groups that became one bear the id of the oldest of them."""
    now = ws.clock()
    rows: list[dict[str, Any]] = []
    moves: list[tuple[str, str]] = []
    gone: set[str] = set()
    for group in found:
        ids = {item.group_id for item in group if item.group_id}
        group_id = min(ids, default=new_id())
        gone |= ids - {group_id}
        rows.append({"id": group_id, "project_id": project_id, "method": METHOD, "created_at": now})
        moves += [(item.item_id, group_id) for item in group if item.group_id != group_id]
    new = {row["id"]: row for row in rows}
    for part in chunks(moves, ROWS_PER_TRANSACTION):
        ws.db.write(partial(_move, rows=new, moves=part))
        yield
    ws.db.write(lambda session: duplicates.drop(session, gone))


def _move(
    session: Session, rows: dict[str, dict[str, Any]], moves: Sequence[tuple[str, str]]
) -> None:
    members: dict[str, list[str]] = {}
    for item_id, group_id in moves:
        members.setdefault(group_id, []).append(item_id)
    duplicates.save(session, [rows[group_id] for group_id in members], members)
