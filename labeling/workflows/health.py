"""Speed and health of a project: who decided how much, how fast, and what is left to do."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, health, images, projects, proposals, users
from db.derive import LABELLING
from db.health import Act
from db.tables import OPEN, VERIFIED, DecisionKind, Project
from labeling.quality.pace import active_minutes, hours_left, labels_per_hour
from labeling.workflows import figures
from labeling.workflows.grid_question import NONE
from labeling.workflows.projects import find
from labeling.workspace import Workspace

DAYS = 30


def of_project(
    ws: Workspace,
    project_name: str,
    days: int = DAYS,
    person: str | None = None,
    day: str | None = None,
) -> dict[str, Any]:
    """Speed of a project over the last ``days``; with ``person`` (a name) theirs alone, with
    ``day`` (UTC, as in the time sheet) that day's alone.

    Returns:
        people: who decided anything, by name; worked: on which days, newest first; timesheet: a row
        for each day (UTC) and person;
        by_class: median seconds of a decision seen alone, with n; by_hour: decisions an hour;
        agreement: for each day and person how often blind second looks agreed, with interval and n;
        progress: a row for each class; remaining items, and hours_left of one person's work at the
        median pace of everybody (None before anybody worked for ``pace.LEAST_MINUTES``); left: how
        both stood at the end of each day.

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
        agreed = figures.agreement_by_day(session, project, since)
        decided = Counter(at.date() for at in health.decided(session, project.id, since))
        arrived = health.arrived(session, project.id, since)
    sheet = _timesheet(acts, names)
    remaining = sum(by_state.get(state, 0) for state in OPEN)
    paces = [row["labels_per_hour"] for row in sheet]
    meant = [
        act
        for act in acts
        if person in (None, names.get(act.user_id, act.user_id))
        and day in (None, act.at.date().isoformat())
    ]
    agreements = [row | {"person": names[row["person"]]} for row in agreed]
    return {
        "days": days,
        "people": sorted({row["person"] for row in sheet}),
        "worked": sorted({row["day"] for row in sheet}, reverse=True),
        "timesheet": _of(person, day, sheet),
        "by_class": _seconds_by_class(meant, classes),
        "by_hour": _by_hour(meant, names),
        "agreement": _of(person, day, agreements),
        "left": _left(sheet, remaining, decided, arrived),
        "progress": progress,
        "remaining": remaining,
        "hours_left": hours_left(remaining, paces),
    }


def _of(
    person: str | None, day: str | None, rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    return [row for row in rows if person in (None, row["person"]) and day in (None, row["day"])]


def _left(
    sheet: Sequence[dict[str, Any]],
    remaining: int,
    decided: Mapping[date, int],
    arrived: Sequence[tuple[datetime, int]],
) -> list[dict[str, Any]]:
    """What was left at the end of each day on which somebody worked, and the hours it would take.

    Counted back from what remains now: what was decided later waited still, what came later was not
    there. The pace is the median of the days up to then.
    """
    rows = []
    for day in sorted({row["day"] for row in sheet}):
        then = date.fromisoformat(day)
        later = sum(count for at, count in decided.items() if at > then)
        new = sum(count for at, count in arrived if at.date() > then)
        waiting = max(0, remaining + later - new)
        paces = [row["labels_per_hour"] for row in sheet if row["day"] <= day]
        rows.append({"day": day, "waiting": waiting, "hours_left": hours_left(waiting, paces)})
    return rows


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
    alone = [act.seconds for act in acts if act.seconds and _is_seen_alone(act)]
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
        "median_seconds": round(median(alone), 2) if alone else None,
    }


def _seconds_by_class(acts: Iterable[Act], classes: dict[str, str]) -> list[dict[str, Any]]:
    seconds: dict[str, list[float]] = defaultdict(list)
    for act in acts:
        if act.seconds and _is_seen_alone(act):
            for label in act.labels or [""]:
                seconds[classes.get(label, NONE)].append(act.seconds)
    rows = [
        {"class": name, "median_seconds": round(median(found), 2), "n": len(found)}
        for name, found in seconds.items()
    ]
    return sorted(rows, key=lambda row: -row["median_seconds"])


def _is_seen_alone(act: Act) -> bool:
    """Whether an act labelled a picture in the single view."""
    return act.view == "single" and act.kind in LABELLING


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
