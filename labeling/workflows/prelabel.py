"""Pre-labeling: encode what is missing, score everything under one recipe, rank the queue."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import projects, proposals
from db.tables import Model, Project, Run
from labeling.encoders.base import Encoder
from labeling.encoders.registry import resolve
from labeling.errors import InputError
from labeling.scoring.zero_shot import propose
from labeling.workflows import alike, drift, encoded, features, learning_due, rank
from labeling.workflows.embed import embed_missing, register, text_vectors
from labeling.workflows.jobs import INTERACTIVE, Steps, Task, enqueue_once, is_waiting
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import configure
from labeling.workflows.proposing import TOP_K, Proposer, fill, open_run
from labeling.workflows.recipes import Prompts, prompts_of, recipe_spec
from labeling.workflows.trained_heads import fill_by_head, zero_shot_run
from labeling.workflows.zero_shot_head import pool_vectors
from labeling.workspace import Workspace

WARNED_CLASSES = 10


def enqueue(
    ws: Workspace,
    project_name: str,
    *,
    model: str | None = None,
    templates: Sequence[str] | None = None,
    user_id: str | None = None,
) -> str:
    """Put a pre-labeling in line; the id of its job.

    Args:
        ws: the workspace.
        project_name: the project.
        model: use this model from now on.
        templates: use these templates from now on (one name of a shipped set, or own ones).
        user_id: who asks.

    Raises:
        InputError: the model, a template or the project is not known, or it has no items.
    """
    chosen = {"model": model, "templates": templates}
    project = configure(ws, project_name, **{k: v for k, v in chosen.items() if v is not None})
    if not project["items"] and not is_waiting(ws, "import", project["id"]):
        raise InputError(
            f"the project {project_name!r} has no pictures",
            f"Import some first: prelabel import {project_name} FOLDER",
        )
    return put_in_line(ws, "prelabel", project["id"], user_id=user_id)


def enqueue_texts(ws: Workspace, project_name: str, user_id: str | None = None) -> str:
    """Put the encoding of a project's prompts in line, ahead of long work; the id of its job."""
    project = configure(ws, project_name)
    return put_in_line(ws, "encode_texts", project["id"], user_id=user_id, priority=INTERACTIVE)


def steps(task: Task) -> Steps:
    """Pre-label a project; finished parts are not done again."""
    ws = task.ws
    project, prompts = _read(ws, task)
    encoder, model = _loaded(ws, project)
    _warn_of_unknown_words(task, encoder, prompts)
    yield
    encoded = yield from embed_missing(task, project.id, encoder, model)
    vectors, background = _vectors(ws, encoder, model, prompts)
    spec = recipe_spec(project, model, prompts)
    run = ws.db.write(lambda session: open_run(session, spec, model, project, None))
    yield
    class_ids = [c.id for c in prompts.classes]
    yield from fill(task, run, [model], class_ids, _zero_shot(project, model, vectors, background))
    further = yield from features.make(task, project)
    learned = _learned_run(ws, project, run, further.left)
    if learned:
        yield from fill_by_head(task, project, learned, model)
    items = _close_run(task, project, run, learned or run, encoded)
    yield
    alike_groups = yield from alike.group_new(ws, project, model)
    yield from rank.rank_project(task, project.id)
    if (further.news or not learned) and learning_due.has_labels(ws, project.id):
        enqueue_once(ws, "learn", project.id)
    drift.enqueue(ws, project.id)
    return {
        "items": items,
        "encoded": encoded,
        "from_cache": items - encoded,
        "alike_groups": alike_groups,
        "features_failed": further.failed,
        "recipe": run.recipe_id,
        "run": run.id,
        "model": model.name,
    }


def encode_text_steps(task: Task) -> Steps:
    """Encode the prompts of a project (interactive: a person waits for it)."""
    ws = task.ws
    project, prompts = _read(ws, task)
    encoder, model = _loaded(ws, project)
    _vectors(ws, encoder, model, prompts)
    yield
    texts = [text for own in prompts.texts for text in own]
    unknown = {text: encoder.unknown_words(text) for text in texts}
    return {
        "texts": len(texts),
        "unknown_words": {text: words for text, words in unknown.items() if words},
    }


def _read(ws: Workspace, task: Task) -> tuple[Project, Prompts]:
    with ws.db.read() as session:
        project = projects.by_id(session, task.job.project_id or "")
        return project, prompts_of(session, project)


def _loaded(ws: Workspace, project: Project) -> tuple[Encoder, Model]:
    """The project's encoder and its row."""
    source = resolve(project.model, ws.settings.models_dir).source
    encoder = ws.encoder(project.model)
    return encoder, register(ws, encoder, source)


def _vectors(
    ws: Workspace, encoder: Encoder, model: Model, prompts: Prompts
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    flat = [text for own in prompts.texts for text in own]
    found = text_vectors(ws, encoder, model, [*flat, *prompts.background])
    return pool_vectors(found, prompts.texts, prompts.background)


def _learned_run(ws: Workspace, project: Project, run: Run, left: Set[str]) -> Run | None:
    """The shown run of a head that began with ``run``: it goes on being shown, for all items.

    None where the head takes vectors of a model that was ``left``: new items have none.
    """
    with ws.db.read() as session:
        shown = projects.by_id(session, project.id).run_id
        found = proposals.run(session, shown) if shown else None
        if found is None or found.head_id is None:
            return None
        if left & {model.id for model in encoded.models_of(session, found)}:
            return None
        return found if zero_shot_run(session, found).id == run.id else None


def _zero_shot(
    project: Project,
    model: Model,
    vectors: NDArray[np.float32],
    background: NDArray[np.float32] | None,
) -> Proposer:
    return partial(
        propose,
        class_vectors=vectors,
        scale=model.logit_scale,
        bias=model.logit_bias,
        mode="multi" if project.mode == "multi" else "single",
        k=TOP_K,
        background=background,
        none_threshold=project.none_threshold or None,
    )


def _close_run(task: Task, project: Project, run: Run, shown: Run, encoded: int) -> int:
    now = task.ws.clock()

    def work(session: Session) -> int:
        items = proposals.count(session, run.id)
        projects.show_run(session, project.id, shown.id)
        proposals.finish_run(
            session, run.id, items=items, encoded=encoded, from_cache=items - encoded, now=now
        )
        proposals.mark_proposed(session, project.id, shown.id)
        task.progress(session, items, items, "ranking")
        return items

    return task.ws.db.write(work)


def _warn_of_unknown_words(task: Task, encoder: Encoder, prompts: Prompts) -> None:
    unknown = {
        c.name: sorted({word for text in own for word in encoder.unknown_words(text)})
        for own, c in zip(prompts.texts, prompts.classes, strict=True)
    }
    told = [f"{name} ({', '.join(words)})" for name, words in unknown.items() if words]
    if told:
        more = f" and {len(told) - WARNED_CLASSES:,} more" if len(told) > WARNED_CLASSES else ""
        task.log(
            f"the model {encoder.name} does not know words of {len(told):,} of {len(unknown):,} "
            "classes; its proposals for them mean nothing: "
            f"{'; '.join(told[:WARNED_CLASSES])}{more}",
            "warning",
        )
