"""Whether work can stop, and what it saved: estimates from the blind audits, made at each refit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import heads, learning, passing, projects
from db.heads import CONTROL, POLICY
from db.tables import Head, LearningPoint, Project
from labeling import review_settings
from labeling.quality import savings, stop
from labeling.quality.intervals import CONFIDENCE
from labeling.quality.savings import Curve
from labeling.quality.stop import HeadThen
from labeling.workflows import remaining
from labeling.workflows.jobs import Task
from labeling.workflows.remaining import Stratum

MORE = 100
"""Decisions whose expected gain is told."""


def store(task: Task, project_id: str, head: Head) -> None:
    """Estimate, with the shown proposals and the curves as they are now, and keep it by the head.

    Its figures get ``stop`` and ``saved`` (``learning_figures.of_project`` tells what is in them).
    """
    with task.ws.db.read() as session:
        project = projects.by_id(session, project_id)
        points = learning.points(session, project_id)
        before = heads.newest(session, head.project_id, below=head.seq)
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
    strata = remaining.of_project(session, project)
    if not strata:
        return None
    left = [one.remaining for one in strata]
    items = sum(one.items for one in left)
    target = review_settings.read(project.review).target_accuracy
    looks = stop.planned_looks(items)
    looked = before["decisions"] if before else 0
    word = before["signal"] if before and before["target"] == target else None
    spent = _spent(before, looks)
    if stop.due(looks, looked, len(decided)):
        risk = stop.look_risk(looks, len(decided), spent)
        word = asdict(stop.signal(left, target, risk)) | {"decisions": len(decided)}
        spent += risk
    gain = stop.expected_gain(_heads_then(session, project, points, decided, items), items, MORE)
    return {
        "decisions": len(decided),
        "undecided": sum(one.undecided for one in left),
        "passed": sum(one.passed for one in left),
        "strata": [_told(one) for one in strata],
        "target": target,
        "accuracy": asdict(stop.accuracy_now(left)),
        "signal": word,
        "spent": spent,
        "gain": asdict(gain) | {"decisions": MORE} if gain else None,
    }


def _spent(before: dict[str, Any] | None, looks: Sequence[int]) -> float:
    """What earlier looks have spent of the risk; of older figures an even share for each look."""
    if before is None:
        return 0.0
    done = sum(look <= before["decisions"] for look in looks)
    return float(before.get("spent", (1 - CONFIDENCE) * done / (1 + len(looks))))


def _told(stratum: Stratum) -> dict[str, Any]:
    left = stratum.remaining
    return {
        "share": stratum.share,
        "imports": len(stratum.batches),
        "items": left.items,
        "undecided": left.undecided,
        "passed": left.passed,
        "audits": len(left.right),
    }


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
    """The curve by decisions; of the points within one of them (a page) the last one counts."""
    last = {p.figures.get("decisions", p.labels): p for p in points}
    return Curve(np.array(list(last)), np.array([_right(p) for p in last.values()]))


def _right(point: LearningPoint) -> NDArray[np.bool_]:
    return np.array([mark == "1" for mark in point.figures["right"]], dtype=bool)
