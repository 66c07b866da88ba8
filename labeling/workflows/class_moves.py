"""Merging and splitting classes: what it concerns beforehand, then all of it in one transaction.

Decisions are never rewritten: they keep the class that they named, and the project's lineage tells
what became of it (``db.lineage``). Items are derived anew from their logs (``reclass``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from db import acceptances, class_use, lineage, projects
from db.acceptances import ACCEPTED
from db.tables import Class, Project
from labeling import class_changes
from labeling.class_changes import Plan, Present
from labeling.class_names import name_key
from labeling.workflows import accept, classes, reclass
from labeling.workflows.jobs import enqueue_once
from labeling.workflows.projects import class_named, find, new_class, show
from labeling.workspace import Workspace

MERGE, SPLIT = "merge", "split"
Planned = Callable[[Sequence[Present]], Plan]


def merge(ws: Workspace, project_name: str, names: Sequence[str], target: str) -> dict[str, Any]:
    """Let several classes be one; the project as JSON, and ``job`` where one derives the items.

    Their decisions keep what they named and count as the target from now on, also those that
    arrive late. The target takes over the other names as aliases, and their own prompts. Where two
    people's answers are the same now, what was disputed no longer is.

    Args:
        ws: the workspace.
        project_name: the project.
        names: the classes; the target may be among them.
        target: the name of the class that stays, which is made where there is none.

    Raises:
        ClassNameError: nothing is left to merge, or the target's name can't be used.
        NotFoundError: there is no such project or class.
    """
    return _apply(ws, project_name, lambda present: class_changes.merge(present, names, target))


def split(ws: Workspace, project_name: str, name: str, parts: Sequence[str]) -> dict[str, Any]:
    """Let a class be several; the project as JSON, and ``job`` where one derives the items.

    Its items wait for people again, with the parts offered. Acceptances that rest on the class are
    taken back, those on their way closed. An answer that names the class and arrives late labels
    nothing: a reviewer looks at it.

    Args:
        ws: the workspace.
        project_name: the project.
        name: the class that ends.
        parts: the names of at least two others; those that are not there yet are made.

    Raises:
        ClassNameError: there are fewer than two parts, or a name can't be used.
        NotFoundError: there is no such project or class.
    """
    return _apply(ws, project_name, lambda present: class_changes.split(present, name, parts))


def preview(ws: Workspace, project_name: str, change: str, names: Sequence[str]) -> dict[str, Any]:
    """What a change of the classes would concern; nothing is changed.

    Args:
        ws: the workspace.
        project_name: the project.
        change: "merge" (``names``: classes, the target last), "split" (a class, then its parts),
            or one that concerns the first of ``names`` alone: "rename", "deactivate", "activate".
        names: as ``change`` takes them.

    Returns:
        said (the change in one line), new (classes that would be made), reopened (items that would
        wait again), acceptances (ids that would be taken back or closed), and the counts of
        ``db.class_use.Use`` for the classes that end or change.

    Raises:
        ClassNameError: a name can't be used.
        NotFoundError: there is no such project or class.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        if change not in (MERGE, SPLIT):
            row = class_named(session, project, names[0], inactive=True)
            said = f"{change}: {' → '.join([row.name, *names[1:]])}"
            use = class_use.of(session, project, [row.id])
            return {"said": said, "new": [], "reopened": 0, "acceptances": [], **asdict(use)}
        plan = planned(change, names)(_present(session, project))
        ids = [one.id for one in plan.ends]
        use = class_use.of(session, project, ids)
        known = {one.key for one in _present(session, project)}
        resting = acceptances.resting(session, project.id, _ancestors(project, ids))
        return {
            "said": plan.said,
            "new": [spec.name for spec in plan.into if name_key(spec.name) not in known],
            "reopened": use.items if plan.is_split else 0,
            "acceptances": [row.id for row in resting] if plan.is_split else [],
            **asdict(use),
        }


def planned(change: str, names: Sequence[str]) -> Planned:
    """The plan of a merge (the target last) or a split (the class first)."""
    if change == MERGE:
        return lambda present: class_changes.merge(present, names[:-1], names[-1])
    return lambda present: class_changes.split(present, names[0], names[1:])


def _apply(ws: Workspace, project_name: str, plan_of: Planned) -> dict[str, Any]:
    def work(session: Session) -> tuple[Project, str | None]:
        project = classes.held(session, project_name)
        plan = plan_of(_present(session, project))
        into = [_class(session, project, plan, place) for place in range(len(plan.into))]
        ids = [one.id for one in plan.ends]
        _end(session, project, ids, into)
        classes.new_revision(session, project, plan.said)
        living = {row.id for row in into}
        concerned = sorted(_ancestors(project, living) - living)
        job = reclass.follow(session, project, concerned, plan.said)
        if plan.is_split:
            _void(session, ws, project, _ancestors(project, ids), plan.said)
        return project, job

    project, job = ws.db.write(work)
    if project.run_id is not None:
        enqueue_once(ws, "rank", project.id)
    return show(ws, project_name) | {"job": job}


def _present(session: Session, project: Project) -> list[Present]:
    ended = lineage.of(project).into
    rows = projects.classes(session, project.id, inactive=True)
    return [Present(c.id, c.name, c.key, c.active) for c in rows if c.id not in ended]


def _class(session: Session, project: Project, plan: Plan, place: int) -> Class:
    """The class that takes the place of those that end: one that is there, or a new one."""
    spec = plan.into[place]
    rows = projects.classes(session, project.id, inactive=True)
    found = next((row for row in rows if row.key == name_key(spec.name)), None)
    if found is None:
        return projects.add_class(session, project.id, new_class(spec), len(rows))
    found.active = True
    return found


def _end(session: Session, project: Project, ids: Sequence[str], into: Sequence[Class]) -> None:
    """End classes; where one takes their place it takes their names, prompts and assignments."""
    if len(into) == 1:
        _take_over(session, project, ids, into[0])
    parts = [row.id for row in into]
    revision = project.revision + 1
    project.lineage = project.lineage + [
        {"revision": revision, "source": ended, "into": parts} for ended in ids
    ]
    for row in projects.classes(session, project.id, inactive=True):
        if row.id in ids:
            projects.end_class(session, row, revision)


def _take_over(session: Session, project: Project, ids: Sequence[str], into: Class) -> None:
    prompts = projects.prompts(session, project.id)
    aliases, texts = list(into.aliases), list(prompts.get(into.id, ()))
    for row in projects.classes(session, project.id, inactive=True):
        if row.id in ids:
            aliases += [row.name, *row.aliases]
            texts += prompts.get(row.id, ())
    taken = {name_key(into.name)}
    into.aliases = [one for one in dict.fromkeys(aliases) if name_key(one) not in taken]
    projects.set_prompts(session, into.id, dict.fromkeys(texts))
    class_use.reassign(session, ids, into.id)


def _ancestors(project: Project, ids: Iterable[str]) -> set[str]:
    return lineage.of(project).ancestors(ids)


def _void(
    session: Session, ws: Workspace, project: Project, class_ids: set[str], said: str
) -> None:
    """Take back the acceptances that rest on a class that was split; close those on their way."""
    for row in acceptances.resting(session, project.id, class_ids):
        acceptance = acceptances.get(session, row.id, lock=True)
        assert acceptance is not None
        if acceptance.state == ACCEPTED:
            accept.take_back(session, ws, acceptance, acceptance.user_id, said)
        else:
            accept.close(session, ws, acceptance, said)
