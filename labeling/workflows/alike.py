"""Grouping pictures that look alike to the model, once they are encoded."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from db import alike, proposals
from db.duplicates import drop
from db.engine import chunks
from db.ids import new_id
from db.tables import Model, Project
from labeling import review_settings
from labeling.images.alike import AlikeGroups, Close, Floats, method
from labeling.workflows import duplicates
from labeling.workflows.jobs import beside
from labeling.workspace import Workspace

NEIGHBOURS = 10
"""Nearest pictures of each that may look alike."""
MOST_LOOKS = 20_000
"""Close pairs that are looked at for the same picture, the closest: some milliseconds each."""
ROWS_PER_TRANSACTION = 500


def group_new(ws: Workspace, project: Project, model: Model) -> Generator[None, None, int]:
    """Compare the items of a project that were not compared yet with all, and group them.

    Close pairs are candidates of near-duplicates too: those that show the same picture on a look
    (`duplicates.look_at`) join its group, as if their hashes had been close.

    Another threshold or model begins anew; otherwise groups grow, and nobody leaves one. Done
    again, or after a crash, it changes nothing that is done. Yields about each second.

    Args:
        ws: the workspace.
        project: the project, whose review settings have the threshold.
        model: whose vectors are compared.

    Returns:
        how many groups of two and more there are; 0 where the threshold is 1.
    """
    threshold = review_settings.read(project.review).alike_threshold
    if threshold >= 1:
        ws.db.write(lambda session: alike.forget(session, project.id))
        return 0
    how = method(threshold, model.weights_hash)
    ws.db.write(lambda session: alike.begin(session, project.id, how))
    with ws.db.read() as session:
        known = alike.compared(session, project.id)
        rows = {i: row for i, row, _ in proposals.embedded_items(session, project.id, model.id)}
        committed = proposals.model(session, model.id).rows
    items = list(rows)
    new = np.array([n for n, item in enumerate(items) if item not in known], dtype=np.intp)
    vectors, pairs = yield from _close(ws, model, committed, list(rows.values()), new, threshold)
    groups = AlikeGroups(vectors, [known.get(item) for item in items], threshold)
    groups.grow(pairs)
    closest = sorted(pairs, key=lambda pair: -pair.cosine)[:MOST_LOOKS]
    yield from duplicates.look_at(ws, project.id, [(items[a], items[b]) for a, b, _ in closest])
    found = [[items[number] for number in group] for group in groups.found()]
    yield from _stored(ws, project.id, how, items, known, found)
    return len(found)


def _close(
    ws: Workspace,
    model: Model,
    committed: int,
    rows: Sequence[int],
    new: NDArray[np.intp],
    threshold: float,
) -> Generator[None, None, tuple[Floats, list[Close]]]:
    """The vectors of ``rows`` and the close pairs that ``new`` of them are in; nothing is read
    where none is new."""
    if not len(new):
        return np.empty((0, model.dim), np.float32), []
    with ws.embeddings(model.id, model.dim, committed) as store:
        vectors = store.read(np.array(rows, dtype=np.int64))
    yield
    from labeling.search import close_pairs, pair_index

    index = yield from beside(lambda: pair_index(vectors, len(new)))
    pairs: list[Close] = []
    blocks = close_pairs(vectors, new, threshold, NEIGHBOURS, index)
    while (block := (yield from beside(lambda: next(blocks, None)))) is not None:
        pairs += [Close(*pair) for pair in block]
        yield
    return vectors, pairs


def _stored(
    ws: Workspace,
    project_id: str,
    how: str,
    items: Sequence[str],
    known: Mapping[str, str | None],
    found: Sequence[Sequence[str]],
) -> Generator[None, None, None]:
    """Write what has changed; groups that became one bear the id of the oldest of them."""
    group_of: dict[str, str] = {}
    gone: set[str] = set()
    for group in found:
        ids = {own for item in group if (own := known.get(item))}
        group_id = min(ids, default=new_id())
        gone |= ids - {group_id}
        group_of |= dict.fromkeys(group, group_id)
    changed = {
        item: group_of.get(item)
        for item in items
        if item not in known or known[item] != group_of.get(item)
    }
    ordered = sorted(changed.items(), key=lambda pair: (pair[1] or "", pair[0]))
    for part in chunks(ordered, ROWS_PER_TRANSACTION):
        work = partial(
            alike.save, project_id=project_id, method=how, groups=dict(part), now=ws.clock()
        )
        ws.db.write(work)
        yield
    ws.db.write(lambda session: drop(session, gone))
