"""Proposals of a run for every item that lacks one, part by part."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import proposals
from db.engine import chunks
from db.tables import Head, Model, Project, Run
from labeling.scoring.zero_shot import Proposed
from labeling.workflows import encoded
from labeling.workflows.jobs import Task
from labeling.workflows.recipes import recipe_id

TOP_K = 5
ROWS_PER_TRANSACTION = 2_000
ITEMS_PER_CHUNK = 20_000
CELLS_PER_CHUNK = 4_000_000
"""Probabilities (items × classes) that are computed at a time, in well under two seconds."""

Proposer = Callable[[NDArray[np.float32]], Proposed]
"""From picture vectors [n, d], as `encoded.read` gives them, to proposals."""


def open_run(
    session: Session, spec: dict[str, Any], model: Model, base: Project | Run, head: Head | None
) -> Run:
    """The run of a recipe: the one that exists goes on with what it lacks.

    Args:
        session: an open transaction.
        spec: the recipe.
        model: the encoder of the vectors.
        base: the project as it stands now, or the zero-shot run that a head began with: whose
            class set revision holds.
        head: the head that proposes; None: zero-shot does.
    """
    recipe = recipe_id(spec)
    project_id = base.id if isinstance(base, Project) else base.project_id
    proposals.ensure_recipe(session, recipe, spec)
    run = proposals.latest_run(session, project_id, recipe)
    if run is None:
        run = Run(project_id=project_id, recipe_id=recipe, model_id=model.id)
        run.revision, run.head_id = base.revision, head.id if head else None
        session.add(run)
        session.flush()
    return run


def fill(
    task: Task, run: Run, models: Sequence[Model], class_ids: Sequence[str], proposer: Proposer
) -> Generator[None, None, None]:
    """Propose for the items that a run lacks, those too that come while it is at work.

    After the last part nothing is lacking, until the caller yields to other jobs. Items without a
    vector under each of ``models``, those that the proposer takes side by side, get none.
    """
    size = min(ITEMS_PER_CHUNK, max(1, CELLS_PER_CHUNK // len(class_ids)))
    while todo := _lacking(task, run, models):
        total = len(todo)
        for number, part in enumerate(chunks(todo, size)):
            vectors = encoded.read(task.ws, models, [rows for _, rows in part], checked=True)
            new = proposal_rows(run.id, [item for item, _ in part], class_ids, proposer(vectors))
            for offset, few in enumerate(chunks(new, ROWS_PER_TRANSACTION), 1):
                done = number * size + offset * ROWS_PER_TRANSACTION
                yield
                task.ws.db.write(partial(_add, task, few, min(done, total), total))


def _lacking(
    task: Task, run: Run, models: Sequence[Model]
) -> Sequence[tuple[str, tuple[int, ...]]]:
    """The items that a run has no proposal for, and the rows of their vectors."""
    with task.ws.db.read() as session:
        todo = proposals.unproposed(session, run)
        if [model.id for model in models] == [run.model_id]:
            return [(item, (row,)) for item, row in todo]
        rows = encoded.rows(session, run.project_id, models)
    return [(item, rows[item]) for item, _ in todo if item in rows]


def _add(
    task: Task, rows: Sequence[dict[str, Any]], done: int, total: int, session: Session
) -> None:
    proposals.add_proposals(session, rows)
    task.progress(session, done, total, "proposing")


def proposal_rows(
    run_id: str, item_ids: Sequence[str], class_ids: Sequence[str], proposed: Proposed
) -> list[dict[str, Any]]:
    """Proposals as rows; ``class_id`` is None where none of these is proposed."""
    return [
        {
            "run_id": run_id,
            "item_id": item,
            "class_id": None if none_of_these else class_ids[top[0]],
            "score": float(score[0]),
            "margin": float(margin),
            "entropy": float(entropy),
            "none_score": float(none),
            "chosen": min(int(chosen), len(top)),
            "top": [[class_ids[c], round(float(s), 6)] for c, s in zip(top, score, strict=True)],
        }
        for item, top, score, margin, entropy, none, chosen, none_of_these in zip(
            item_ids,
            proposed.top,
            proposed.score,
            proposed.margin,
            proposed.entropy,
            proposed.none,
            proposed.chosen.sum(axis=1),
            proposed.abstained,
            strict=True,
        )
    ]
