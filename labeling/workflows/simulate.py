"""Replays of a project with the truth as the annotator: what a policy would have saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from db import projects, proposals
from db.tables import Project
from labeling.errors import InputError
from labeling.scoring.abstain import NONE
from labeling.selection import policies
from labeling.workflows import encoded, training
from labeling.workflows.jobs import Steps, Task
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import find, shown_run
from labeling.workflows.truth import read_truth
from labeling.workflows.zero_shot_head import head_of_run
from labeling.workspace import Workspace

if TYPE_CHECKING:
    from labeling.heads.columns import Columns

DEFAULT_BATCH = 20
DEFAULT_SEEDS = 3


@dataclass(frozen=True)
class Replayed:
    """What a replay works on: vectors [n, d], true class indices [n], the zero-shot head.

    ``further``: the columns of the project's further models.
    """

    vectors: NDArray[np.float32]
    truth: NDArray[np.int64]
    head: Any
    further: Sequence[Columns]


def enqueue(
    ws: Workspace,
    project_name: str,
    truth: str,
    policy_names: Sequence[str],
    *,
    budget: int | None = None,
    batch: int = DEFAULT_BATCH,
    seeds: int = DEFAULT_SEEDS,
) -> str:
    """Put a replay in line; the id of its job.

    Raises:
        InputError: a policy is unknown, a number is out of range, or the project is multi-label.
    """
    for name in policy_names:
        policies.require_known(name)
    if not policy_names or batch < 1 or seeds < 1 or (budget is not None and budget < 1):
        raise InputError("a replay needs a policy, and budget, batch and seeds of at least 1")
    with ws.db.read() as session:
        project = find(session, project_name)
        _require_single(project)
        shown_run(session, project)
    parameters = {
        "truth": str(Path(truth).absolute()),
        "policies": list(policy_names),
        "budget": budget,
        "batch": batch,
        "seeds": seeds,
    }
    return put_in_line(ws, "simulate", project.id, parameters)


def steps(task: Task) -> Steps:
    """Replay the project once for each policy and seed, with the preferred kind of head."""
    from labeling.heads.candidates import candidates
    from labeling.heads.transductive import pool_rows
    from labeling.selection.simulation import Plan, replays

    given = task.job.parameters
    replayed = load(task.ws, task.job.project_id or "", given["truth"])
    plan = Plan(budget=given["budget"], batch=given["batch"])
    pool = replayed.vectors[pool_rows(len(replayed.vectors))]
    head = next(iter(candidates(replayed.head, pool, replayed.further).values()))
    curves = {}
    for done, policy in enumerate(given["policies"]):
        task.tell(done, len(given["policies"]), f"replaying {policy}")
        yield
        curve = replays(
            replayed.vectors,
            replayed.truth,
            head,
            policy,
            plan,
            seeds=range(given["seeds"]),
        )
        curves[policy] = curve.as_dict()
    return {"items": len(replayed.truth), "policies": curves}


def load(ws: Workspace, project_id: str, truth_path: str) -> Replayed:
    """Read vectors, truth and the zero-shot head of a project's shown run.

    Raises:
        InputError: the truth can't be used, or covers no item that has an embedding.
    """
    with ws.db.read() as session:
        project = projects.by_id(session, project_id)
        _require_single(project)
        run = shown_run(session, project)
        model = proposals.model(session, run.model_id)
        found = head_of_run(session, project, run, model)
        truth = read_truth(session, project, truth_path)
        further = training.further(session, project_id, model)
        models = (model, *(one for _, one in further))
        rows = encoded.rows(session, project_id, models)
    position = {class_id: n for n, class_id in enumerate(found.class_ids)}
    known = [(rows[item], truth[item]) for item in sorted(rows) if item in truth]
    if not known:
        raise InputError(f"{truth_path} names no picture that has an embedding")
    return Replayed(
        encoded.read(ws, models, [row for row, _ in known]),
        np.array([position[labels[0]] if labels else NONE for _, labels in known]),
        found.head,
        [columns for columns, _ in further],
    )


def _require_single(project: Project) -> None:
    if project.mode != "single":
        raise InputError(
            f"the project {project.name!r} is multi-label", "Replays need one label a picture."
        )
