"""Figures about proposals and people, each with its n, its interval and how it was obtained."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db import audits, figures, lineage, users
from db.figures import Answers
from db.tables import Decision, DecisionKind, Project, Proposal, Purpose
from labeling.quality.agreement import Pair, Share, agreement_of, error_of_labels
from labeling.workflows.grid_question import chosen
from labeling.workflows.projects import find
from labeling.workspace import Workspace


def of_project(ws: Workspace, project_name: str) -> dict[str, Any]:
    """What is known of a project's labels and of the people who gave them.

    Returns:
        proposals: how often the shown proposal was the answer of a blind audit; human_error: the
        error of the labels that people verified; probes: how often a wrong proposal was noticed;
        people: for each person their agreement with others and the probes. Each figure is a dict
        with estimate, low, high, n and method, or None where nothing was counted.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        pairs = _pairs(session, project)
        rechecks = _pairs(session, project, Purpose.RECHECK)
        probes = figures.probe_answers(session, project.id)
        names = users.names(session)
        audit = _audit(session, project)
    people = {p.first_by for p in pairs} | {p.second_by for p in pairs}
    people |= {probe.user_id for probe in probes}
    return {
        "proposals": audit.as_dict(),
        "human_error": error_of_labels(pairs, rechecks),
        "probes": _noticed(probes).as_dict(),
        "people": [
            {"person": names.get(user_id, user_id), **_of_person(pairs, probes, user_id)}
            for user_id in sorted(people, key=lambda one: names.get(one, one))
        ],
    }


def of_person(ws: Workspace, user_id: str, project_name: str) -> dict[str, Any]:
    """A person's own agreement with colleagues and the wrong proposals that they noticed.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        pairs = _pairs(session, project)
        return _of_person(pairs, figures.probe_answers(session, project.id), user_id)


def of_proposals(session: Session, project: Project) -> dict[str, Any] | None:
    """How often the shown proposal was the answer of a blind audit; None before the first."""
    return _audit(session, project).as_dict()


def of_labels(session: Session, project: Project) -> dict[str, Any] | None:
    """The error of the labels that people verified; None before the first blind second look."""
    return error_of_labels(_pairs(session, project), _pairs(session, project, Purpose.RECHECK))


def agreement_by_day(session: Session, project: Project, since: datetime) -> list[dict[str, Any]]:
    """How often blind second looks since a time agreed, for each day (UTC) and each of both people.

    Returns:
        day, person (user id), estimate, low, high, hits, n and method in each row, by day.
    """
    pairs: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for answers in figures.second_answers(session, project.id):
        looked_at, pair = answers.second.created_at, _pair(answers)
        if looked_at >= since and pair.second is not None:
            for user_id in (pair.first_by, pair.second_by):
                pairs[looked_at.date().isoformat(), user_id].append(pair)
    return [
        {"day": day, "person": user_id, **(agreement_of(found, user_id).as_dict() or {})}
        for (day, user_id), found in sorted(pairs.items())
    ]


def _of_person(pairs: list[Pair], probes: Sequence[Decision], user_id: str) -> dict[str, Any]:
    own = [probe for probe in probes if probe.user_id == user_id]
    return {
        "agreement": agreement_of(pairs, user_id).as_dict(),
        "probes": _noticed(own).as_dict(),
    }


def _pairs(session: Session, project: Project, purpose: Purpose = Purpose.OVERLAP) -> list[Pair]:
    return [_pair(answers) for answers in figures.second_answers(session, project.id, purpose)]


def _pair(answers: Answers) -> Pair:
    second, settled = answers.second, answers.settled
    return Pair(
        item=answers.first.item_id,
        first_by=answers.first.user_id,
        second_by=second.user_id,
        first=frozenset(answers.first.labels),
        second=None if second.kind == DecisionKind.FLAG else frozenset(second.labels),
        settled=frozenset(settled.labels) if settled else None,
    )


def _noticed(probes: Sequence[Decision]) -> Share:
    """How often a wrong proposal was not confirmed."""
    return Share(sum(probe.kind != DecisionKind.CONFIRM for probe in probes), len(probes))


def _audit(session: Session, project: Project) -> Share:
    """How often the proposal was what a blind audit answered."""
    answers = audits.answers(session, project.id, project.run_id or "")
    right = sum(set(given.labels) == proposed(project, proposal) for given, proposal in answers)
    return Share(right, len(answers))


def proposed(project: Project, proposal: Proposal) -> set[str]:
    """The class ids that a proposal amounts to, whether active or not; none: none of these.

    What was merged since counts as what it is now.
    """
    single = {proposal.class_id} if proposal.class_id else set()
    said = chosen(proposal) if project.mode == "multi" else single
    return set(lineage.of(project).settle(said))
