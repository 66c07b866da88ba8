"""Quality by class: how often what is proposed as a class is one, how far its scores are off."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy.orm import Session

from db import audits, decisions, heads, projects
from db.tables import VERIFIED, Project
from labeling.quality.agreement import Share
from labeling.workflows.figures import proposed
from labeling.workflows.projects import find
from labeling.workspace import Workspace

NONE_OF_THESE = "none of these"
METHOD = (
    "blind audits of the imports that were proposed as the class, and are one; Clopper-Pearson, "
    "95 %. Calibration: the question whether it is the class, on labels of the random order that "
    "the head had no part in"
)


def of_project(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """What is known of each class, in the project's order, none of these at the end.

    Returns:
        class, verified, audit (how often a blind audit found what was proposed as it right:
        estimate, low, high, hits, n, method; None before the first) and calibration (n, and ece
        and brier before and after; None where it was not measured) of each class.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        names = {c.id: c.name for c in projects.classes(session, project.id)}
        verified = decisions.count_by_class(session, project.id, VERIFIED)
        none = decisions.count_without_label(session, project.id, VERIFIED)
        shares = _shares(session, project)
        measured = _calibration(session, project)
        return [
            {
                "class": name,
                "verified": verified.get(class_id, 0) if class_id else none,
                "audit": shares.get(class_id, Share(0, 0)).as_dict(),
                "calibration": measured.get(class_id),
            }
            for class_id, name in [*names.items(), ("", NONE_OF_THESE)]
        ]


def _shares(session: Session, project: Project) -> dict[str, Share]:
    """Audits that were proposed as each class (empty: as none), and how many of them are one."""
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for answer, proposal in audits.answers(session, project.id, project.run_id or ""):
        given = set(answer.labels) or {""}
        for class_id in proposed(project, proposal) or {""}:
            asked[class_id] += 1
            right[class_id] += class_id in given
    return {class_id: Share(right[class_id], n) for class_id, n in asked.items()}


def _calibration(session: Session, project: Project) -> dict[str, dict[str, Any]]:
    """What was measured of each class's scores at the last refit, by class id."""
    head = heads.newest(session, project.id)
    found = head.figures.get("reliability") if head else None
    if head is None or not found:
        return {}
    rows = projects.class_set(session, project.id, head.class_set_revision)
    ids = [*(row["id"] for row in rows if row["active"]), ""]
    before, after = found["before"]["per_class"], found["after"]["per_class"]
    return {
        class_id: {
            "n": old["n"],
            "ece": (old["ece"], new["ece"]),
            "brier": (old["brier"], new["brier"]),
        }
        for class_id, old, new in zip(ids, before, after, strict=False)
    }
