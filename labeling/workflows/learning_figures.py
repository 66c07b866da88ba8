"""What a project has learned from its decisions, in figures that say how they were obtained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import heads, learning, proposals
from db.heads import CONTROL, POLICY
from db.tables import Head, LearningPoint, Project
from labeling import review_settings
from labeling.quality.intervals import clopper_pearson
from labeling.workflows.projects import find
from labeling.workspace import Workspace

CURVE_METHOD = (
    "a head of the same kind learns from the first so many labels; "
    "blind audits of the imports that it proposes right; Clopper-Pearson, 95 %"
)

PARTS = ("calibration", "reliability", "saved", "stop", "separability")
"""Figures that are kept by a head."""


def of_project(ws: Workspace, project_name: str) -> dict[str, Any]:
    """What the page Quality and ``prelabel status`` tell of learning.

    Returns:
        project, batch (labels between two refits), waiting (labels since the last refit), and

        - head: what was chosen last, or None before the first refit: kind, labels (how many it
          learned from), shown (whether its proposals are those that people see; zero-shot's are
          where False), candidates (a list of the choice's figures, each with name, log_loss, low,
          high, n), method, chosen_at (labels that there were at that choice), created_at.
        - calibration: method and parameters, or None where the raw scores are used; reliability:
          what ``scoring.calibrate.fit`` measured before and after, or None without random labels.
        - curves: policy and control, each a list of points by number of labels (labels, kind,
          right, n, estimate, low, high, log_loss), and method.
        - saved: decisions (``quality.savings.Saved`` as a dict, or None) and difference
          (``savings.Difference`` and labels: of both arms at so many), or None before both arms
          have points.
        - stop: the outlook at the last refit, or None before an audit is decided: decisions,
          undecided, passed, target, accuracy (estimate, low, high, n, method), strata (share,
          imports, items, undecided, passed, audits of each: see ``quality.strata``), signal (stop,
          target, accuracy, decisions: the last planned look; None before the first), gain
          (estimate, low, high, n, method, decisions: what so many more add; or None).
        - separability: whether the features tell the classes apart (``heads.separability.
          Separability`` as a dict), or None before the first refit and with several labels.
        - control: labels (how many of the random order are decided), share (of the queue).
        - audits: how many blind audits the curves are scored on.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        head = heads.newest(session, project.id)
        points = learning.points(session, project.id)
        seen = head.seq if head else 0
        return {
            "project": project.name,
            "waiting": learning.answers_since(session, project.id, seen),
            "head": _head(session, project, head) if head else None,
            **{part: head.figures.get(part) if head else None for part in PARTS},
            "curves": _curves(points),
            "control": {
                "labels": max((p.labels for p in points if p.arm == CONTROL), default=0),
                "share": review_settings.read(project.review).control_share,
            },
            "audits": len(learning.audit_answers(session, project.id)),
        }


def useless_features(ws: Workspace, project_name: str) -> dict[str, Any] | None:
    """``separability`` as above where the features don't tell the classes apart, else None.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        told = heads.newest_figure(session, find(session, project_name).id, "separability")
    return told if told and told["verdict"] == "do_not_separate" else None


def _head(session: Session, project: Project, head: Head) -> dict[str, Any]:
    run = proposals.run(session, project.run_id) if project.run_id else None
    return {
        "kind": head.kind,
        "labels": head.labels,
        "shown": run is not None and run.head_id is not None,
        "candidates": head.figures.get("candidates", []),
        "method": head.figures.get("method", ""),
        "chosen_at": head.figures.get("labels", head.labels),
        "created_at": head.created_at.isoformat(),
    }


def _curves(points: Sequence[LearningPoint]) -> dict[str, Any]:
    arms = {arm: [_point(p) for p in points if p.arm == arm] for arm in (POLICY, CONTROL)}
    return arms | {"method": CURVE_METHOD}


def _point(point: LearningPoint) -> dict[str, Any]:
    low, high = clopper_pearson(point.right, point.n)
    return {
        "labels": point.labels,
        "kind": point.kind,
        "right": point.right,
        "n": point.n,
        "estimate": point.right / point.n,
        "low": low,
        "high": high,
        "log_loss": point.log_loss,
    }
