"""Verified labels that are probably wrong, put before a reviewer as second looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import heads, images, second_looks
from db.engine import chunks
from db.tables import ItemState, LookKind, LookOutcome
from labeling.quality.label_errors import Suspects, suspects, suspects_of_sets
from labeling.roles import Role
from labeling.scoring.abstain import NONE
from labeling.workflows import accounts, training
from labeling.workflows.jobs import Steps, Task, beside, is_waiting
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import find, shown_run
from labeling.workflows.training import Lesson
from labeling.workspace import Workspace

KIND = "suspects"
LOOKS_PER_TRANSACTION = 200
MOST = 1_000
"""Second looks that one search opens at most: the most suspicious."""


@dataclass(frozen=True)
class Doubt:
    """An item whose label is doubted, and what to tell the reviewer."""

    item_id: str
    reason: str


def enqueue(ws: Workspace, project_name: str, user_id: str | None = None) -> str:
    """Put a search for wrong labels in line; the id of its job.

    Raises:
        InputError: the project was never pre-labeled.
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        shown_run(session, project)
    return put_in_line(ws, KIND, project.id, user_id=user_id)


def ask(ws: Workspace, user_id: str, project_name: str) -> None:
    """Put a search in line for a reviewer, unless one waits already.

    Raises:
        ForbiddenError: the person is no reviewer here.
        InputError: the project was never pre-labeled.
        NotFoundError: there is no such project.
    """
    accounts.require(ws, user_id, Role.REVIEWER, project_name)
    with ws.db.read() as session:
        project_id = find(session, project_name).id
    if not is_waiting(ws, KIND, project_id):
        enqueue(ws, project_name, user_id)


def steps(task: Task) -> Steps:
    """Doubt the verified labels of a project anew.

    A label that a reviewer has confirmed is doubted no more; a doubt that has gone is closed. Blind
    audits are left out, since no head may look at them.
    """
    ws = task.ws
    lesson = training.read(ws, task.job.project_id or "")
    yield
    found = yield from beside(lambda: search(lesson, head_kind(ws, lesson)))
    doubts = _doubts(lesson, found)[:MOST]
    closed = _close_gone(task, lesson.project.id, {doubt.item_id for doubt in doubts})
    yield
    opened = 0
    for few in chunks(doubts, LOOKS_PER_TRANSACTION):
        opened += _open(task, lesson.project.id, few)
        yield
    return {
        "looked_at": found.n,
        "suspects": len(found.rows),
        "expected_wrong": round(found.expected, 1),
        "opened": opened,
        "closed": closed,
        "method": found.method,
    }


def search(lesson: Lesson, kind: str) -> Suspects:
    """Doubt labels by heads of one kind that never saw the picture in question."""
    from labeling.heads.held_out import held_out_shares

    X, y = lesson.taught.X, lesson.taught.y
    head = lesson.kinds()[kind]
    shares = held_out_shares(head, X, y, np.ones(len(X), dtype=bool))
    if head.multilabel:
        return suspects_of_sets(y.astype(bool), shares)
    outcomes = list(head.classes_)
    answered = np.isin(y, outcomes)
    found = suspects(_positions(y[answered], outcomes), shares[answered])
    return Suspects(
        np.flatnonzero(answered)[found.rows],
        found.quality,
        head.classes_[found.likelier],
        found.expected,
        found.n,
    )


def _positions(y: NDArray[np.int64], outcomes: Sequence[int]) -> NDArray[np.int64]:
    place = {outcome: n for n, outcome in enumerate(outcomes)}
    return np.array([place[int(one)] for one in y], dtype=np.int64)


def head_kind(ws: Workspace, lesson: Lesson) -> str:
    """The kind of head that the project learned last; the preferred one before the first."""

    with ws.db.read() as session:
        newest = heads.newest(session, lesson.project.id)
    known = lesson.kinds()
    return newest.kind if newest and newest.kind in known else next(iter(known))


def _doubts(lesson: Lesson, found: Suspects) -> list[Doubt]:
    names = lesson.zero_shot.class_names
    multi = lesson.project.mode == "multi"
    doubts = []
    for row, quality, likelier in zip(found.rows, found.quality, found.likelier, strict=True):
        name = "none of these" if likelier == NONE else names[likelier]
        what = f"doubtful: {name}" if multi else f"more like {name}"
        reason = f"{what} (the given label has {quality:.0%})"
        doubts.append(Doubt(lesson.taught.items[row], reason))
    return doubts


def _close_gone(task: Task, project_id: str, doubted: set[str]) -> int:
    def work(session: Session) -> int:
        gone = second_looks.open_items(session, project_id, LookKind.SUSPECT) - doubted
        for item in gone:
            second_looks.close_item(
                session, item, None, LookOutcome.SETTLED, kinds=(LookKind.SUSPECT,)
            )
        return len(gone)

    return task.ws.db.write(work)


def _open(task: Task, project_id: str, doubts: Sequence[Doubt]) -> int:
    def work(session: Session) -> int:
        waiting = second_looks.open_items(session, project_id, LookKind.SUSPECT)
        items = images.with_sizes(session, [doubt.item_id for doubt in doubts])
        verified = {id_ for id_, row in items.items() if row[0].state == ItemState.VERIFIED}
        new = [doubt for doubt in doubts if doubt.item_id in verified - waiting]
        for doubt in new:
            second_looks.open(session, project_id, doubt.item_id, LookKind.SUSPECT, doubt.reason)
        return len(new)

    return task.ws.db.write(work)


def summary(result: dict[str, Any]) -> str:
    """What a search found, in one sentence."""
    return (
        f"{result['suspects']:,} of {result['looked_at']:,} verified labels are doubted, about "
        f"{result['expected_wrong']:,} of them wrong; {result['opened']:,} new ones wait under "
        "Second look"
    )
