"""Acceptances as people and programs see them: how far, what may be accepted, what was, and why."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from db import acceptances, jobs, projects, users
from db.acceptances import ACCEPTED, AUDITING, ERASED, WITHDRAWN
from db.tables import Acceptance, Project
from labeling.errors import NotFoundError
from labeling.quality import forecast
from labeling.workflows import (
    acceptance_bound,
    acceptance_classes,
    acceptance_stream,
    figures,
    offers,
)
from labeling.workflows.acceptance_audit import SETTLED, Verdict
from labeling.workflows.acceptance_bound import Audit, Outcome
from labeling.workflows.acceptance_job import KIND
from labeling.workflows.projects import find
from labeling.workspace import Workspace

MORE = (1.5, 2.0, 3.0)
"""Sizes of another audit whose forecast is told, as multiples of this one."""


def all_of(ws: Workspace, project_name: str) -> list[dict[str, Any]]:
    """The acceptances of a project, newest first, each as ``show`` tells it without its outcome.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        return [_told(session, row) for row in acceptances.of_project(session, project.id)]


def show(ws: Workspace, project_name: str, acceptance_id: str | None = None) -> dict[str, Any]:
    """An acceptance as JSON; the newest where none is named.

    While its audit is decided nothing is told of right and wrong before a planned look is complete.

    Returns:
        id, state (planned, auditing, accepted, refused, withdrawn), why, by, alpha, delta, scope,
        per_class, batches, twice, created_at, closed_at, withdrawn_at, job (one that is at work, or
        None); frame_size, audit_n, seed, looks; audit: how many drawn items are decided, waiting,
        second, differing, skipped; outcome of the last complete look: look, acceptable, share (of
        the frame), bound, parts, waiting, gone, method, or None; larger: forecasts of larger
        audits; by_class: of a multi-label project the errors of each class (method, risk, classes:
        class, given and missed with accepted, audited, wrong, bound), or None; accepted, standing,
        upper_bound, most_wrong, method, parts, stream (size, answered, wrong, evidence,
        contradicts, share); human_error: the error of the labels that people verified, to which all
        of it is relative, or None.

    Raises:
        NotFoundError: there is no such project or acceptance.
    """
    with ws.db.read() as session:
        project, acceptance = _found(session, project_name, acceptance_id)
        told = _told(session, acceptance)
        told["human_error"] = figures.of_labels(session, project)
        if acceptance.state != AUDITING:
            return told | {"audit": None, "outcome": None, "larger": []}
        audit = acceptance_bound.read(session, project, acceptance)
        look = audit.newest_look()
        found = None if look is None else acceptance_bound.outcome(session, project, audit, look)
        names = projects.class_names(session, project.id)
        return told | {
            "audit": _progress(audit),
            "outcome": _outcome(audit, found, names) if found else None,
            "by_class": _by_class(
                acceptance_classes.of_audit(session, project, audit, found.look, set(found.items))
                if found
                else None,
                names,
            ),
            "larger": _larger(audit, found) if found else [],
        }


def items(
    ws: Workspace,
    project_name: str,
    acceptance_id: str,
    *,
    limit: int = 60,
    offset: int = 0,
) -> dict[str, Any]:
    """The list: what an acceptance has accepted, or may accept now, the least sure first.

    Returns:
        total, and pictures: item, sha, width, height, source, label (None: none of these), score.

    Raises:
        NotFoundError: there is no such project or acceptance.
    """
    with ws.db.read() as session:
        project, acceptance = _found(session, project_name, acceptance_id)
        frame = acceptances.members(session, acceptance.id)
        chosen = {one.item_id for one in frame if one.accepted}
        if acceptance.state == AUDITING:
            audit = acceptance_bound.read(session, project, acceptance)
            look = audit.newest_look()
            if look is not None:
                chosen = set(acceptance_bound.outcome(session, project, audit, look).items)
        listed = (one for one in frame if one.item_id in chosen and one.state != ERASED)
        rows = sorted(listed, key=lambda one: one.score)
        shown = rows[offset : offset + limit]
        pictures = offers.pictures(session, [one.item_id for one in shown])
        labels = acceptance_bound.claims(
            session, project, acceptance, [one.item_id for one in shown]
        )
        names = projects.class_names(session, project.id)
        return {
            "total": len(rows),
            "pictures": [
                pictures[one.item_id][1]
                | {"labels": sorted(names[c] for c in labels[one.item_id]), "score": one.score}
                for one in shown
            ],
        }


