"""Tasks that bear our mark and are in no ledger: a database that was restored from before they were
sent takes them in, by the names of their files, instead of sending their pictures once more."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import partial

from sqlalchemy.orm import Session

from db import cvat_ledger, images
from db.cvat_ledger import BatchState, NewFrame
from db.tables import CvatBatch
from labeling.cvat import remote
from labeling.cvat.answers import FrameNames, RemoteJob, RemoteTask
from labeling.cvat.names import sha_of
from labeling.workflows.cvat_links import Opened
from labeling.workflows.cvat_report import Report
from labeling.workflows.jobs import beside
from labeling.workspace import Workspace


def take_in(
    ws: Workspace, opened: Opened, batch_id: str, task: RemoteTask, report: Report
) -> Generator[None, None, None]:
    """Record an unknown task that has pictures, as far as they are in the project and in no other.

    What both sides had last is not known of them: where their labels differ, that is a conflict.

    Args:
        ws: the workspace.
        opened: the link.
        batch_id: what the task's mark names.
        task: the task.
        report: says what was taken in.
    """
    frames = yield from beside(lambda: remote.frame_names(opened.client, task.id))
    jobs = yield from beside(lambda: remote.jobs_of_task(opened.client, task.id))
    job = min(jobs, key=lambda one: one.id, default=None)
    taken = ws.db.write(partial(_record, opened, batch_id, task, frames, job))
    url = opened.task_url(task.id)
    if taken:
        what = f"{taken} of its {len(frames.names)} pictures are synced from now on"
    else:
        what = "none of its pictures is in this project and in no other task"
    report.say(
        f"the task {task.name} bears our mark, but this database did not know it: {what}: {url}"
    )


def _record(
    opened: Opened,
    batch_id: str,
    task: RemoteTask,
    frames: FrameNames,
    job: RemoteJob | None,
    session: Session,
) -> int:
    """Add the batch of a task to the ledger; how many pictures it has here."""
    items = images.all_by_sha(session, opened.project.id)
    known = cvat_ledger.sent_items(session, opened.link.id)
    here = _by_file(frames, {sha[:16]: item for sha, item in items.items() if item not in known})
    if not here:
        return 0
    batch = CvatBatch(
        id=batch_id,
        link_id=opened.link.id,
        task_name=task.name,
        remote_task_id=task.id,
        remote_job_id=job.id if job else None,
        state=BatchState.UPLOADED,
    )
    cvat_ledger.plan_batch(session, batch, [NewFrame(item, name) for name, item in here.items()])
    numbers = {name: number for number, name in enumerate(frames.names) if name in here}
    cvat_ledger.renumber(session, batch_id, numbers)
    return len(here)


def _by_file(frames: FrameNames, item_of: Mapping[str, str]) -> dict[str, str]:
    """The item of each file name whose picture is in the project."""
    found = {name: item_of.get(sha_of(name) or "") for name in frames.names}
    return {name: item for name, item in found.items() if item}
