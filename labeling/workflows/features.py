"""Further features of a project: models beside its own, whose vectors its heads may learn from.

Any model that sees pictures will do, with texts or without. A supervised probe on its vectors then
competes with the other heads; before there are labels, zero-shot by the project's model proposes.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from db import features, images, proposals
from db.tables import Project, ProjectFeature
from labeling.encoders.needs import require_reachable
from labeling.encoders.registry import resolve
from labeling.errors import EncoderError, InputError, NotFoundError
from labeling.roles import Role
from labeling.workflows import accounts, learning_due
from labeling.workflows.embed import embed_missing, register
from labeling.workflows.jobs import Task, enqueue_once
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import find
from labeling.workspace import Workspace

MOST = 8
"""Further models of a project, at most: each makes the choice of a head longer."""


def listed(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """The further models of a project as JSON.

    Returns:
        of each: model (its name), dim (length of its vectors; None before they are made), encoded
        (pictures of the project that have one), items (pictures in all).

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        items = sum(images.count_by_state(session, project.id).values())
        return [_told(session, row, items) for row in features.of_project(session, project.id)]


def add(ws: Workspace, project_name: str, model: str, user_id: str | None = None) -> str | None:
    """Let the heads of a project learn from the vectors of a further model.

    Args:
        ws: the workspace.
        project_name: the project.
        model: its name or source; with or without texts.
        user_id: who asks.

    Returns:
        the id of the job that makes the vectors; None where the project was never pre-labeled: its
        first pre-labeling will.

    Raises:
        EncoderError: its files are not here and can't be fetched.
        InputError: it is the project's own model, or one of its further ones already, or there are
            as many as may be.
        NotFoundError: there is no such project or model.
    """
    require_reachable(resolve(model, ws.settings.models_dir), ws.settings.models_dir)

    def work(session: Session) -> tuple[str, bool]:
        project = find(session, project_name)
        known = {row.name for row in features.of_project(session, project.id)}
        if model == project.model:
            raise InputError(
                f"{model} is the project's own model",
                "Its vectors are learned from already; add another one.",
            )
        if model in known:
            raise InputError(f"{model} is among the features already")
        if len(known) == MOST:
            raise InputError(
                f"the project has {MOST} further models already", "Remove one that helps least."
            )
        features.add(session, project.id, model)
        return project.id, project.run_id is not None

    project_id, prelabeled = ws.db.write(work)
    return put_in_line(ws, "prelabel", project_id, user_id=user_id) if prelabeled else None


def remove(ws: Workspace, project_name: str, model: str) -> None:
    """Let the heads of a project learn from a further model no more; its vectors are kept.

    Raises:
        NotFoundError: there is no such project, or the model is none of its further ones.
    """

    def work(session: Session) -> str:
        project = find(session, project_name)
        if not features.remove(session, project.id, model):
            raise NotFoundError(
                f"{model} is none of the features of the project {project_name!r}",
                f"See: prelabel features {project_name}",
            )
        return project.id

    project_id = ws.db.write(work)
    if learning_due.has_labels(ws, project_id):
        enqueue_once(ws, "learn", project_id)


def ask_add(ws: Workspace, user_id: str, project_name: str, model: str) -> None:
    """Add a further model for a lead.

    Raises:
        ForbiddenError: the person is no lead here.
        EncoderError, InputError, NotFoundError: as in ``add``.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)
    add(ws, project_name, model, user_id)


def ask_remove(ws: Workspace, user_id: str, project_name: str, model: str) -> None:
    """Remove a further model for a lead.

    Raises:
        ForbiddenError: the person is no lead here.
        NotFoundError: as in ``remove``.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)
    remove(ws, project_name, model)


@dataclass(frozen=True)
class Made:
    """What became of the further models of a project.

    Attributes:
        news: whether heads may learn from other models than before.
        failed: why some could not be loaded, by name.
        left: ids of models that are learned from no more, because pictures lack their vectors.
    """

    news: bool
    failed: dict[str, str]
    left: frozenset[str]


def make(task: Task, project: Project) -> Generator[None, None, Made]:
    """Encode what has no vector under a further model.

    A model that can't be loaded is told, in the job's log too. Where pictures lack its vectors it
    is learned from no more until it can be loaded again: proposals do not wait for it.
    """
    ws, news = task.ws, False
    failed: dict[str, str] = {}
    left: set[str] = set()
    with ws.db.read() as session:
        wanted = [(r.name, r.model_id) for r in features.of_project(session, project.id)]
    for name, before in wanted:
        try:
            encoder = ws.image_encoder(name)
        except (EncoderError, NotFoundError) as error:
            failed[name] = str(error)
            task.log(f"the features of {name} are not up to date: {error}", "warning")
            if before and _lacks(ws, project.id, before):
                left.add(before)
                ws.db.write(partial(_made, project.id, name, None))
            continue
        source = resolve(name, ws.settings.models_dir).source
        model = register(ws, encoder, source)
        yield
        yield from embed_missing(task, project.id, encoder, model)
        if model.id != before:
            news = True
            ws.db.write(partial(_made, project.id, name, model.id))
    return Made(news or bool(left), failed, frozenset(left))


def _lacks(ws: Workspace, project_id: str, model_id: str) -> bool:
    """Whether a picture of a project has no vector under a model."""
    with ws.db.read() as session:
        return bool(proposals.without_embedding(session, project_id, model_id))


def _made(project_id: str, name: str, model_id: str | None, session: Session) -> None:
    features.made(session, project_id, name, model_id)


def _told(session: Session, row: ProjectFeature, items: int) -> dict[str, Any]:
    model = proposals.model(session, row.model_id) if row.model_id else None
    encoded = features.count(session, row.project_id, model.id) if model else 0
    return {
        "model": row.name,
        "dim": model.dim if model else None,
        "encoded": encoded,
        "items": items,
    }
