"""What of a project is at CVAT servers, as the ledger knows it; no server is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from db import conflicts, cvat_ledger
from db.cvat_ledger import BatchState
from db.tables import CvatBatch, CvatFrame, CvatLink
from labeling.cvat.mapping import in_words
from labeling.workflows.projects import find
from labeling.workspace import Workspace


def ledger(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """The CVAT projects of a project, newest first, before those that were never begun.

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
        newest = links[::-1]
        begun = [row for row in newest if row.remote_project_id is not None]
        return [_link(session, row) for row in (*begun, *(r for r in newest if r not in begun))]


def places(session: Session, item_id: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Where an item is at CVAT servers, oldest first.

    Args:
        session: an open session.
        item_id: the item.
        names: class names by id.

    Returns:
        server, project, task and job (numbers there; job None where it is not known), task_name,
        frame, file, labels (in words, as both sides had them last; empty before that), at (when
        that was), is_there (not deleted there, nor still to be sent) and url (the frame, as people
        open it there; None where it is not there).
    """
    return [
        _place(link, batch, frame, names)
        for link, batch, frame in cvat_ledger.of_item(session, item_id)
    ]


def _place(
    link: CvatLink, batch: CvatBatch, frame: CvatFrame, names: Mapping[str, str]
) -> dict[str, Any]:
    there = batch.state in (BatchState.UPLOADED, BatchState.FILLED)
    task, job = batch.remote_task_id, batch.remote_job_id
    where = f"{link.server}/tasks/{task}" + (f"/jobs/{job}?frame={frame.frame}" if job else "")
    return {
        "server": link.server,
        "project": link.remote_project_id,
        "task": task,
        "job": job,
        "task_name": batch.task_name,
        "frame": frame.frame,
        "file": frame.file_name,
        "labels": in_words(frame.sent_labels, names) if frame.sent_at else "",
        "at": frame.sent_at.isoformat() if frame.sent_at else None,
        "is_there": there,
        "url": where if there else None,
    }


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
