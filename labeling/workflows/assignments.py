"""Assignments: a lead hands waiting items to a person, and takes them back."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from db import assignments, images, projects, users
from db.tables import Assignment, Project
from labeling.errors import InputError, NotFoundError
from labeling.roles import Role
from labeling.workflows import accounts
from labeling.workflows.projects import class_named, find
from labeling.workspace import Workspace

PRIORITIES = range(10)
USUAL = 5


def give(
    ws: Workspace,
    lead_id: str,
    project_name: str,
    person: str,
    *,
    class_name: str | None = None,
    batch_id: str | None = None,
    priority: int = USUAL,
) -> dict[str, Any]:
    """Hand what waits for a first decision to a person, now and whenever the queue is ranked.

    Args:
        ws: the workspace.
        lead_id: who hands it over.
        project_name: the project.
        person: the name of who gets it.
        class_name: only what is proposed as this class; None: whatever is proposed.
        batch_id: only what came with this import; None: every import.
        priority: 0 comes first, 9 last.

    Returns:
        The assignment as JSON.

    Raises:
        InputError: the priority can't be used.
        NotFoundError: there is no such project, person, class or import.
    """
    if priority not in PRIORITIES:
        raise InputError(f"the priority must be between 0 and 9, not {priority!r}")

    def work(session: Session) -> dict[str, Any]:
        project = find(session, project_name)
        made = Assignment(
            project_id=project.id,
            user_id=_person(session, person),
            class_id=_class_id(session, project, class_name),
            batch_id=_batch(session, project, batch_id),
            priority=priority,
            created_by=lead_id,
        )
        assignments.add(session, made)
        projects.lock(session, project.id)
        assignments.apply(session, project.id)
        return _as_dict(session, project, made)

    return ws.db.write(work)


def take_back(ws: Workspace, project_name: str, assignment_id: str) -> None:
    """End an assignment: what waits in it comes to everybody again.

    Raises:
        NotFoundError: there is no such project, or it has no such assignment.
    """

    def work(session: Session) -> None:
        project = find(session, project_name)
        found = [a for a in assignments.active(session, project.id) if a.id == assignment_id]
        if not found:
            raise NotFoundError(f"there is no assignment {assignment_id!r} to take back")
        found[0].ended_at = ws.clock()
        session.flush()
        projects.lock(session, project.id)
        assignments.apply(session, project.id)

    ws.db.write(work)


def handed_over(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """Who has items that were handed to them by name (found, skipped or sent back), by name.

    Returns:
        person and waiting (how many of them) in each row.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        waiting = assignments.handed_over(session, find(session, project_name).id)
        names = users.names(session)
    rows = [{"person": names.get(one, one), "waiting": count} for one, count in waiting.items()]
    return sorted(rows, key=lambda row: str(row["person"]))


def take_back_handed(ws: Workspace, lead_id: str, project_name: str, person: str) -> int:
    """Let what was handed to a person by name wait for everybody again; how many.

    What is on their screen just now stays theirs until its lease ends.

    Raises:
        ForbiddenError: who asks is no lead here.
        NotFoundError: there is no such project or person.
    """
    accounts.require(ws, lead_id, Role.LEAD, project_name)

    def work(session: Session) -> int:
        project = find(session, project_name)
        found = users.named(session, person)
        if found is None:
            raise NotFoundError(f"there is no person {person!r}")
        projects.lock(session, project.id)
        return assignments.take_back_handed(session, project.id, found.id)

    return ws.db.write(work)


def in_force(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """The assignments of a project that have not ended, first things first, as JSON.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        return [_as_dict(session, project, a) for a in assignments.active(session, project.id)]


def _person(session: Session, name: str) -> str:
    found = users.named(session, name)
    if found is None or found.disabled_at is not None:
        raise NotFoundError(f"there is no person {name!r}", "Add them first: prelabel users add.")
    return found.id


def _class_id(session: Session, project: Project, name: str | None) -> str | None:
    return None if name is None else class_named(session, project, name).id


def _batch(session: Session, project: Project, batch_id: str | None) -> str | None:
    if batch_id is None:
        return None
    if batch_id not in {batch.id for batch in images.batches(session, project.id)}:
        raise NotFoundError(f"the project {project.name!r} has no import {batch_id!r}")
    return batch_id


def _as_dict(session: Session, project: Project, row: Assignment) -> dict[str, Any]:
    names = projects.class_names(session, project.id)
    return {
        "id": row.id,
        "person": users.names(session).get(row.user_id, row.user_id),
        "class": names.get(row.class_id) if row.class_id else None,
        "batch": row.batch_id,
        "priority": row.priority,
        "waiting": assignments.count_waiting(session, row),
        "created_at": row.created_at.isoformat(),
    }
