"""What a change of the classes makes of the items: derived anew, and waiting where they reopen."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from db import checks, decisions, jobs, projects, queue, second_looks, slots
from db.derive import living
from db.engine import chunks
from db.tables import (
    OPEN,
    Item,
    ItemState,
    Job,
    LookKind,
    LookOutcome,
    Project,
    Purpose,
    Standing,
)
from labeling.workflows import draws
from labeling.workflows.jobs import NORMAL, Steps, Task, enqueue_once

JOB = "reclass"
AT_ONCE = 500
"""As many items are derived anew with the change itself; more by a job, part by part."""
PART = 50


def follow(session: Session, project: Project, class_ids: Sequence[str], said: str) -> str | None:
    """Derive anew what names one of some classes: now, or by a job where it is much; its id.

    Args:
        session: the transaction of the change, with the project locked.
        project: the project, with its new lineage.
        class_ids: the classes that have ended, and those that became one of them before.
        said: the change in one line, the reason of items that wait again.
    """
    items = decisions.naming(session, project.id, class_ids)
    if len(items) <= AT_ONCE:
        derive_anew(session, project, items, said)
        return None
    parameters = {"classes": sorted(class_ids), "said": said}
    job = Job(kind=JOB, project_id=project.id, parameters=parameters, priority=NORMAL)
    return jobs.add(session, job).id


def steps(task: Task) -> Steps:
    """Derive anew what names one of the classes of the job, a part at a time.

    What is derived already stays as it is, so that it can be begun anew.
    """
    project_id, given = task.job.project_id or "", task.job.parameters
    with task.ws.db.read() as session:
        items = decisions.naming(session, project_id, given["classes"])
    done = 0
    for part in chunks(items, PART):
        task.ws.db.write(lambda session: _part(session, project_id, part, given["said"]))  # noqa: B023
        done += len(part)
        task.tell(done, len(items), "classes changed")
        yield
    with task.ws.db.read() as session:
        ranked = projects.by_id(session, project_id).run_id is not None
    if ranked:
        enqueue_once(task.ws, "rank", project_id)
    return {"items": done}


def derive_anew(session: Session, project: Project, item_ids: Sequence[str], said: str) -> None:
    """Let items be what their logs say now; those that nobody has decided any more wait again."""
    reopened = []
    for item, before, _ in decisions.derive_anew(session, project.id, item_ids):
        _follow_state(session, item, before)
        if item.state in OPEN and before not in OPEN:
            reopened.append(item.id)
    queue.wait_again(session, project.id, reopened, said)
    audits = checks.waiting_audits(session, project.id) & set(reopened)
    if audits:
        near = checks.near_waiting_audits(session, project.id)
        reason = draws.BLIND_REASONS[Purpose.AUDIT]
        slots.hide(session, project.id, sorted(audits), sorted(near), reason)


def _part(session: Session, project_id: str, item_ids: Sequence[str], said: str) -> None:
    name = projects.by_id(session, project_id).name
    project = projects.find(session, name, hold=True)
    assert project is not None
    derive_anew(session, project, item_ids, said)


def _follow_state(session: Session, item: Item, before: str) -> None:
    """Let queue and second looks say what the item's state says."""
    if item.state in OPEN and before not in OPEN:
        draws.withdraw(session, item.project_id, item.id)
    elif item.state not in OPEN and before in OPEN:
        queue.close(session, item.project_id, item.id)
    if before == ItemState.DISPUTED != item.state:
        disputed = (LookKind.DISPUTED,)
        second_looks.close_item(session, item.id, None, LookOutcome.SETTLED, kinds=disputed)
        if item.state in OPEN:
            _keep_late_votes(session, item)
    elif item.state == ItemState.DISPUTED != before:
        reason = "the answers differ"
        second_looks.open_once(session, item.project_id, item.id, LookKind.DISPUTED, reason)


def _keep_late_votes(session: Session, item: Item) -> None:
    """Let a reviewer go on seeing a late vote after the answer that it differed from has gone."""
    for decision in living(decisions.log(session, item.id)):
        if decision.standing == Standing.STALE:
            reason = decision.reason or ""
            second_looks.open_once(session, item.project_id, item.id, LookKind.LATE, reason)
