"""What the pages show beside the workflows' own answers. Nothing here changes anything."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from db import images, overview, projects, proposals
from db.tables import ItemState, Project, Proposal, Run
from labeling.encoders.registry import resolve
from labeling.errors import NotFoundError
from labeling.workflows.projects import find
from labeling.workspace import Workspace


def project_names(ws: Workspace) -> dict[str, str]:
    """The name of every project by its id, sorted by name."""
    with ws.db.read() as session:
        return {project.id: project.name for project in projects.all_projects(session)}


def notes(ws: Workspace, project_name: str, limit: int = 1_000) -> list[dict[str, str]]:
    """Path and note of pictures of which something was left out, such as further frames.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        found = overview.notes(session, find(session, project_name).id, limit)
        return [{"path": path, "note": note or ""} for path, note in found]


def missing(ws: Workspace, project_name: str) -> int:
    """How many linked pictures were gone or changed when they were last read.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        return overview.count_missing(session, find(session, project_name).id)


def last_run(ws: Workspace, project_name: str) -> dict[str, Any] | None:
    """The pre-labeling whose proposals are shown; None before the first one.

    Returns:
        recipe, model, items, encoded, from_cache, finished_at, ``changed`` (what of the project is
        no longer as it was then: classes, model, prompts, none of these), ``unproposed`` (items
        that came later), ``scores`` and ``margins`` (counts in 20 equal parts of 0 to 1).

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        if project.run_id is None:
            return None
        run = proposals.run(session, project.run_id)
        return {
            "recipe": run.recipe_id,
            "model": proposals.model(session, run.model_id).name,
            "items": run.items,
            "encoded": run.encoded,
            "from_cache": run.from_cache,
            "finished_at": run.finished_at.isoformat() if run.finished_at else None,
            "changed": _changed(ws, session, project, run),
            "unproposed": images.count_in_states(session, project.id, [ItemState.UNLABELED]),
            "scores": overview.histogram(session, run.id, Proposal.score),
            "margins": overview.histogram(session, run.id, Proposal.margin),
        }


def _changed(ws: Workspace, session: Session, project: Project, run: Run) -> list[str]:
    """What a new run would do differently, in words of the pages."""
    spec = proposals.recipe(session, run.recipe_id).spec
    now = {
        "classes": project.revision,
        "model": _source(ws, project.model),
        "templates": list(project.templates),
        "background texts": list(project.background),
        "threshold for none of these": project.none_threshold,
    }
    then = {
        "classes": spec["class_set_revision"],
        "model": spec["model"]["source"],
        "templates": spec["templates"],
        "background texts": spec["background"],
        "threshold for none of these": spec["none_threshold"],
    }
    return [name for name, value in now.items() if then[name] != value]


def _source(ws: Workspace, model: str) -> str:
    try:
        return resolve(model, ws.settings.models_dir).source
    except NotFoundError:
        return model
