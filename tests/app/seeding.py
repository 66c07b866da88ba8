"""A project as it stands before review: pictures imported by the real import, proposals written
as a model would, without loading one."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import select

from db import jobs, projects, proposals, queue
from db.tables import Item, Model, Project, Run
from labeling.class_names import name_key
from labeling.workflows import ingest
from labeling.workflows.jobs import Task
from labeling.workspace import Workspace

NO_CHECKS = {"audit_share": 0.0, "overlap_share": 0.0, "probe_share": 0.0}
CLASSES = ("cat", "dog", "bird", "fish", "fox", "owl")


def seed(
    ws: Workspace,
    folder: Path,
    count: int,
    *,
    name: str = "zoo",
    mode: str = "single",
    size: int = 28,
    prelabeled: bool = True,
    abstain: bool = False,
    drawn: Path | None = None,
    review: dict[str, Any] = NO_CHECKS,
) -> list[str]:
    """Make a project of ``count`` pictures with proposals; their SHA-256 in queue order.

    ``abstain``: none of these is proposed for each. ``drawn``: a folder of pictures that is
    imported instead of noise. ``review``: the review settings of the project.
    """
    project = _project(ws, name, mode, review)
    if count:
        _import(ws, name, drawn or _draw(folder, count, size))
    if prelabeled:
        _propose(ws, project, abstain=abstain)
    with ws.db.read() as session:
        return [item.sha256 for _, item, _ in queue.ranked(session, project.id, count)]


def _project(ws: Workspace, name: str, mode: str, review: dict[str, Any]) -> Project:
    new = [projects.NewClass(label, name_key(label), f"a {label}") for label in CLASSES]
    project = Project(name=name, mode=mode, review=review)
    return ws.db.write(lambda session: projects.add(session, project, new))


def _draw(folder: Path, count: int, size: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(7)
    for number in range(count):
        pixels = noise.integers(0, 256, (size, size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"picture_{number:04d}.png")
    return folder


def _import(ws: Workspace, name: str, folder: Path) -> None:
    job_id = ingest.enqueue(ws, name, [str(folder)])
    with ws.db.read() as session:
        job = jobs.get(session, job_id)
    assert job is not None
    for _ in ingest.steps(Task(ws, job)):
        pass


def _propose(ws: Workspace, project: Project, *, abstain: bool) -> None:
    spec = {"model": "written by a test"}
    recipe = hashlib.sha256(json.dumps(spec).encode()).hexdigest()

    def work(session) -> None:
        proposals.ensure_recipe(session, recipe, spec)
        model = proposals.find_model(session, "0" * 64, "none", "float32")
        model = model or proposals.add_model(session, _model())
        run = Run(project_id=project.id, recipe_id=recipe, model_id=model.id, revision=1)
        session.add(run)
        session.flush()
        ids = [c.id for c in projects.classes(session, project.id)]
        own = select(Item.id).where(Item.project_id == project.id).order_by(Item.id)
        items = session.scalars(own).all()
        rows = [_proposal(run.id, item, ids, number) for number, item in enumerate(items)]
        if abstain:
            rows = [{**row, "class_id": None, "none_score": 0.9} for row in rows]
        proposals.add_proposals(session, rows)
        proposals.mark_proposed(session, project.id, run.id)
        projects.show_run(session, project.id, run.id)
        queue.replace(
            session, project.id, [_entry(project.id, row, n) for n, row in enumerate(rows)]
        )

    ws.db.write(work)


def _model() -> Model:
    return Model(
        name="test",
        source="test",
        weights_hash="0" * 64,
        preprocessing="none",
        dtype="float32",
        dim=4,
        objective="softmax",
        logit_scale=1.0,
    )


def _proposal(run_id: str, item_id: str, class_ids: list[str], number: int) -> dict:
    scores = [0.8, 0.55, 0.1, 0.05, 0.02]
    order = class_ids[number % len(class_ids) :] + class_ids[: number % len(class_ids)]
    return {
        "run_id": run_id,
        "item_id": item_id,
        "class_id": order[0],
        "score": scores[0],
        "margin": scores[0] - scores[1],
        "entropy": 0.5,
        "none_score": 0.01,
        "top": [list(pair) for pair in zip(order, scores, strict=False)],
    }


def _entry(project_id: str, row: dict, rank: int) -> dict:
    return {
        "project_id": project_id,
        "item_id": row["item_id"],
        "rank": rank,
        "state": "queued",
        "policy": "margin",
        "value": row["margin"],
        "reason": "margin 0.25: cat or dog",
    }
