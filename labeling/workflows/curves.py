"""Learning curves: heads refitted on the first labels of each arm, scored on the blind audits.

The policy arm takes all labels that train, in the order in which they were decided; the control arm
those of the decided beginning of the permanent random order, in that order: what random order would
have given. Both are scored on the same audits at the same numbers of labels. A point knows how many
decisions its labels took, too: those of a page of the grid that was confirmed at once took one, in
random order each takes its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db import learning
from db.heads import CONTROL, POLICY
from db.learning import Blind
from labeling.workflows import training
from labeling.workflows.jobs import Task, beside
from labeling.workflows.learning_due import BATCH
from labeling.workflows.trained_heads import proposer
from labeling.workflows.training import Lesson, Taught

GROWTH = 1.2
"""From one point to the next the labels, and from one scoring to the next the audits, grow so."""
FIRST_AUDITS = 5
"""Audits below which no point is worth its place."""


@dataclass(frozen=True)
class Scored:
    """The audits that every point is scored on, and what tells them from others."""

    taught: Taught
    signature: str


def extend(task: Task, lesson: Lesson, kind: str) -> Generator[None, None, int]:
    """Store the points that are lacking, or were scored on other audits; how many.

    Args:
        task: the job.
        lesson: what there is to learn from.
        kind: the kind of head that is in use.
    """
    audits, answers = training.audits(task.ws, lesson)
    scored = _scored(lesson, audits, answers, kind)
    wanted = _wanted(lesson) if scored else {}
    with task.ws.db.read() as session:
        known = learning.points(session, lesson.project.id)
    fresh = {
        (p.arm, p.labels)
        for p in known
        if scored and p.figures["audits"] == scored.signature and p.kind == _kind(kind, p.labels)
    }
    gone = [(p.arm, p.labels) for p in known if (p.arm, p.labels) not in wanted]
    project_id, now = lesson.project.id, task.ws.clock()
    task.ws.db.write(lambda session: learning.remove_points(session, project_id, gone))
    lacking = [key for key in wanted if key not in fresh]
    for key in lacking:
        assert scored is not None
        row = yield from beside(_point_of(lesson, scored, kind, key, wanted[key]))
        task.ws.db.write(_storing(project_id, row, now))
        yield
    return len(lacking)


def label_counts(available: int) -> list[int]:
    """At how many labels a curve has points: 0, then whole batches, thinner as they grow."""
    counts, following = [0], BATCH
    while following <= available:
        counts.append(following)
        following = max(following + BATCH, int(following * GROWTH / BATCH) * BATCH)
    return counts


def audit_count(available: int) -> int:
    """How many of the audits are scored on: as many as there are, rounded down to few sizes.

    So a new audit does not ask for every head of the curves to be fitted again.
    """
    count = 0
    following = FIRST_AUDITS
    while following <= available:
        count, following = following, max(following + 1, round(following * GROWTH))
    return count


def _kind(kind: str, labels: int) -> str:
    """The kind of head at a point: without any label it is zero-shot."""
    return kind if labels else "zero_shot"


def _scored(lesson: Lesson, audits: Taught, answers: Sequence[Blind], kind: str) -> Scored | None:
    count = audit_count(len(answers))
    if not count:
        return None
    told = [[answer.item_id, sorted(answer.labels)] for answer in answers[:count]]
    _, seen = lesson.alone(lesson.kinds()[kind])
    further = [seen] if seen != [lesson.model.id] else []
    text = json.dumps([lesson.run.recipe_id, told, *further])
    few = slice(count)
    taught = Taught(audits.items[few], audits.X[few], audits.y[few], audits.seqs[few])
    return Scored(taught, hashlib.sha256(text.encode()).hexdigest())


def _wanted(lesson: Lesson) -> dict[tuple[str, int], NDArray[np.intp]]:
    """The rows of the labels that each point learns from, by arm and number of labels."""
    orders = {POLICY: np.arange(len(lesson.taught.items)), CONTROL: lesson.control}
    return {
        (arm, count): order[:count]
        for arm, order in orders.items()
        for count in label_counts(len(order))
    }


def _point_of(
    lesson: Lesson, scored: Scored, kind: str, key: tuple[str, int], rows: NDArray[np.intp]
) -> Any:
    return lambda: point(lesson, scored, _kind(kind, len(rows)), key[0], rows)


def _storing(project_id: str, row: dict[str, Any], now: Any) -> Any:
    return lambda session: learning.replace_points(session, project_id, [row], now)


def point(
    lesson: Lesson, scored: Scored, kind: str, arm: str, rows: NDArray[np.intp]
) -> dict[str, Any]:
    """Fit a head on some labels and score it: a row of ``learning_point``.

    An audit is right where all its labels are what would be proposed, and no others. The log-loss
    leaves out audits whose answer is no outcome of the head.
    """
    from labeling.heads.choice import log_losses

    head = lesson.kinds()[kind]
    head.fit(lesson.taught.X[rows], lesson.taught.y[rows])
    audits = scored.taught
    proposed = proposer(head, lesson.project.none_threshold)(audits.X)
    right = (proposed.chosen == _truth(audits.y, head.n_classes)).all(axis=1)
    known = np.ones(len(right), dtype=bool)
    if not head.multilabel:
        right &= audits.y < head.n_classes
        known = np.isin(audits.y, head.classes_)
    losses = log_losses(head, audits.X[known], audits.y[known])
    return {
        "arm": arm,
        "labels": len(rows),
        "kind": kind,
        "right": int(right.sum()),
        "n": len(right),
        "log_loss": float(losses.mean()) if len(losses) else None,
        "figures": {
            "audits": scored.signature,
            "seq": int(lesson.taught.seqs[rows].max(initial=0)),
            "decisions": int(lesson.acts[rows].max(initial=0)) if arm == POLICY else len(rows),
            "right": "".join("1" if one else "0" for one in right),
        },
    }


def _truth(y: NDArray[np.int64], n_classes: int) -> NDArray[np.bool_]:
    """Which classes hold: bool [n, c]; a class index outside of 0 to c − 1 is none of them."""
    if y.ndim == 2:
        return y.astype(bool)
    return y[:, None] == np.arange(n_classes)
