"""Learning: the head is refitted on the decisions, chosen by its figures, and proposes for all."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from db import heads, projects, proposals
from db.heads import POLICY
from db.tables import Head, Run
from labeling.workflows import crowdlab, curves, encoded, outlook, rank, training, views
from labeling.workflows.jobs import Steps, Task, beside, enqueue_once
from labeling.workflows.jobs import enqueue as put_in_line
from labeling.workflows.projects import find, shown_run
from labeling.workflows.proposing import ROWS_PER_TRANSACTION, open_run
from labeling.workflows.recipes import head_spec
from labeling.workflows.trained_heads import fill_by_head, zero_shot_run
from labeling.workflows.training import Lesson
from labeling.workspace import Workspace

ZERO_SHOT = "zero_shot"
"""The kind of the fallback: the head that has learned nothing."""
CALIBRATED_ZERO_SHOT = "calibrated_zero_shot"
"""Its kind where a calibration was fitted to labels: what has seen any is no zero-shot."""


CHOICE = (
    "method",
    "n",
    "random",
    "labels",
    "folds",
    "seed",
    "reason",
    "candidates",
    "calibration",
    "reliability",
    "candidate",
    "separability",
    "zero_shot_run",
    "further",
    "generates",
)
"""Figures of a head that tell how its kind and its calibration were chosen."""


@dataclass(frozen=True)
class Learned:
    """What was chosen: the kind of head, its npz file, and figures as JSON."""

    kind: str
    weights: bytes
    figures: dict[str, Any]

    @property
    def is_zero_shot(self) -> bool:
        """Whether the zero-shot run itself says the same."""
        return self.kind == ZERO_SHOT


def enqueue(ws: Workspace, project_name: str, user_id: str | None = None) -> str:
    """Put a refit in line; the id of its job.

    Raises:
        InputError: the project was never pre-labeled.
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        shown_run(session, project)
    return put_in_line(ws, "learn", project.id, user_id=user_id)


def steps(task: Task) -> Steps:
    """Refit the head of a project, propose by it, rank, and extend the learning curves.

    Done again after an accident it learns the same from the same labels, and goes on with the
    proposals that are there.
    """
    ws, project_id = task.ws, task.job.project_id or ""
    task.tell(0, message="learning")
    lesson = training.read(ws, project_id)
    with ws.db.read() as session:
        before = heads.newest(session, project_id, below=lesson.seq)
    yield
    learned = yield from beside(lambda: learn(lesson, before))
    head = _store(task, lesson, learned)
    yield
    shown = yield from _show(task, lesson, head, learned)
    if not shown and not _has_newer(ws, lesson):
        enqueue_once(ws, "learn", project_id)
    yield
    ranked = yield from rank.rank_project(task, project_id)
    if shown:
        yield from views.store(ws, project_id, head)
    yield from _forget_superseded(task, project_id)
    points = yield from curves.extend(task, lesson, head.figures["candidate"])
    outlook.store(task, project_id, head)
    crowdlab.after_learning(ws, lesson.project)
    return {
        "head": head.kind,
        "labels": head.labels,
        "random_labels": len(lesson.control),
        "shown": shown,
        "ranked": ranked,
        "points": points,
    }


def learn(lesson: Lesson, before: Head | None = None) -> Learned:
    """Choose among the candidates, and whether the chosen one is calibrated.

    The choice and the calibration look at labels of the random order alone; all labels teach.

    Args:
        lesson: what there is to learn from.
        before: the head of a refit before. Where it began with the same zero-shot run, and labels
            are hardly more since its choice, that choice and its calibration hold.
    """
    from labeling.heads.storage import dump
    from labeling.heads.storage import load as stored_head
    from labeling.heads.warm_start import begun, settled

    kinds = lesson.kinds()
    figures = _held(before, lesson)
    if figures is None:
        head, figures = _chosen(kinds, lesson)
        figures["separability"] = _separability(kinds, lesson, before)
    else:
        assert before is not None
        begin = begun(kinds[figures["candidate"]], stored_head(before.weights))
        head = settled(begin.fit(lesson.taught.X, lesson.taught.y))
    calibrated = figures["calibration"] is not None
    name = figures["candidate"]
    kind = CALIBRATED_ZERO_SHOT if calibrated and name == ZERO_SHOT else name
    stored, figures[encoded.FIGURE] = lesson.alone(head)
    return Learned(kind, dump(stored), figures)


def _held(before: Head | None, lesson: Lesson) -> dict[str, Any] | None:
    """The figures of a choice that still holds, else None."""
    from labeling.heads.choice import is_due

    if before is None or before.figures.get("zero_shot_run") != lesson.run.id:
        return None
    if before.figures.get("further", []) != _further(lesson):
        return None
    if before.figures.get("generates", False) != lesson.generates:
        return None
    if is_due(before.figures, len(lesson.taught.items), len(lesson.control)):
        return None
    return {name: before.figures.get(name) for name in CHOICE}


