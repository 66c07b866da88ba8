"""The pictures of a project to look at, with what people made of them; nothing can be changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from db import decisions, gallery, projects
from db.gallery import Sought
from db.tables import OPEN, Project
from labeling.workflows import label_filter, offers
from labeling.workflows.projects import find
from labeling.workspace import Workspace


def search(
    ws: Workspace,
    project_name: str,
    *,
    state: str | None = None,
    label: str | None = None,
    limit: int = 60,
    offset: int = 0,
) -> dict[str, Any]:
    """Pictures of a project in the order in which they came.

    Proposals are not told: a proposal is no label, and some are hidden. A picture that somebody is
    still to decide blind is told as if nobody had decided it, whoever looks.

    Args:
        ws: the workspace.
        project_name: the project.
        state: of the item, as it is told.
        label: a class that the item bears, or none_of_these; None: all.
        limit: how many.
        offset: how many of the first to leave out.

    Returns:
        total, held_back (how many of the project's pictures are told as undecided), and pictures:
        item, sha, width, height, source, state, labels (names; None: nobody has decided).

    Raises:
        NotFoundError: there is no such project or class.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        names = projects.class_names(session, project.id)
        sought = Sought(state, label_filter.class_id(names, label))
        return {
            "total": gallery.count(session, project, sought),
            "held_back": gallery.held_back(session, project),
            "pictures": _told(session, project, sought, names, limit, offset),
        }


def _told(
    session: Session,
    project: Project,
    sought: Sought,
    names: dict[str, str],
    limit: int,
    offset: int,
) -> list[dict[str, Any]]:
    rows = gallery.search(session, project, sought, limit, offset)
    ids = [item_id for item_id, _ in rows]
    pictures = offers.pictures(session, ids)
    borne = decisions.labels_of_items(session, ids)
    told = []
    for item_id, state in rows:
        item, picture = pictures[item_id]
        decided = state not in OPEN and item.decision_id is not None
        labels = sorted(names.get(c, "") for c in borne.get(item_id, ()))
        told.append(picture | {"state": state, "labels": labels if decided else None})
    return told
