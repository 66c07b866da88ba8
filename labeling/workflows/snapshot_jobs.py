"""Snapshots taken, checked and brought back by the worker, with progress."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from db import projects
from labeling.roles import Role
from labeling.workflows import accounts, snapshots
from labeling.workflows.jobs import Steps, Task
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import find
from labeling.workflows.snapshot_files import found, verifying
from labeling.workflows.snapshot_restore import restoring
from labeling.workflows.snapshots import Order
from labeling.workspace import Workspace

CREATE, VERIFY, RESTORE = "snapshot", "snapshot_verify", "snapshot_restore"
KINDS = (CREATE, VERIFY, RESTORE)


def create(ws: Workspace, user_id: str, project_name: str, order: Order) -> str:
    """Put the taking of a snapshot in line; the id of its job.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: it can't be taken (``snapshots.check``).
        NotFoundError: there is no such project.
    """
    snapshots.check(ws, user_id, project_name, order)
    given = {
        "name": order.name,
        "shares": dict(order.shares) if order.shares is not None else None,
        "seed": order.seed,
        "with_names": order.with_names,
        "states": list(order.states),
        "note": order.note,
    }
    return _enqueue(ws, CREATE, user_id, project_name, given)


def verify(ws: Workspace, user_id: str, project_name: str, name: str) -> str:
    """Put the check of a snapshot in line; the id of its job, whose result is that of ``verify``.

    Raises:
        ForbiddenError: the person is no lead here.
        NotFoundError: there is no such project or snapshot.
    """
    return _enqueue_for(ws, VERIFY, user_id, project_name, name)


def restore(ws: Workspace, user_id: str, project_name: str, name: str) -> str:
    """Put in line that a snapshot is brought back, as ``snapshot_restore.restore`` does.

    Raises:
        ForbiddenError: the person is no lead here.
        NotFoundError: there is no such project or snapshot.
    """
    return _enqueue_for(ws, RESTORE, user_id, project_name, name)


def steps(task: Task) -> Steps:
    """Do what a job of one of ``KINDS`` asks for."""
    ws, given = task.ws, task.job.parameters
    user_id, project_id = task.job.user_id or "", task.job.project_id or ""
    with ws.db.read() as session:
        name = projects.by_id(session, project_id).name
    if task.job.kind == VERIFY:
        return (yield from _told(task, verifying(ws, name, given["name"]), "checking"))
    if task.job.kind == RESTORE:
        work = restoring(ws, user_id, name, given["name"])
        return (yield from _told(task, work, "bringing labels back")) | {"snapshot": given["name"]}
    taking = snapshots.taking(ws, user_id, project_id, _order(given), task.job.id)
    manifest = yield from _told(task, taking, "reading labels")
    return {"snapshot": manifest["snapshot"], "items": manifest["items"]}


def _told(
    task: Task, work: Generator[tuple[int, int], None, dict[str, Any]], doing: str
) -> Generator[None, None, dict[str, Any]]:
    """Run ``work`` and store how far it is at each of its steps."""
    while True:
        try:
            done, total = next(work)
        except StopIteration as stop:
            result: dict[str, Any] = stop.value
            return result
        task.tell(done, total, doing)
        yield


def _order(given: Mapping[str, Any]) -> Order:
    return Order(**{**given, "states": tuple(given["states"])})


def _enqueue_for(ws: Workspace, kind: str, user_id: str, project_name: str, name: str) -> str:
    accounts.require(ws, user_id, Role.LEAD, project_name)
    with ws.db.read() as session:
        found(session, find(session, project_name), name)
    return _enqueue(ws, kind, user_id, project_name, {"name": name})


def _enqueue(
    ws: Workspace, kind: str, user_id: str, project_name: str, given: dict[str, Any]
) -> str:
    with ws.db.read() as session:
        project_id = find(session, project_name).id
    return put_in_line(ws, kind, project_id, given, user_id=user_id)