def _chosen(kinds: Mapping[str, Any], lesson: Lesson) -> tuple[Any, dict[str, Any]]:
    """A taught head of the kind that stands up best, and the figures of the choice."""
    from labeling.heads.choice import choose
    from labeling.heads.held_out import calibration_for

    X, y, random = lesson.taught.X, lesson.taught.y, lesson.random
    choice = choose(kinds, X, y, random)
    calibration = calibration_for(choice.head, X, y, random) if random.any() else None
    figures = dict(choice.figures)
    figures["candidates"] = [
        {"name": name, **found} for name, found in choice.figures["candidates"].items()
    ]
    used = calibration is not None and calibration.changes_proposals
    figures["calibration"] = (
        {"method": calibration.method, "parameters": calibration.parameters}
        if calibration and used
        else None
    )
    figures["reliability"] = calibration.figures if calibration else None
    figures["candidate"] = choice.name
    figures["zero_shot_run"] = lesson.run.id
    figures["further"] = _further(lesson)
    figures["generates"] = lesson.generates
    return choice.head, figures


def _further(lesson: Lesson) -> list[str]:
    """The further models of the project, by id."""
    return [model.id for _, model in lesson.further]


def _separability(
    kinds: Mapping[str, Any], lesson: Lesson, before: Head | None
) -> dict[str, Any] | None:
    """Whether the features tell the classes apart; what once was sure is not asked again."""
    from labeling.heads.separability import judges, separability

    if lesson.zero_shot.head.multilabel:
        return None
    if before is not None and before.figures.get("zero_shot_run") == lesson.run.id:
        told: dict[str, Any] | None = before.figures.get("separability")
        if told is not None and told["verdict"] == "separate":
            return told
    return separability(judges(kinds), lesson.taught.X, lesson.taught.y, lesson.random).as_dict()


def _store(task: Task, lesson: Lesson, learned: Learned) -> Head:
    head = Head(
        project_id=lesson.project.id,
        model_id=lesson.model.id,
        kind=learned.kind,
        arm=POLICY,
        labels=len(lesson.taught.items),
        class_set_revision=lesson.run.revision,
        seq=lesson.seq,
        sha256=hashlib.sha256(learned.weights).hexdigest(),
        weights=learned.weights,
        figures=learned.figures,
    )
    return task.ws.db.write(lambda session: heads.ensure(session, head))


def _show(task: Task, lesson: Lesson, head: Head, learned: Learned) -> Generator[None, None, bool]:
    """Propose by the head for all items and let people see it; False where it was overtaken.

    Where zero-shot was chosen, its own run is shown again.
    """
    if learned.is_zero_shot:
        return _close(task, lesson, lesson.run)
    run = task.ws.db.write(lambda session: _open(session, lesson, head))
    yield from fill_by_head(task, lesson.project, run, lesson.model)
    return _close(task, lesson, run)


def _open(session: Session, lesson: Lesson, head: Head) -> Run:
    base = proposals.recipe(session, lesson.run.recipe_id)
    calibration = head.figures["calibration"]
    models = [proposals.model(session, one) for one in head.figures[encoded.FIGURE]]
    spec = head_spec(base.spec, base.id, head.kind, head.sha256, calibration, models)
    return open_run(session, spec, lesson.model, lesson.run, head)


def _close(task: Task, lesson: Lesson, run: Run) -> bool:
    """Show a complete run; not if the project was pre-labeled anew, or learned more, meanwhile."""
    now = task.ws.clock()

    def work(session: Session) -> bool:
        project = projects.by_id(session, lesson.project.id)
        current = zero_shot_run(session, shown_run(session, project))
        newer = heads.newest_seq(session, project.id) > lesson.seq
        if newer or current.id != lesson.run.id:
            return False
        if run.head_id is not None:
            items = proposals.count(session, run.id)
            proposals.finish_run(session, run.id, items=items, from_cache=items, now=now)
        projects.show_run(session, project.id, run.id)
        proposals.mark_proposed(session, project.id, run.id)
        return True

    return task.ws.db.write(work)


def _has_newer(ws: Workspace, lesson: Lesson) -> bool:
    """Whether another refit has seen later decisions than this one."""
    with ws.db.read() as session:
        return heads.newest_seq(session, lesson.project.id) > lesson.seq


def _forget_superseded(task: Task, project_id: str) -> Generator[None, None, None]:
    """Remove the proposals of heads' runs that nobody can see any more.

    The run that was shown before stays: pages that are open show its proposals still.
    """
    with task.ws.db.read() as session:
        shown = shown_run(session, projects.by_id(session, project_id))
        before = heads.last_finished(session, project_id, shown.id)
        superseded = heads.superseded_runs(session, project_id, {shown.id, before or ""})
    for run_id in superseded:
        while task.ws.db.write(_removal(run_id)):
            yield


def _removal(run_id: str) -> Any:
    return lambda session: heads.remove_proposals(session, run_id, ROWS_PER_TRANSACTION)
