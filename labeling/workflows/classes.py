"""Changing the classes of a project. Each change is a new revision of the class set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import projects
from db.tables import Class, Project
from labeling.class_names import ClassSpec, RawClass, clean, default_display, name_key
from labeling.errors import ClassNameError
from labeling.workflows import codes
from labeling.workflows.projects import class_named, find, new_class, show
from labeling.workspace import Workspace


def set_classes(ws: Workspace, project_name: str, specs: Sequence[ClassSpec]) -> dict[str, Any]:
    """Make ``specs`` the classes of a project; the project as JSON.

    A class that is there already (by name, case aside) keeps its id and its decisions and takes
    the new texts; a class that is missing from ``specs`` is deactivated, never deleted.

    Raises:
        ClassNameError: there are no classes in ``specs``.
    """
    if not specs:
        raise ClassNameError("no class was given", "Name at least one.")

    def work(session: Session) -> None:
        project = held(session, project_name)
        codes.store(session, project.id)
        present = {c.key: c for c in projects.classes(session, project.id, inactive=True)}
        for position, spec in enumerate(specs):
            row = present.pop(name_key(spec.name), None)
            if row is None:
                projects.add_class(session, project.id, new_class(spec), position)
            else:
                _update(session, row, spec, position)
        for position, row in enumerate(present.values(), len(specs)):
            row.active, row.position = False, position
        new_revision(session, project, "classes set")

    ws.db.write(work)
    return show(ws, project_name)


def rename(ws: Workspace, project_name: str, old: str, new: str) -> dict[str, Any]:
    """Give a class another name; its id, its decisions and its other texts stay.

    A display text that was the old name becomes the new one.

    Raises:
        NotFoundError: there is no such class.
        ClassNameError: the new name can't be used or is taken.
    """

    def work(session: Session) -> None:
        project = held(session, project_name)
        row = class_named(session, project, old, inactive=True)
        [spec] = clean([RawClass(new, f"the new name of {row.name!r}")])
        taken = {c.key for c in projects.classes(session, project.id, inactive=True)} - {row.key}
        if name_key(spec.name) in taken:
            raise ClassNameError(
                f"the project has a class {spec.name!r} already", "Choose another name."
            )
        if row.display == default_display(row.name):
            row.display = spec.display
        row.name, row.key = spec.name, name_key(spec.name)
        new_revision(session, project, f"{old!r} renamed {spec.name!r}")

    ws.db.write(work)
    return show(ws, project_name)


def set_active(ws: Workspace, project_name: str, name: str, *, active: bool) -> dict[str, Any]:
    """Deactivate a class (no longer proposed or offered; its labels stay) or bring it back.

    Raises:
        NotFoundError: there is no such class.
        ClassNameError: no active class would be left.
    """

    def work(session: Session) -> None:
        project = held(session, project_name)
        row = class_named(session, project, name, inactive=True)
        codes.store(session, project.id)
        others = [c for c in projects.classes(session, project.id) if c.id != row.id]
        if not active and not others:
            raise ClassNameError(f"{row.name!r} is the last active class", "Add another one first.")
        row.active = active
        new_revision(session, project, f"{row.name!r} {'re' if active else 'de'}activated")

    ws.db.write(work)
    return show(ws, project_name)


def renumber(ws: Workspace, project_name: str) -> dict[str, Any]:
    """Give all classes new codes, as short as can be, in the order of the classes.

    Raises:
        NotFoundError: there is no such project.
    """

    def work(session: Session) -> None:
        project = find(session, project_name)
        codes.forget(session, project.id)
        codes.store(session, project.id)

    ws.db.write(work)
    return show(ws, project_name)


def held(session: Session, project_name: str) -> Project:
    """A project, locked as it stands: decisions that are on their way come first or wait.

    Raises:
        NotFoundError: there is no such project.
    """
    project = find(session, project_name)
    projects.lock(session, project.id)
    session.refresh(project)
    return project


def new_revision(session: Session, project: Project, change: str) -> None:
    """Record the class set as it stands now, after a change, as the project's next revision."""
    codes.store(session, project.id)
    project.revision += 1
    projects.record_revision(session, project, change)


def _update(session: Session, row: Class, spec: ClassSpec, position: int) -> None:
    row.name, row.display = spec.name, spec.display
    row.aliases = list(spec.aliases)
    row.position, row.active = position, True
    projects.set_prompts(session, row.id, spec.prompts)
