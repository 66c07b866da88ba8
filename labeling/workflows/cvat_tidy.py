"""What earlier pushes left behind, settled before anything new is sent."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Sequence
from pathlib import Path

from db import cvat_ledger
from db.cvat_ledger import BatchState
from db.tables import CvatBatch
from labeling.cvat import remote
from labeling.cvat.answers import RemoteTask
from labeling.cvat.names import batch_of
from labeling.errors import CvatAwayError, CvatError, CvatGoneError
from labeling.workflows import cvat_adoption, cvat_tasks
from labeling.workflows.cvat_links import Opened
from labeling.workflows.cvat_report import Report
from labeling.workflows.jobs import beside
from labeling.workspace import Workspace

BEGUN = (BatchState.PLANNED, BatchState.CREATED)


def staging_folder(ws: Workspace, opened: Opened) -> Path:
    """Where the pictures of a link are laid out."""
    return ws.settings.root / "cvat" / opened.link.id


def tidy(ws: Workspace, opened: Opened, report: Report) -> Generator[None, None, None]:
    """Settle what earlier pushes left: begun batches, empty tasks, and tasks that are gone."""
    shutil.rmtree(staging_folder(ws, opened), ignore_errors=True)
    by_batch: dict[str, list[RemoteTask]] = {}
    for task in sorted(opened.tasks.values(), key=lambda task: (-task.size, task.id)):
        if batch_id := batch_of(task.mark):
            by_batch.setdefault(batch_id, []).append(task)
    with ws.db.read() as session:
        batches = cvat_ledger.batches(session, opened.link.id)
    for batch in batches:
        found = by_batch.pop(batch.id, [])
        if batch.state in BEGUN:
            yield from _settle_begun(ws, opened, batch, found)
        elif batch.state != BatchState.GONE and not found:
            yield from note_gone(ws, opened, batch, report)
        yield from _sweep(opened, found[1:], report)
    for batch_id, found in by_batch.items():
        task, rest = found[0], found
        if task.size:
            yield from cvat_adoption.take_in(ws, opened, batch_id, task, report)
            rest = found[1:]
        yield from _sweep(opened, rest, report)


def _settle_begun(
    ws: Workspace, opened: Opened, batch: CvatBatch, found: Sequence[RemoteTask]
) -> Generator[None, None, None]:
    """A batch whose upload nobody saw the end of: its task has its pictures, or goes away.

    A task without pictures is never filled in place: files of the upload that broke off may lie
    there.
    """
    client = opened.client
    if found:
        task = found[0]
        if not task.size:
            task = yield from beside(lambda: _after_its_request(opened, found[0]))
        if task.size:
            batch.remote_task_id = task.id
            ws.db.write(lambda s: cvat_ledger.save_batch(s, batch.id, remote_task_id=task.id))
            yield from cvat_tasks.adopt(ws, opened, batch)
            return
        yield from beside(lambda: remote.delete_task(client, task.id))
    ws.db.write(lambda session: cvat_ledger.drop_batch(session, batch.id))


def _after_its_request(opened: Opened, task: RemoteTask) -> RemoteTask:
    """A task as it is once the server has done with what was uploaded, or has failed to."""
    if active := remote.active_request(opened.client, task.id):
        try:
            remote.await_data(opened.client, task.id, active)
        except CvatAwayError:
            raise
        except CvatError:
            return task
    return remote.task(opened.client, task.id)


def _sweep(
    opened: Opened, tasks: Sequence[RemoteTask], report: Report
) -> Generator[None, None, None]:
    """Delete empty tasks that bear our mark and are in no ledger: requests that arrived late."""
    for task in tasks:
        busy = yield from beside(lambda: remote.active_request(opened.client, task.id))  # noqa: B023
        if task.size or busy:
            report.say(
                f"the task {task.name} bears the mark of another task, or is still being filled: "
                f"{opened.task_url(task.id)}"
            )
        else:
            yield from beside(lambda: remote.delete_task(opened.client, task.id))  # noqa: B023


def note_gone(
    ws: Workspace, opened: Opened, batch: CvatBatch, report: Report
) -> Generator[None, None, None]:
    """A task that is no longer in the CVAT project was deleted, or moved."""
    task_id = batch.remote_task_id or 0
    try:
        moved = yield from beside(lambda: remote.task(opened.client, task_id))
        what = f"was moved to CVAT project {moved.project_id}"
    except CvatGoneError:
        what = "was deleted there"
        ws.db.write(
            lambda session: cvat_ledger.save_batch(session, batch.id, state=BatchState.GONE)
        )
    report.say(f"the task {batch.task_name} {what}: its pictures are not synced any more")
