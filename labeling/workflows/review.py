"""Review: what comes next, what was decided, and the one way into the decision log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, images, projects, proposals
from db import queue as waiting
from db.ids import is_id
from db.tables import (
    OPEN,
    VERIFIED,
    Class,
    Decision,
    DecisionKind,
    Image,
    Item,
    Project,
    Proposal,
    QueueEntry,
)
from labeling.errors import InputError
from labeling.workflows.desk import LEASE, Desk
from labeling.workflows.jobs import enqueue_once
from labeling.workflows.projects import find
from labeling.workspace import Workspace

MAX_QUEUE = 200
RERANK_EVERY = 50
"""Decisions after which the queue is ranked anew in the background."""


def queue(
    ws: Workspace,
    user_id: str,
    project_name: str,
    limit: int = 40,
    held: Sequence[str] = (),
    client: str = "",
) -> dict[str, Any]:
    """Lease the next items to a person's tab and describe them.

    Args:
        ws: the workspace.
        user_id: who reviews.
        project_name: the project.
        limit: how many items, 1 to 200.
        held: items that the tab still holds (prefetched, or decided and not yet acknowledged).
        client: what tells one tab of a person from another.

    Returns:
        project, mode, revision, classes, items (with proposals and the reason for their place),
        counts.
    """
    now = ws.clock()
    limit = max(1, min(limit, MAX_QUEUE))

    def work(session: Session) -> dict[str, Any]:
        project = find(session, project_name)
        entries = waiting.take(
            session, project.id, user_id, client, limit, list(filter(is_id, held)), now, now + LEASE
        )
        return {
            "project": project.name,
            "mode": project.mode,
            "revision": project.revision,
            "prelabeled": project.run_id is not None,
            "classes": _classes(session, project),
            "items": _items(session, project, entries),
            "counts": _counts(session, project),
        }

    return ws.db.write(work)


def decide(
    ws: Workspace,
    user_id: str,
    project_name: str,
    given: Sequence[Mapping[str, Any]],
    *,
    source: str = "person",
    entered_by: str | None = None,
) -> dict[str, Any]:
    """Append decisions to the log, in order; each fails alone; a known id changes nothing.

    Args:
        ws: the workspace.
        user_id: whose decisions they are.
        project_name: the project.
        given: dicts with id (UUID), item, kind, labels (class ids or names), revision, view,
            shown_proposal, seconds, supersedes, reason.
        source: where they come from: "person", "csv" …
        entered_by: who handed them in, where that is somebody else.

    Returns:
        acknowledged (ids), already_known (ids), rejected (``[{"id", "why"}]``), counts.
    """

    def work(session: Session) -> tuple[dict[str, Any], str, bool]:
        project = find(session, project_name)
        desk = Desk(session, ws, project, user_id, source, entered_by)
        items = filter(is_id, (one.get("item") for one in given))
        decisions.lock_items(session, project.id, items)
        known = decisions.known(session, filter(is_id, (one.get("id") for one in given)))
        before = decisions.count(session, project.id)
        answer = _append_all(desk, given, known)
        after = before + len(answer["acknowledged"])
        due = before // RERANK_EVERY != after // RERANK_EVERY
        rerank = due and project.run_id is not None
        return answer | {"counts": _counts(session, project)}, project.id, rerank

    answer, project_id, rerank = ws.db.write(work)
    if rerank:
        enqueue_once(ws, "rank", project_id)
    return answer


def _append_all(
    desk: Desk, given: Sequence[Mapping[str, Any]], known: dict[str, str]
) -> dict[str, list[Any]]:
    """Append each decision by itself; ``known`` (ids with their items) grows by those stored."""
    acknowledged: list[str] = []
    already: list[str] = []
    refused: list[dict[str, str]] = []
    for one in given:
        decision_id = str(one.get("id"))
        try:
            is_new = _is_new(one, known) and desk.append(one)
        except InputError as error:
            refused.append({"id": decision_id, "why": str(error)})
        else:
            known[decision_id] = str(one["item"])
            (acknowledged if is_new else already).append(decision_id)
    return {"acknowledged": acknowledged, "already_known": already, "rejected": refused}


def history(ws: Workspace, user_id: str, project_name: str, limit: int = 50) -> dict[str, Any]:
    """A person's own newest decisions in a project, newest first."""
    with ws.db.read() as session:
        project = find(session, project_name)
        rows = decisions.history(session, project.id, user_id, max(1, min(limit, 1000)))
        undone = decisions.undone(session, [row.id for row in rows])
        names = projects.class_names(session, project.id)
        items = {row.item_id: session.get_one(Item, row.item_id) for row in rows}
        proposed = _proposals(session, project, list(items))
        return {
            "decisions": [
                _past(row, items[row.item_id], names, undone)
                | _picture(session, items[row.item_id], proposed.get(row.item_id), names)
                for row in rows
                if row.kind != DecisionKind.UNDO
            ]
        }


