"""What of a project is at CVAT servers, as the ledger knows it; no server is asked."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from db import conflicts, cvat_ledger
from db.tables import CvatBatch, CvatLink
from labeling.workflows.projects import find
from labeling.workspace import Workspace


def ledger(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """The CVAT projects of a project, newest first.

    Returns:
        server, organization, url, conflicts (open ones), pulled_up_to (the newest change there
        that was taken; None: never pulled) and tasks (name, url, state, pictures, synced, of
        which both sides have known the same, and last: when something was last agreed).

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        links = cvat_ledger.links(session, project.id)
        return [_link(session, row) for row in reversed(links)]


def _link(session: Session, row: CvatLink) -> dict[str, Any]:
    return {
        "server": row.server,
        "organization": row.organization,
        "url": f"{row.server}/projects/{row.remote_project_id}" if row.remote_project_id else None,
        "conflicts": len(conflicts.open_of_link(session, row.id)),
        "pulled_up_to": row.watermark.isoformat() if row.watermark else None,
        "tasks": [_task(session, row, batch) for batch in cvat_ledger.batches(session, row.id)],
    }


def _task(session: Session, link: CvatLink, batch: CvatBatch) -> dict[str, Any]:
    frames = cvat_ledger.frames(session, batch.id)
    times = [frame.sent_at for frame in frames if frame.sent_at is not None]
    task_id = batch.remote_task_id
    return {
        "name": batch.task_name,
        "url": f"{link.server}/tasks/{task_id}" if task_id is not None else None,
        "state": batch.state,
        "pictures": len(frames),
        "synced": len(times),
        "last": max(times).isoformat() if times else None,
    }
