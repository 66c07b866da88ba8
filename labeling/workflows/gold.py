"""Gold items: chosen by a lead among what is verified, and what people make of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, gold, images, projects, sources
from db.tables import VERIFIED, Item, Project
from labeling.errors import InputError, NotFoundError
from labeling.quality.agreement import Share
from labeling.roles import Role
from labeling.workflows import accounts
from labeling.workflows.projects import find
from labeling.workspace import Workspace

SHARE_METHOD = (
    "answers to gold items that are what the item bears now, blind; share with its "
    "Clopper-Pearson interval, 95 %"
)


def add(ws: Workspace, user_id: str, project_name: str, names: Sequence[str]) -> dict[str, Any]:
    """Mark verified items as gold; all of them or none.

    Args:
        ws: the workspace.
        user_id: the lead who chooses them.
        project_name: the project.
        names: item ids, SHA-256, paths as they came or ends of such paths.

    Returns:
        marked: how many are new.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: an item is not verified, or a name means several.
        NotFoundError: there is no such project or item.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)

    def work(session: Session) -> dict[str, Any]:
        project = find(session, project_name)
        items = [_item(session, project, name) for name in names]
        for item, name in zip(items, names, strict=True):
            if item.state not in VERIFIED:
                raise InputError(
                    f"{name} is {item.state}: only what people have verified can be gold",
                    "Decide it first, or settle it at Second look.",
                )
        known = {item.id for item in gold.items(session, project.id)}
        new = {item.id for item in items} - known
        gold.add(session, project.id, sorted(new), ws.clock())
        return {"marked": len(new)}

    return ws.db.write(work)


def remove(ws: Workspace, user_id: str, project_name: str, names: Sequence[str]) -> dict[str, Any]:
    """Take the mark from items; what people answered stays in the log and counts no more.

    Args:
        ws: the workspace.
        user_id: the lead.
        project_name: the project.
        names: as for `add`.

    Returns:
        removed: how many were gold.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: a name means several items.
        NotFoundError: there is no such project or item.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)

    def work(session: Session) -> dict[str, Any]:
        project = find(session, project_name)
        ids = {_item(session, project, name).id for name in names}
        marked = ids & {item.id for item in gold.items(session, project.id)}
        gold.remove(session, project.id, sorted(marked))
        return {"removed": len(marked)}

    return ws.db.write(work)


def listed(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """The gold items of a project: item, sha256, path, state, labels, answers and right.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        marked = gold.items(session, project.id)
        ids = [item.id for item in marked]
        names = projects.class_names(session, project.id)
        bears = decisions.labels_of_items(session, ids)
        sources = images.sources_of(session, ids)
        given = defaultdict(list)
        for one in gold.answers(session, project.id):
            given[one.item_id].append(set(one.labels))
        return [
            {
                "item": item.id,
                "sha256": item.sha256,
                "path": sources.get(item.id, [""])[0],
                "state": item.state,
                "labels": sorted(names.get(label, "") for label in bears.get(item.id, set())),
                "answers": len(given[item.id]),
                "right": given[item.id].count(bears.get(item.id, set())),
            }
            for item in marked
        ]


def is_gold(ws: Workspace, project_name: str, item_id: str) -> bool:
    """Whether an item is marked as gold.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        return gold.is_gold(session, find(session, project_name).id, item_id)


def reliability(session: Session, project: Project) -> dict[str, dict[str, Any]]:
    """How often each person (by id) gave the answer that a gold item bears.

    Items that are verified no more, or no longer gold, do not count.
    """
    items = [item for item in gold.items(session, project.id) if item.state in VERIFIED]
    bears = decisions.labels_of_items(session, [item.id for item in items])
    truth = {item.id: bears.get(item.id, set()) for item in items}
    right: dict[str, list[bool]] = defaultdict(list)
    for one in gold.answers(session, project.id):
        if one.item_id in truth:
            right[one.user_id].append(set(one.labels) == truth[one.item_id])
    told = {user: Share(sum(hits), len(hits)).as_dict() for user, hits in right.items()}
    return {user: share | {"method": SHARE_METHOD} for user, share in told.items() if share}


def _item(session: Session, project: Project, name: str) -> Item:
    own = session.get(Item, name)
    if own and own.project_id == project.id:
        return own
    found = sources.called(session, project.id, name)
    if not found:
        raise NotFoundError(
            f"the project has no picture {name!r}", "Give a SHA-256, or the path it came by."
        )
    if len(found) > 1:
        raise InputError(f"{name!r} means {len(found)} pictures", "Give more of the path.")
    return found[0]
