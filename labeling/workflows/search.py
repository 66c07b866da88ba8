"""Finding more of the same: undecided pictures like words, a picture, or by the head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import checks, images, projects, proposals, queue, users
from db.tables import OPEN, Model, Project, Run
from labeling.errors import InputError
from labeling.roles import Role
from labeling.workflows import accounts, encoded, offers
from labeling.workflows.embed import text_vectors
from labeling.workflows.jobs import INTERACTIVE, Steps, Task
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import find, shown_run
from labeling.workflows.trained_heads import head_of
from labeling.workspace import Workspace

KIND = "search"
MOST = 200
TEXT, PICTURE, HEAD = "text", "picture", "head"
BY = (TEXT, PICTURE, HEAD)


@dataclass(frozen=True)
class Pool:
    """What a search looks through: undecided items and their vectors float32 [n, d]."""

    project: Project
    run: Run
    model: Model
    items: list[str]
    vectors: NDArray[np.float32]


def enqueue(
    ws: Workspace,
    project_name: str,
    by: str,
    what: str,
    *,
    limit: int = 60,
    user_id: str | None = None,
) -> str:
    """Put a search in line, ahead of long work; the id of its job.

    Args:
        ws: the workspace.
        project_name: the project.
        by: "text", "picture" or "head".
        what: words; the SHA-256 of a picture of the project; the name of a class.
        limit: how many pictures, at most ``MOST``.
        user_id: who asks.

    Raises:
        InputError: ``what`` names nothing, or the project was never pre-labeled.
        NotFoundError: there is no such project.
    """
    if by not in BY or not what.strip() or not 1 <= limit <= MOST:
        raise InputError(
            "a search needs words, a picture or a class",
            f"Search by one of {', '.join(BY)}, for 1 to {MOST} pictures.",
        )
    with ws.db.read() as session:
        project = find(session, project_name)
        shown_run(session, project)
        if by == PICTURE and not images.ids_by_sha(session, project.id, [what]):
            raise InputError(f"the project has no picture {what[:16]}", "Give its whole SHA-256.")
        if by == HEAD and what not in projects.class_names(session, project.id).values():
            raise InputError(f"the project has no class {what!r}", "See: prelabel classes show")
    parameters = {"by": by, "what": what.strip(), "limit": limit}
    return put_in_line(ws, KIND, project.id, parameters, user_id=user_id, priority=INTERACTIVE)


def ask(ws: Workspace, user_id: str, project_name: str, by: str, what: str) -> None:
    """Put a search in line for a lead.

    Raises:
        ForbiddenError: the person is no lead here.
        InputError, NotFoundError: as in ``enqueue``.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)
    enqueue(ws, project_name, by, what, user_id=user_id)


def steps(task: Task) -> Steps:
    """Search the undecided pictures of a project; those near a waiting audit stay out."""
    ws, given = task.ws, task.job.parameters
    pool = _read(ws, task.job.project_id or "")
    yield
    rows, scores = _found(ws, pool, given["by"], given["what"], given["limit"])
    found = [
        {"item": pool.items[row], "score": round(float(score), 4)}
        for row, score in zip(rows, scores, strict=True)
    ]
    return {"by": given["by"], "what": given["what"], "searched": len(pool.items), "found": found}


def pictures(ws: Workspace, result: dict[str, Any]) -> list[dict[str, Any]]:
    """What a search found, as pictures to show: item, sha, width, height, source, score.

    Pictures that somebody has decided since are left out.
    """
    scores = {row["item"]: row["score"] for row in result["found"]}
    with ws.db.read() as session:
        told = offers.pictures(session, list(scores))
        return [
            told[item][1] | {"score": score}
            for item, score in scores.items()
            if item in told and told[item][0].state in OPEN
        ]


def hand_over(
    ws: Workspace, user_id: str, project_name: str, items: Sequence[str], to: str, reason: str
) -> int:
    """Let found pictures wait for one person, before all other work of theirs; how many.

    Raises:
        ForbiddenError: who asks is no lead here.
        InputError: nobody of that name may decide here.
        NotFoundError: there is no such project.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)
    if to not in {person["name"] for person in accounts.people(ws, project_name)}:
        raise InputError(f"{to!r} may not decide here", "Choose a name from the list.")

    def work(session: Session) -> int:
        project, person = find(session, project_name), users.ensure(session, to)
        hidden = checks.near_waiting_audits(session, project.id)
        free = [i for i in queue.free_for_first(session, project.id, items) if i not in hidden]
        for item in free:
            queue.hand_over(session, project.id, item, person.id, reason)
        return len(free)

    return ws.db.write(work)


def _read(ws: Workspace, project_id: str) -> Pool:
    with ws.db.read() as session:
        project = projects.by_id(session, project_id)
        run = shown_run(session, project)
        model = proposals.model(session, run.model_id)
        hidden = checks.waiting_audits(session, project_id)
        hidden |= checks.near_waiting_audits(session, project_id)
        known = proposals.embedded_items(session, project_id, model.id)
    waiting = [(i, row) for i, row, state in known if state in OPEN and i not in hidden]
    with ws.embeddings(model.id, model.dim, model.rows) as store:
        vectors = store.read(np.array([row for _, row in waiting], dtype=np.int64))
    return Pool(project, run, model, [item for item, _ in waiting], vectors)


def _found(
    ws: Workspace, pool: Pool, by: str, what: str, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    """Rows of the pool and their scores: cosines, or probabilities by the head."""
    from labeling.search import nearest

    if by == HEAD:
        return _likeliest(ws, pool, what, limit)
    query = _text(ws, pool, what) if by == TEXT else _picture(ws, pool, what)
    own = _items_of(ws, pool, what) if by == PICTURE else set()
    rows, scores = nearest(pool.vectors, query, limit + len(own))
    kept = [n for n, row in enumerate(rows[0]) if row >= 0 and pool.items[row] not in own][:limit]
    return rows[0][kept], scores[0][kept]


def _text(ws: Workspace, pool: Pool, what: str) -> NDArray[np.float32]:
    return text_vectors(ws, ws.encoder(pool.project.model), pool.model, [what])


def _picture(ws: Workspace, pool: Pool, sha: str) -> NDArray[np.float32]:
    with ws.db.read() as session:
        row = proposals.embedding_row(session, pool.model.id, sha)
    if row is None:
        raise InputError(f"the picture {sha[:16]} has no embedding", "Pre-label the project again.")
    with ws.embeddings(pool.model.id, pool.model.dim, pool.model.rows) as store:
        return store.read(np.array([row], dtype=np.int64))


def _items_of(ws: Workspace, pool: Pool, sha: str) -> set[str]:
    with ws.db.read() as session:
        return set(images.ids_by_sha(session, pool.project.id, [sha]).values())


def _likeliest(
    ws: Workspace, pool: Pool, class_name: str, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    with ws.db.read() as session:
        found = head_of(session, pool.project, pool.run, pool.model)
        models = encoded.models_of(session, pool.run)
        rows_of = encoded.rows(session, pool.project.id, models)
    if class_name not in found.class_names:
        raise InputError(
            f"the shown proposals do not know the class {class_name!r}",
            f"Pre-label again: prelabel run {pool.project.name}",
        )
    known = [n for n, item in enumerate(pool.items) if item in rows_of]
    vectors = encoded.read(ws, models, [rows_of[pool.items[n]] for n in known])
    shares = found.head.predict_proba(vectors)[:, found.class_names.index(class_name)]
    best = np.argsort(-shares, kind="stable")[:limit]
    return np.array(known, dtype=np.int64)[best], shares[best]