def audit_pictures(ws: Workspace, project_name: str, acceptance_id: str) -> list[dict[str, str]]:
    """The drawn pictures that wait for somebody's answer, in the order of the draw.

    Nothing is told of what is proposed for them.

    Returns:
        image (its first path), sha256 and verdict (waiting, second, differing, skipped).

    Raises:
        NotFoundError: there is no such project or acceptance.
    """
    with ws.db.read() as session:
        project, acceptance = _found(session, project_name, acceptance_id)
        if acceptance.state != AUDITING:
            return []
        audit = acceptance_bound.read(session, project, acceptance)
        waiting = {item: one for item, one in audit.verdicts.items() if one not in SETTLED}
        shown = offers.pictures(session, waiting)
        drawn = sorted((one for one in audit.frame if one.drawn), key=lambda one: one.position)
        return [
            {
                "image": shown[one.item_id][1]["source"],
                "sha256": shown[one.item_id][1]["sha"],
                "verdict": waiting[one.item_id].value,
            }
            for one in drawn
            if one.item_id in waiting
        ]


def _found(
    session: Session, project_name: str, acceptance_id: str | None
) -> tuple[Project, Acceptance]:
    project = find(session, project_name)
    known = acceptances.of_project(session, project.id)
    for row in known:
        if acceptance_id in (None, row.id):
            return project, row
    named = f" {acceptance_id!r}" if acceptance_id else ""
    raise NotFoundError(
        f"the project {project_name!r} has no acceptance{named}",
        f"Begin one: prelabel accept {project_name} --alpha 0.02 --apply",
    )


def _told(session: Session, row: Acceptance) -> dict[str, Any]:
    kept = row.figures
    people, names = users.names(session), projects.class_names(session, row.project_id)
    accepted, standing = acceptances.count(session, row.id)
    return {
        "id": row.id,
        "state": row.state,
        "why": kept.get("why"),
        "by": people.get(kept["by"], ""),
        "alpha": row.alpha,
        "delta": row.delta,
        "scope": row.scope,
        "per_class": row.per_class,
        "batches": kept["batches"],
        "twice": kept["twice"],
        "created_at": row.created_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
        "job": _job(session, row),
        "frame_size": row.frame_size,
        "audit_n": row.audit_size,
        "seed": str(row.seed),
        "looks": kept.get("looks", []),
        "accepted": accepted if row.state == ACCEPTED else 0,
        "standing": standing,
        "upper_bound": row.upper_bound,
        "most_wrong": kept.get("most_wrong"),
        "method": kept.get("method"),
        "parts": [_named(part, names) for part in kept.get("parts", [])],
        "by_class": _by_class(kept.get("by_class"), names),
        "stream": _stream(session, row),
    }


def _job(session: Session, row: Acceptance) -> str | None:
    """The job that is at work for an acceptance, None where none is."""
    waiting = jobs.waiting(session, row.project_id, KIND)
    return next((one.id for one in waiting if one.parameters["acceptance"] == row.id), None)


def _stream(session: Session, row: Acceptance) -> dict[str, Any] | None:
    if row.state not in (ACCEPTED, WITHDRAWN):
        return None
    found = acceptance_stream.of_acceptance(session, row)
    return {
        "share": row.stream_share,
        "size": row.figures.get("stream"),
        "answered": len(found.wrong),
        "wrong": sum(found.wrong),
        "evidence": found.evidence,
        "contradicts": found.contradicts,
    }


def _progress(audit: Audit) -> dict[str, int]:
    counted = Counter(audit.verdicts.values())
    open_ = {one.value: counted[one] for one in Verdict if one not in SETTLED}
    return {"decided": sum(counted[one] for one in SETTLED)} | open_


def _outcome(audit: Audit, found: Outcome, names: dict[str, str]) -> dict[str, Any]:
    return {
        "look": found.look,
        "acceptable": len(found.items),
        "share": len(found.items) / len(audit.frame),
        "bound": found.bound,
        "most_wrong": found.most_wrong,
        "audit_n": found.found.audit_n,
        "wrong": sum(part.wrong for part in found.found.parts),
        "waiting": found.waiting,
        "gone": found.gone,
        "method": found.found.method,
        "parts": [_named(audit.part_as_dict(part), names) for part in found.found.parts],
    }


def _named(part: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A part with its class by name."""
    return part | {"class": names.get(part["class"])}


def _by_class(found: dict[str, Any] | None, names: dict[str, str]) -> dict[str, Any] | None:
    """Errors by class, with the classes by name; those that are gone since are left out."""
    if found is None:
        return None
    rows = [row for row in found["classes"] if row["class"] in names]
    return found | {"classes": [row | {"class": names[row["class"]]} for row in rows]}


def _larger(audit: Audit, found: Outcome) -> list[dict[str, Any]]:
    """What larger audits of the same frame would be expected to allow, by what this one showed."""
    scores = np.array([one.score for one in audit.frame])
    classes, drawn, right = acceptance_bound.arrays(audit, found.look)
    wrong = forecast.doubts(scores, drawn, right)
    sizes = sorted({min(round(len(drawn) * more), len(scores)) for more in MORE})
    told = forecast.forecast(audit.wish, scores, classes, wrong, sizes)
    unseen = [1 - one.audit_n / len(scores) for one in told]
    return [
        {
            "audit_n": one.audit_n,
            "share": one.share * rest,
            "low": one.low * rest,
            "high": one.high * rest,
        }
        for one, rest in zip(told, unseen, strict=True)
    ]