def counts(ws: Workspace, project_name: str) -> dict[str, Any]:
    """How many items of a project are in each state, and how many are left to decide."""
    with ws.db.read() as session:
        return _counts(session, find(session, project_name))


def _is_new(given: Mapping[str, Any], known: Mapping[str, str]) -> bool:
    """Whether a decision is not stored yet, by its id.

    Raises:
        InputError: the id is that of a decision on another item.
    """
    item = known.get(str(given.get("id")))
    if item not in (None, given.get("item")):
        raise InputError("another decision bears this id")
    return item is None


def _classes(session: Session, project: Project) -> list[dict[str, Any]]:
    return [_class(c) for c in projects.classes(session, project.id)]


def _class(row: Class) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "display": row.display, "aliases": row.aliases}


def _items(
    session: Session, project: Project, entries: Sequence[QueueEntry]
) -> list[dict[str, Any]]:
    names = {c.id: c.name for c in projects.classes(session, project.id)}
    proposed = _proposals(session, project, [entry.item_id for entry in entries])
    described = []
    for entry in entries:
        item = session.get_one(Item, entry.item_id)
        picture = _picture(session, item, proposed.get(item.id), names)
        described.append({**picture, "state": item.state, "reason": entry.reason})
    return described


def _proposals(session: Session, project: Project, items: Sequence[str]) -> dict[str, Proposal]:
    return proposals.of_items(session, project.run_id, items) if project.run_id else {}


def _picture(
    session: Session, item: Item, proposal: Proposal | None, names: Mapping[str, str]
) -> dict[str, Any]:
    """A picture with what is proposed for it, of the classes that ``names`` has."""
    image = session.get_one(Image, item.sha256)
    top = proposal.top if proposal else []
    return {
        "item": item.id,
        "sha": item.sha256,
        "width": image.width,
        "height": image.height,
        "source": images.first_path(session, item.id),
        "proposals": [{"label": names[c], "class": c, "score": s} for c, s in top if c in names],
        "proposal": names.get(proposal.class_id or "") if proposal else None,
        "none_score": proposal.none_score if proposal else 0.0,
        "none_proposed": proposal is not None and proposal.class_id is None,
    }


def _past(row: Decision, item: Item, names: Mapping[str, str], undone: set[str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "labels": [names.get(c, "") for c in row.labels],
        "standing": row.standing,
        "state": item.state,
        "at": row.created_at.isoformat(),
        "undone": row.id in undone,
    }


def _counts(session: Session, project: Project) -> dict[str, Any]:
    by_state = images.count_by_state(session, project.id)
    total = sum(by_state.values())
    done = sum(by_state.get(state, 0) for state in VERIFIED)
    left = sum(by_state.get(state, 0) for state in OPEN)
    return {"items": total, "verified": done, "remaining": left, "by_state": by_state}
