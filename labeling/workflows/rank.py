"""Ranking: a modAL learner over the shown head, and the mix of policy, control and audit."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import assignments, checks, decisions, learning, passing, projects, proposals, queue, slots
from db.engine import chunks
from db.tables import OPEN, Project, Purpose, QueueState
from labeling import review_settings
from labeling.selection import control, policies
from labeling.workflows import aside, draws, encoded, queue_mix, training, views
from labeling.workflows.jobs import Steps, Task, beside
from labeling.workflows.projects import shown_run
from labeling.workflows.queue_mix import Row
from labeling.workflows.trained_heads import head_of
from labeling.workflows.training import Taught
from labeling.workspace import Workspace

STORED_RANKS = 5_000
SHADOWS_PER_TRANSACTION = 300


@dataclass(frozen=True)
class Pool:
    """The items of a project that wait: vectors, the shown head, what is known of the rest.

    Args:
        project: the project.
        head: the shown head, with its classes by name.
        is_taught: whether the head has learned already.
        class_names: names of its classes.
        open_ids: what waits and is no audit, nor near one that waits.
        open_vectors: vectors of ``open_ids``, float32 [n, d].
        taught: what the decisions say.
        in_random_order: rows of ``open_ids`` that were not skipped, in the permanent random order.
        skipped: items whose newest decision is a skip, with its reason.
        audits: audits that wait.
        drawn_ids: the audits of the imports, decided or not: they are ranked too, as if they were
            none, to know how far the policy has come.
        drawn_vectors: their vectors [m, d].
    """

    project: Project
    head: Any
    is_taught: bool
    class_names: list[str]
    open_ids: list[str]
    open_vectors: NDArray[np.float32]
    taught: Taught
    in_random_order: NDArray[np.intp]
    skipped: dict[str, str | None]
    audits: set[str]
    drawn_ids: list[str]
    drawn_vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Ranking:
    """The first ranks as rows of the queue, and the audits' shadow ranks by item id.

    A shadow rank is the one after which the policy would have picked the audit.
    """

    rows: list[Row]
    shadows: dict[str, int]


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
    ranking = yield from beside(lambda: ranking_of(pool))
    with task.ws.db.read() as session:
        seq = learning.newest_decision(session, project_id)
        marks = views.marks(session, project_id)

    def work(session: Session) -> None:
        passing.mark_offered(session, project_id, seq)
        queue.replace(session, project_id, ranking.rows)
        slots.put_back(session, project_id)
        assignments.apply(session, project_id)

    task.ws.db.write(work)
    for few in chunks(list(ranking.shadows.items()), SHADOWS_PER_TRANSACTION):
        task.ws.db.write(partial(_set_shadows, project_id, few))
    for mark in marks:
        task.ws.db.write(partial(_mark_decided, project_id, mark, seq))
    return len(ranking.rows)


def _set_shadows(project_id: str, shadows: Sequence[tuple[str, int]], session: Session) -> None:
    passing.set_shadows(session, project_id, shadows)


def _mark_decided(project_id: str, mark: passing.Mark, seq: int, session: Session) -> None:
    passing.mark_decided(session, project_id, mark, seq)


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
        models = encoded.models_of(session, run)
        alone = [one.id for one in models] == [model.id]
        rows: encoded.Rows = (
            {item: (row,) for item, row, _ in items}
            if alone
            else encoded.rows(session, project_id, models)
        )
        found = head_of(session, project, run, model)
        known = training.labels(session, project, found.class_ids)
        order = learning.random_order(session, project_id)
        skipped = decisions.skipped_last(session, project_id)
        audits = checks.waiting_audits(session, project_id)
        hidden = audits | checks.near_waiting_audits(session, project_id)
        drawn = passing.audit_items(session, project_id)
    able = [(item, state) for item, _, state in items if item in rows]
    ready = {item for item, state in able if state in OPEN}
    open_ids = [item for item, _ in able if item in ready and item not in hidden]
    drawn_ids = [item for item, _ in able if item in drawn]
    known = [label for label in known if label.item_id in rows]
    place = {item: n for n, item in enumerate(open_ids) if item not in skipped}
    waiting = [(p.random_rank, place[p.item_id]) for p in order if p.item_id in place]
    return Pool(
        project=project,
        head=found.head,
        is_taught=run.head_id is not None,
        class_names=found.class_names,
        open_ids=open_ids,
        open_vectors=encoded.read(ws, models, [rows[item] for item in open_ids]),
        taught=training.teach(ws, models, known, rows, project, found.class_ids),
        in_random_order=np.array([n for _, n in sorted(waiting)], dtype=np.intp),
        skipped=skipped,
        audits=audits & ready,
        drawn_ids=drawn_ids,
        drawn_vectors=encoded.read(ws, models, [rows[item] for item in drawn_ids]),
    )


def ranking_of(pool: Pool) -> Ranking:
    """Rank a pool; skipped items stand last."""
    settings = review_settings.read(pool.project.review)
    total = min(len(pool.open_ids), STORED_RANKS)
    drawn = pool.in_random_order[: queue_mix.control_count(settings.control_share, total)]
    rows, before = _policy_rows(pool, settings.confident_share, set(drawn.tolist()))
    chance = np.random.default_rng(len(pool.audits))
    mixed = queue_mix.with_control(rows, _control_rows(pool, drawn), chance)
    mixed = queue_mix.with_audits(
        mixed, _audit_rows(pool, pool.audits - pool.skipped.keys()), chance
    )
    mixed.sort(key=lambda row: row["item_id"] in pool.skipped)
    mixed += _audit_rows(pool, pool.audits & pool.skipped.keys())
    ranked = [row | {"rank": rank} for rank, row in enumerate(mixed[:STORED_RANKS], 1)]
    picked = [row["rank"] for row in ranked if row["purpose"] == Purpose.WORK]
    return Ranking(
        ranked,
        {item: picked[n] - 1 for item, n in before.items() if n < len(picked)},
    )


def _policy_rows(
    pool: Pool, confident_share: float, drawn: set[int]
) -> tuple[list[Row], dict[str, int]]:
    """What the policy picks, without what is ``drawn`` for control; the surest items last.

    Beside the rows, for each audit that it would have picked how many rows come before it.
    """
    name, count = pool.project.policy, len(pool.open_ids)
    learner = _learner(pool)
    vectors = np.concatenate([pool.open_vectors, pool.drawn_vectors])
    ranked = policies.rank(learner, vectors, name, STORED_RANKS, random_state=0)
    surest = _surest(pool, learner, vectors, confident_share)
    kept = [n for n, index in enumerate(ranked.indices) if index not in drawn]
    kept.sort(key=lambda n: surest[ranked.indices[n]])
    names = _best_names(learner, pool, vectors[ranked.indices])
    rows: list[Row] = []
    before: dict[str, int] = {}
    passed_over = 0
    for n in kept:
        index, value = int(ranked.indices[n]), float(ranked.values[n])
        if index >= count:
            before[pool.drawn_ids[index - count]] = len(rows) - passed_over
            continue
        rows.append(_row(pool, index, value, policies.reason(name, value, names[n], count)))
        passed_over += pool.open_ids[index] in pool.skipped
    return rows, before


def _learner(pool: Pool) -> Any:
    """A modAL learner over the shown head, which knows what the decisions say.

    Before the first refit it learns from them here.
    """
    X, y = pool.taught.X, pool.taught.y
    if not pool.is_taught and len(y):
        return policies.learner(pool.head, X, y, pool.project.policy)
    learner = policies.learner(pool.head, policy_name=pool.project.policy)
    if len(y):
        learner.X_training, learner.y_training = X, y
    return learner


def _surest(
    pool: Pool, learner: Any, vectors: NDArray[np.float32], share: float
) -> NDArray[np.bool_]:
    """What is left for the grid; nothing before a head has learned enough to propose."""
    if not (pool.is_taught and share and len(vectors)):
        return np.zeros(len(vectors), dtype=bool)
    return queue_mix.surest(learner.predict_proba(vectors), share)


def _control_rows(pool: Pool, drawn: NDArray[np.intp]) -> list[Row]:
    told = {"purpose": Purpose.CONTROL, "policy": control.NAME}
    return [_row(pool, int(index), np.nan, control.REASON) | told for index in drawn]


def _audit_rows(pool: Pool, items: set[str]) -> list[Row]:
    reason = draws.BLIND_REASONS[Purpose.AUDIT]
    told = {"purpose": Purpose.AUDIT, "policy": "audit", "reason": reason}
    return [_row_of(pool, item, np.nan, reason) | told for item in sorted(items)]


def _row(pool: Pool, index: int, value: float, reason: str) -> Row:
    return _row_of(pool, pool.open_ids[index], value, reason)


def _row_of(pool: Pool, item: str, value: float, reason: str) -> Row:
    return {
        "project_id": pool.project.id,
        "item_id": item,
        "purpose": Purpose.WORK,
        "state": QueueState.QUEUED,
        "policy": pool.project.policy,
        "value": None if np.isnan(value) else value,
        "reason": aside.skipped(pool.skipped[item]) if item in pool.skipped else reason,
    }


def _best_names(learner: Any, pool: Pool, vectors: NDArray[np.float32]) -> Sequence[Sequence[str]]:
    """What each of some pictures hesitates between, by name.

    The three most probable outcomes; in a multi-label project, where each class is a question of
    its own, the class nearest to one half, and its contrary.
    """
    if len(vectors) == 0:
        return []
    shares = learner.predict_proba(vectors)
    if pool.project.mode == "multi":
        return [[pool.class_names[np.abs(row - 0.5).argmin()], "not"] for row in shares]
    outcomes = [*pool.class_names, "none of these"]
    return [[outcomes[c] for c in np.argsort(-row, kind="stable")[:3]] for row in shares]
