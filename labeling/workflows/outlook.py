"""Whether work can stop, and what it saved: estimates from the blind audits, made at each refit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import audits, heads, images, learning, passing, projects
from db.heads import CONTROL, POLICY
from db.tables import Head, ItemState, LearningPoint, Project
from labeling import review_settings
from labeling.quality import savings, stop
from labeling.quality.savings import Curve
from labeling.quality.stop import HeadThen, Remaining
from labeling.workflows.figures import proposed
from labeling.workflows.jobs import Task

MORE = 100
"""Decisions whose expected gain is told."""


def store(task: Task, project_id: str, head: Head) -> None:
    """Estimate, with the shown proposals and the curves as they are now, and keep it by the head.

    Its figures get ``stop`` and ``saved`` (``learning_figures.of_project`` tells what is in them).
    """
    with task.ws.db.read() as session:
        project = projects.by_id(session, project_id)
        points = learning.points(session, project_id)
        before = heads.previous(session, head)
        told = {
            "stop": _stop(session, project, points, (before.figures if before else {}).get("stop")),
            "saved": _saved(points),
        }
    task.ws.db.write(lambda session: heads.add_figures(session, head.id, told))


def _stop(
    session: Session,
    project: Project,
    points: Sequence[LearningPoint],
    before: dict[str, Any] | None,
) -> dict[str, Any] | None:
    """The accuracy of the dataset if work stopped now; None before the first audit is decided.

    At a planned look it is also told whether to stop; between two looks the last word stands.
    """
    decided = learning.decided_seqs(session, project.id)
    remaining = _remaining(session, project, len(decided))
    if remaining is None:
        return None
    target = review_settings.read(project.review).target_accuracy
    looks = stop.planned_looks(remaining.items)
    looked = before["decisions"] if before else 0
    word = before["signal"] if before and before["target"] == target else None
    if stop.due(looks, looked, len(decided)):
        word = asdict(stop.signal(remaining, target, len(looks))) | {"decisions": len(decided)}
    gain = stop.expected_gain(
        _heads_then(session, project, points, decided, remaining.items), remaining.items, MORE
    )
    return {
        "decisions": len(decided),
        "undecided": remaining.undecided,
        "passed": remaining.passed,
        "target": target,
        "accuracy": asdict(stop.accuracy_now(remaining)),
        "signal": word,
        "gain": asdict(gain) | {"decisions": MORE} if gain else None,
    }


def _remaining(session: Session, project: Project, decided: int) -> Remaining | None:
    passed_at = passing.audit_items(session, project.id)
    answers = audits.answers(session, project.id, project.run_id or "")
    right = [
        set(answer.labels) == proposed(project, proposal)
        for answer, proposal in answers
        if answer.item_id in passed_at and passed_at[answer.item_id] is None
    ]
    by_state = images.count_by_state(session, project.id)
    items = sum(n for state, n in by_state.items() if state != ItemState.EXCLUDED)
    if not right or not items:
        return None
    passed = len(passing.passed_undecided(session, project.id))
    return Remaining(items, max(items - decided - passed, 0), passed, np.array(right, dtype=bool))


def _heads_then(
    session: Session,
    project: Project,
    points: Sequence[LearningPoint],
    decided: Sequence[int],
    items: int,
) -> list[HeadThen]:
    """The heads of the policy's curve, on the audits that its points were scored on."""
    own = _same_audits([p for p in points if p.arm == POLICY and p.labels])
    if not own:
        return []
    passed_at = passing.audit_items(session, project.id)
    scored = [blind.item_id for blind in learning.audit_answers(session, project.id)][: own[0].n]
    passed = np.array([passed_at.get(item) or np.inf for item in scored])
    return [
        HeadThen(
            decisions=point.labels,
            undecided=items - int(np.searchsorted(decided, point.figures["seq"], side="right")),
            right=_right(point),
            passed=passed <= point.figures["seq"],
        )
        for point in own
    ]


def _saved(points: Sequence[LearningPoint]) -> dict[str, Any] | None:
    """Decisions saved, and the difference of both arms at the most labels that both have.

    None where an arm has no labels yet, or no audit is decided.
    """
    same = _same_audits(points)
    arms = {arm: [p for p in same if p.arm == arm] for arm in (POLICY, CONTROL)}
    both = {p.labels for p in arms[POLICY]} & {p.labels for p in arms[CONTROL]} - {0}
    if not both:
        return None
    found = savings.saved(_curve(arms[POLICY]), _curve(arms[CONTROL]))
    at = {arm: next(p for p in arms[arm] if p.labels == max(both)) for arm in arms}
    difference = savings.difference(_right(at[POLICY]), _right(at[CONTROL]))
    return {
        "decisions": asdict(found) if found else None,
        "difference": asdict(difference) | {"labels": max(both)},
    }


def _same_audits(points: Sequence[LearningPoint]) -> list[LearningPoint]:
    """The points that were scored on the audits of the newest one."""
    if not points:
        return []
    newest = max(points, key=lambda point: point.created_at).figures["audits"]
    return [point for point in points if point.figures["audits"] == newest]


def _curve(points: Sequence[LearningPoint]) -> Curve:
    return Curve(np.array([p.labels for p in points]), np.array([_right(p) for p in points]))


def _right(point: LearningPoint) -> NDArray[np.bool_]:
    return np.array([mark == "1" for mark in point.figures["right"]], dtype=bool)
