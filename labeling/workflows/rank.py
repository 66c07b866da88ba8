"""Ranking: a modAL learner over the zero-shot head, taught with the decisions so far."""

from __future__ import annotations

from collections.abc import Generator, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import assignments, checks, decisions, projects, proposals, queue, slots
from db.tables import OPEN, VERIFIED, Project, Purpose, QueueState
from labeling.scoring.abstain import NONE
from labeling.selection import policies
from labeling.workflows import aside, draws
from labeling.workflows.jobs import Steps, Task
from labeling.workflows.projects import shown_run
from labeling.workflows.zero_shot_head import head_of_run
from labeling.workspace import Workspace

STORED_RANKS = 5_000
AUDIT_EVERY = 8
"""Ranks in which one audit comes, as long as there are some."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Pool:
    """The items of a project: vectors, which wait, and what is known of the rest."""

    project: Project
    head: Any
    class_names: list[str]
    open_ids: list[str]
    open_vectors: NDArray[np.float32]
    labelled_vectors: NDArray[np.float32]
    answers: NDArray[np.int64]
    skipped: set[str]
    audits: set[str]


def steps(task: Task) -> Steps:
    """Rank the queue of a project anew."""
    project_id = task.job.project_id
    assert project_id is not None
    ranked = yield from rank_project(task, project_id)
    return {"ranked": ranked}


def rank_project(task: Task, project_id: str) -> Generator[None, None, int]:
    """Rank what waits by the project's policy and store the first ranks; how many."""
    pool = load_pool(task.ws, project_id)
    yield
    rows = queue_rows(pool)

    def work(session: Session) -> None:
        queue.replace(session, project_id, rows)
        slots.put_back(session, project_id)
        assignments.apply(session, project_id)

    task.ws.db.write(work)
    return len(rows)


def load_pool(ws: Workspace, project_id: str) -> Pool:
    """Read what ranking needs.

    Raises:
        InputError: the project was never pre-labeled.
    """
    with ws.db.read() as session:
        project = projects.by_id(session, project_id)
        run = shown_run(session, project)
        model = proposals.model(session, run.model_id)
        items = proposals.embedded_items(session, project_id, model.id)
        found = head_of_run(session, project, run, model)
        answers = _answers(session, project, found.class_ids)
        skipped = decisions.skipped_last(session, project_id)
        audits = checks.waiting_audits(session, project_id)
        hidden = audits | checks.near_waiting_audits(session, project_id)
    ready = {item for item, _, state in items if state in OPEN}
    waiting = [(item, row) for item, row, _ in items if item in ready and item not in hidden]
    known = [(item, row) for item, row, state in items if state in VERIFIED and item in answers]
    with ws.embeddings(model.id, model.dim, model.rows) as store:
        open_vectors = store.read(np.array([row for _, row in waiting], dtype=np.int64))
        labelled_vectors = store.read(np.array([row for _, row in known], dtype=np.int64))
    return Pool(
        project=project,
        head=found.head,
        class_names=found.class_names,
        open_ids=[item for item, _ in waiting],
        open_vectors=open_vectors,
        labelled_vectors=labelled_vectors,
        answers=np.array([answers[item] for item, _ in known], dtype=np.int64),
        skipped=skipped,
        audits=audits & ready,
    )


def queue_rows(pool: Pool) -> list[dict[str, Any]]:
    """The first ranks of a pool as rows of the queue; skipped items stand last.

    Audits have no place in the policy's order: they are mixed into it at random.
    """
    name = pool.project.policy
    taught = len(pool.answers) > 0
    learner = policies.learner(
        pool.head,
        pool.labelled_vectors if taught else None,
        pool.answers if taught else None,
        name,
    )
    ranked = policies.rank(learner, pool.open_vectors, name, STORED_RANKS, random_state=0)
    names = _best_names(learner, pool, ranked.indices)
    reasons = [
        policies.reason(name, float(value), best, len(pool.open_ids))
        for value, best in zip(ranked.values, names, strict=True)
    ]
    order = sorted(
        range(len(ranked.indices)), key=lambda n: pool.open_ids[ranked.indices[n]] in pool.skipped
    )
    rows = [
        _row(pool, pool.open_ids[ranked.indices[n]], float(ranked.values[n]), reasons[n])
        for n in order
    ]
    audits = _audit_rows(pool, pool.audits - pool.skipped)
    mixed = mix_in(rows, audits, np.random.default_rng(len(audits)))
    mixed += _audit_rows(pool, pool.audits & pool.skipped)
    return [row | {"rank": rank} for rank, row in enumerate(mixed[:STORED_RANKS], 1)]


def mix_in(rows: Sequence[Row], audits: Sequence[Row], chance: np.random.Generator) -> list[Row]:
    """``rows`` in their order with ``audits`` among the first of them, at random and evenly.

    One audit comes in each stretch of ``AUDIT_EVERY`` rows, at a place that is drawn; where there
    are fewer rows, the stretches are shorter.
    """
    stretch = min(AUDIT_EVERY, len(rows) / max(len(audits), 1))
    places = (np.arange(len(audits)) + chance.random(len(audits))) * stretch
    drawn = chance.permutation(len(audits))
    placed = [(n + 0.5, row) for n, row in enumerate(rows)]
    placed += [(place, audits[n]) for place, n in zip(places, drawn, strict=True)]
    return [row for _, row in sorted(placed, key=lambda pair: pair[0])]


def _audit_rows(pool: Pool, items: Set[str]) -> list[Row]:
    reason = draws.BLIND_REASONS[Purpose.AUDIT]
    rows = [_row(pool, item, np.nan, reason) for item in sorted(items)]
    return [row | {"purpose": Purpose.AUDIT, "policy": "audit", "reason": reason} for row in rows]


def _row(pool: Pool, item: str, value: float, reason: str) -> Row:
    return {
        "project_id": pool.project.id,
        "item_id": item,
        "purpose": Purpose.WORK,
        "state": QueueState.QUEUED,
        "policy": pool.project.policy,
        "value": None if np.isnan(value) else value,
        "reason": aside.SKIPPED if item in pool.skipped else reason,
    }


def _best_names(learner: Any, pool: Pool, indices: NDArray[np.int64]) -> Sequence[Sequence[str]]:
    """What each ranked item hesitates between, by name.

    The three most probable outcomes; in a multi-label project, where each class is a question of
    its own, the class nearest to one half, and its contrary.
    """
    if len(indices) == 0:
        return []
    shares = learner.predict_proba(pool.open_vectors[indices])
    if pool.project.mode == "multi":
        return [[pool.class_names[np.abs(row - 0.5).argmin()], "not"] for row in shares]
    outcomes = [*pool.class_names, "none of these"]
    return [[outcomes[c] for c in np.argsort(-row, kind="stable")[:3]] for row in shares]


def _answers(session: Session, project: Project, class_ids: Sequence[str]) -> dict[str, Any]:
    """What the decisions say, by item: a class index (NONE for none), or 0/1 for each class."""
    position = {class_id: n for n, class_id in enumerate(class_ids)}
    labels = decisions.labels(session, project.id)
    decided = decisions.decided_items(session, project.id, VERIFIED)
    if project.mode == "multi":
        return {item: [int(c in labels.get(item, ())) for c in class_ids] for item in decided}
    found = {}
    for item in decided:
        bears = labels.get(item, [])
        if not bears:
            found[item] = NONE
        elif bears[0] in position:
            found[item] = position[bears[0]]
    return found
