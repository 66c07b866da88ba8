"""Projects: created, listed, shown, configured, deleted; and their classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import alike, checks, duplicates, features, images, lineage, projects, proposals, queue
from db.projects import NewClass
from db.tables import BLIND, VERIFIED, Class, Item, Project, Proposal, QueueEntry, Run
from labeling import review_settings
from labeling.class_names import ClassSpec, name_key
from labeling.encoders.registry import DEFAULT, resolve_with_texts
from labeling.errors import InputError, NotFoundError
from labeling.prompts import templates as prompt_templates
from labeling.selection import policies
from labeling.workflows import codes
from labeling.workspace import Workspace

NAME = re.compile(r"\w[\w .+-]{0,99}")
MODES = ("single", "multi")
DEFAULT_TEMPLATES = "photo"


def create(
    ws: Workspace,
    name: str,
    classes: Sequence[ClassSpec],
    *,
    mode: str = "single",
    model: str = DEFAULT,
    templates: Sequence[str] = (DEFAULT_TEMPLATES,),
    background: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Create a project; as JSON.

    Args:
        ws: the workspace.
        name: 1 to 100 letters, digits, spaces and ``. _ + -``.
        classes: checked classes (``labeling.class_names``).
        mode: "single" (one label a picture) or "multi".
        model: a model's name or open_clip source.
        templates: one name of a shipped set, or own templates.
        background: texts that stand for none of these; None: the shipped ones, where the mode is
            single.

    Raises:
        InputError: a value can't be used, or the name is taken.
    """
    name = name.strip()
    if not NAME.fullmatch(name):
        raise InputError(
            f"the project name {name!r} can't be used",
            "Use 1 to 100 letters, digits, spaces and . _ + -, beginning with a letter or digit.",
        )
    if mode not in MODES:
        raise InputError(f"the mode {mode!r} is not known", "Choose single or multi.")
    resolve_with_texts(model, ws.settings.models_dir)
    prompt_templates.get(templates)
    if background is None:
        background = prompt_templates.BACKGROUND if mode == "single" else ()

    def work(session: Session) -> dict[str, Any]:
        if projects.find(session, name):
            raise InputError(
                f"there is a project {name!r} already", "Choose another name, or delete that one."
            )
        project = Project(
            name=name,
            mode=mode,
            model=model,
            templates=list(templates),
            background=list(background),
        )
        projects.add(session, project, map(new_class, classes))
        codes.store(session, project.id)
        return _as_dict(session, project)

    return ws.db.write(work)


def all_projects(ws: Workspace) -> list[dict[str, Any]]:
    """Every project as JSON, with its counts."""
    with ws.db.read() as session:
        return [_as_dict(session, project) for project in projects.all_projects(session)]


def show(ws: Workspace, name: str) -> dict[str, Any]:
    """A project as JSON, with classes and counts.

    Raises:
        NotFoundError: there is none.
    """
    with ws.db.read() as session:
        project = find(session, name)
        own = projects.prompts(session, project.id)
        ended = lineage.of(project).into
        rows = projects.classes(session, project.id, inactive=True)
        rows = [row for row in rows if row.id not in ended]
        code_of = codes.of(rows)
        classes = [_class_dict(c, own.get(c.id, []), code_of[c.id]) for c in rows]
        return _as_dict(session, project) | {"classes": classes}


def configure(ws: Workspace, name: str, **values: Any) -> dict[str, Any]:
    """Change model, templates, policy, background, none_threshold, review or note; as JSON.

    ``review`` holds settings of ``labeling.review_settings`` by name; others stay as they are.

    Raises:
        InputError: a value can't be used.
        NotFoundError: there is no such project.
    """
    if "model" in values:
        resolve_with_texts(values["model"], ws.settings.models_dir)
    if "templates" in values:
        prompt_templates.get(values["templates"])
        values["templates"] = list(values["templates"])
    if "policy" in values:
        policies.require_known(values["policy"])
    if not 0 <= values.get("none_threshold", 0.0) < 1:
        raise InputError("the threshold for none of these must be at least 0 and below 1")

    review_settings.read(values.get("review", {}))

    def work(session: Session) -> dict[str, Any]:
        project = find(session, name)
        for key in ("model", "templates", "policy", "background", "none_threshold", "note"):
            if key in values:
                setattr(project, key, values[key])
        project.review = {**project.review, **values.get("review", {})}
        session.flush()
        return _as_dict(session, project)

    return ws.db.write(work)


