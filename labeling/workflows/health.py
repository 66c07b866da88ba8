"""Speed and health of a project: who decided how much, how fast, and what is left to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, health, images, projects, proposals, users
from db.derive import LABELLING
from db.health import Act
from db.tables import OPEN, VERIFIED, DecisionKind, Project
from labeling.quality.pace import active_minutes, hours_left, labels_per_hour
from labeling.workflows.grid_question import NONE
from labeling.workflows.projects import find
from labeling.workspace import Workspace

DAYS = 30


def of_project(ws: Workspace, project_name: str, days: int = DAYS) -> dict[str, Any]:
    """Speed of a project over the last ``days``.

    Returns:
        timesheet: a row for each day (UTC) and person; by_class: median seconds of a decision seen
        alone, with n; by_hour: decisions an hour; progress: a row for each class; remaining items,
        and hours_left of one person's work at the median pace (None before anybody worked for
        ``pace.LEAST_MINUTES``).

    Raises:
        NotFoundError: there is no such project.
    """
    since = ws.clock() - timedelta(days=days)
    with ws.db.read() as session:
        project = find(session, project_name)
        acts = health.acts(session, project.id, since)
        names = users.names(session)
        classes = projects.class_names(session, project.id)
        by_state = images.count_by_state(session, project.id)
        progress = _progress(session, project, classes)
    sheet = _timesheet(acts, names)
    remaining = sum(by_state.get(state, 0) for state in OPEN)
    paces = [row["labels_per_hour"] for row in sheet]
    return {
        "days": days,
        "timesheet": sheet,
        "by_class": _seconds_by_class(acts, classes),
        "by_hour": _by_hour(acts, names),
        "progress": progress,
        "remaining": remaining,
        "hours_left": hours_left(remaining, paces),
    }


def _timesheet(acts: Iterable[Act], names: dict[str, str]) -> list[dict[str, Any]]:
    """A row for each day and person, newest day first."""
    shifts: dict[tuple[str, str], list[Act]] = defaultdict(list)
    for act in acts:
        shifts[act.at.date().isoformat(), act.user_id].append(act)
    rows = [_shift(day, names.get(who, who), done) for (day, who), done in shifts.items()]
    return sorted(rows, key=lambda row: (row["day"], row["person"]), reverse=True)


def _shift(day: str, person: str, acts: Sequence[Act]) -> dict[str, Any]:
    minutes = active_minutes([act.at for act in acts], [act.seconds for act in acts])
    labels = sum(act.kind in LABELLING for act in acts)
    pace = labels_per_hour(labels, minutes)
    return {
        "day": day,
        "person": person,
        "active_minutes": round(minutes, 1),
        "decisions": len(acts),
        "labels": labels,
        "corrected": sum(act.kind == DecisionKind.CORRECT for act in acts),
        "skipped": sum(act.kind == DecisionKind.SKIP for act in acts),
        "undone": sum(act.kind == DecisionKind.UNDO for act in acts),
        "in_grid": sum(act.view in ("grid", "group") for act in acts),
        "labels_per_hour": None if pace is None else round(pace, 1),
    }


def _seconds_by_class(acts: Iterable[Act], classes: dict[str, str]) -> list[dict[str, Any]]:
    seconds: dict[str, list[float]] = defaultdict(list)
    for act in acts:
        if act.view == "single" and act.seconds and act.kind in LABELLING:
            for label in act.labels or [""]:
                seconds[classes.get(label, NONE)].append(act.seconds)
    rows = [
        {"class": name, "median_seconds": round(median(found), 2), "n": len(found)}
        for name, found in seconds.items()
    ]
    return sorted(rows, key=lambda row: -row["median_seconds"])


def _by_hour(acts: Iterable[Act], names: dict[str, str]) -> list[dict[str, Any]]:
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for act in acts:
        hour = act.at.replace(minute=0, second=0, microsecond=0).isoformat()
        counted[hour, names.get(act.user_id, act.user_id)] += 1
    return [
        {"hour": hour, "person": person, "decisions": count}
        for (hour, person), count in sorted(counted.items())
    ]


def _progress(session: Session, project: Project, classes: dict[str, str]) -> list[dict[str, Any]]:
    verified = decisions.count_by_class(session, project.id, VERIFIED)
    waiting = (
        proposals.count_by_class(session, project.run_id, project.id) if project.run_id else {}
    )
    rows = [
        {"class": name, "verified": verified.get(key, 0), "proposed": waiting.get(key, 0)}
        for key, name in classes.items()
    ]
    none = decisions.count_without_label(session, project.id, VERIFIED)
    return [*rows, {"class": NONE, "verified": none, "proposed": waiting.get(None, 0)}]