def delete(ws: Workspace, name: str) -> None:
    """Delete a project with its items and decisions; the pictures stay in the store.

    Raises:
        NotFoundError: there is none.
    """

    def work(session: Session) -> None:
        project_id = find(session, name).id
        duplicates.forget(session, project_id)
        alike.forget(session, project_id)
        projects.remove(session, project_id)

    ws.db.write(work)


def ranked_queue(ws: Workspace, name: str, limit: int = 50) -> list[dict[str, Any]]:
    """What waits for a first decision, first things first, with the reason for each rank.

    Blind items have no place in the policy's order and stand last, without their proposals.
    """
    with ws.db.read() as session:
        project = find(session, name)
        names = projects.class_names(session, project.id)
        return [
            {
                "image": images.first_path(session, item.id),
                "sha256": item.sha256,
                "proposals": [{"label": names[c], "score": s} for c, s in proposal.top]
                if proposal
                else [],
                "margin": proposal.margin if proposal else None,
                "policy": entry.policy,
                "reason": entry.reason,
            }
            for entry, item, proposal in _without_blind(queue.ranked(session, project.id, limit))
        ]


def _without_blind(
    rows: Iterable[tuple[QueueEntry, Item, Proposal | None]],
) -> Iterator[tuple[QueueEntry, Item, Proposal | None]]:
    for entry, item, proposal in rows:
        yield entry, item, None if entry.purpose in BLIND else proposal


def find(session: Session, name: str, *, hold: bool = False) -> Project:
    """The project called ``name``; ``hold``: as ``db.projects.find`` does.

    Raises:
        NotFoundError: there is none; names those that there are.
    """
    project = projects.find(session, name, hold=hold)
    if project is None:
        known = ", ".join(p.name for p in projects.all_projects(session)[:20])
        fix = f"There are: {known}." if known else "Create it: prelabel project create NAME …"
        raise NotFoundError(f"there is no project {name!r}", fix)
    return project


def class_named(session: Session, project: Project, name: str, *, inactive: bool = False) -> Class:
    """The class of a project that is called ``name``, case aside.

    Args:
        session: an open session.
        project: the project.
        name: the name; aliases do not count.
        inactive: whether a deactivated class will do.

    Raises:
        NotFoundError: there is none.
    """
    for row in projects.classes(session, project.id, inactive=inactive):
        if row.key == name_key(name):
            return row
    raise NotFoundError(
        f"the project {project.name!r} has no class {name!r}",
        f"See: prelabel classes {project.name} show",
    )


def shown_run(session: Session, project: Project) -> Run:
    """The run whose proposals are shown.

    Raises:
        InputError: the project was never pre-labeled.
    """
    if project.run_id is None:
        raise InputError(
            f"the project {project.name!r} has no proposals",
            f"Pre-label it first: prelabel run {project.name}",
        )
    return proposals.run(session, project.run_id)


def new_class(spec: ClassSpec) -> NewClass:
    """A checked class as the store takes it."""
    return NewClass(spec.name, name_key(spec.name), spec.display, spec.aliases, spec.prompts)


def _as_dict(session: Session, project: Project) -> dict[str, Any]:
    by_state = images.count_by_state(session, project.id)
    run = proposals.run(session, project.run_id) if project.run_id else None
    return {
        "id": project.id,
        "name": project.name,
        "mode": project.mode,
        "model": project.model,
        "features": [row.name for row in features.of_project(session, project.id)],
        "templates": project.templates,
        "policy": project.policy,
        "background": project.background,
        "none_threshold": project.none_threshold,
        "review": review_settings.read(project.review).as_dict(),
        "revision": project.revision,
        "class_count": len(projects.classes(session, project.id)),
        "items": sum(by_state.values()),
        "verified": sum(by_state.get(state, 0) for state in VERIFIED),
        "by_state": by_state,
        "queued": _count_waiting(session, project),
        "recipe": run.recipe_id if run else None,
        "prelabeled_at": run.finished_at.isoformat() if run and run.finished_at else None,
        "created_at": project.created_at.isoformat(),
    }


def _count_waiting(session: Session, project: Project) -> int:
    """What is queued for a first decision, or comes as soon as an audit near it is decided."""
    held_back = checks.near_waiting_audits(session, project.id) if project.run_id else ()
    return queue.count_waiting(session, project.id) + len(held_back)


def _class_dict(row: Class, prompts: list[str], code: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "display": row.display,
        "aliases": row.aliases,
        "prompts": prompts,
        "active": row.active,
        "code": code,
    }
