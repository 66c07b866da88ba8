"""One's own decisions: to search, to correct, and what they say about one's eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db import audits, decisions, lineage, own_decisions, projects, users
from db.derive import LABELLING
from db.ids import new_id
from db.own_decisions import FURTHER, Wanted
from db.tables import OPENLY, Decision, DecisionKind, Item, Purpose, Standing
from labeling.errors import InputError, NotFoundError
from labeling.quality.agreement import Share
from labeling.workflows import comments, figures, label_filter, offers, review
from labeling.workflows.projects import find
from labeling.workspace import Workspace


def search(
    ws: Workspace,
    user_id: str,
    project_name: str,
    *,
    label: str | None = None,
    state: str | None = None,
    path: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
    offset: int = 0,
) -> dict[str, Any]:
    """A person's newest decision on each item, newest first.

    What was decided blind by several people, and what was probed, looks like any other work.

    Args:
        ws: the workspace.
        user_id: the person.
        project_name: the project.
        label: a class, or none_of_these; None: all.
        state: of the item.
        path: a part of a path of the item, case aside.
        since: not before this time.
        until: before this time.
        limit: how many.
        offset: how many of the first to leave out.

    Returns:
        total, and decisions: id, item, sha, width, height, source, kind, ask, labels, state, view,
        at, can_correct.

    Raises:
        NotFoundError: there is no such project or class.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        names = projects.class_names(session, project.id)
        class_id = label_filter.class_id(names, label)
        earlier = lineage.of(project).ancestors([class_id] if class_id else [])
        wanted = Wanted(class_id, frozenset(earlier), state, path, since, until)
        found = own_decisions.search(session, project.id, user_id, wanted, limit, offset)
        return {
            "total": own_decisions.count(session, project.id, user_id, wanted),
            "decisions": [_told(session, *row, names) for row in found],
        }


def correct(
    ws: Workspace, user_id: str, project_name: str, decision_id: str, labels: Sequence[str]
) -> None:
    """Put another answer in the place of one's own; no labels: none of these.

    Raises:
        InputError: a later decision stands on it, or a label can't be used.
        NotFoundError: the decision is not one's own, or not in this project.
    """
    row = _own(ws, user_id, project_name, decision_id)
    kind = DecisionKind.CORRECT if labels else DecisionKind.NONE_OF_THESE
    new = {"id": new_id(), "item": row.item_id, "kind": kind, "labels": list(labels)}
    new["supersedes"] = row.id
    stands = row.standing == Standing.IN_FORCE and row.purpose in (*OPENLY, Purpose.AUDIT)
    before = [] if stands else [_undo_of(row)]
    _send(ws, user_id, project_name, [*before, new])


def undo(ws: Workspace, user_id: str, project_name: str, decision_id: str) -> None:
    """Take back one's own decision; the item comes to one's queue again.

    Raises:
        InputError: a later decision stands on it.
        NotFoundError: the decision is not one's own, or not in this project.
    """
    row = _own(ws, user_id, project_name, decision_id)
    _send(ws, user_id, project_name, [_undo_of(row)])


def comments_on(
    ws: Workspace, user_id: str, project_name: str, decision_id: str
) -> list[dict[str, Any]]:
    """The comments on an item that one has decided, as ``comments.thread`` gives them.

    Where one looked at it as a further person, only one's own: others' could tell their answers.

    Raises:
        NotFoundError: the decision is not one's own, or not in this project.
    """
    row = _own(ws, user_id, project_name, decision_id)
    thread = comments.thread(ws, project_name, row.item_id)
    if row.purpose not in FURTHER:
        return thread
    with ws.db.read() as session:
        name = users.names(session)[user_id]
    return [comment for comment in thread if comment["by"] == name]


def eyes(ws: Workspace, user_id: str, project_name: str) -> dict[str, Any]:
    """How one's answers compare: with colleagues' blind ones, with proposals seen and not seen.

    Returns:
        agreement (with blind answers of others), probes (wrong proposals that were noticed), blind
        (answers that were the proposal, where it was hidden), shown (where it was shown): each a
        figure with estimate, low, high, n and method, or None where nothing was counted.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        hidden = [
            set(decision.labels) == figures.proposed(project, proposal)
            for decision, proposal in audits.answers(session, project.id, project.run_id or "")
            if decision.user_id == user_id and project.mode == "single"
        ]
        confirmed, answered = own_decisions.confirmed(session, project.id, user_id)
    return {
        **figures.of_person(ws, user_id, project_name),
        "blind": Share(sum(hidden), len(hidden)).as_dict(),
        "shown": Share(confirmed, answered).as_dict(),
    }


def _told(
    session: Session, row: Decision, item: Item, state: str, names: Mapping[str, str]
) -> dict[str, Any]:
    return {
        **offers.picture(session, item),
        "id": row.id,
        "kind": row.kind,
        "ask": row.ask,
        "labels": [names.get(c, "") for c in row.labels],
        "state": state,
        "view": row.view,
        "reason": row.reason,
        "at": row.created_at.isoformat(),
        "can_correct": row.kind in LABELLING,
    }


def _own(ws: Workspace, user_id: str, project_name: str, decision_id: str) -> Decision:
    with ws.db.read() as session:
        project = find(session, project_name)
        row = decisions.by_ids(session, [decision_id]).get(decision_id)
    if row is None or row.user_id != user_id or row.project_id != project.id:
        raise NotFoundError("this is no decision of yours in this project")
    return row


def _undo_of(row: Decision) -> dict[str, Any]:
    kind = DecisionKind.UNDO
    return {"id": new_id(), "item": row.item_id, "kind": kind, "supersedes": row.id}


def _send(ws: Workspace, user_id: str, project_name: str, given: list[dict[str, Any]]) -> None:
    answer = review.decide(ws, user_id, project_name, given)
    for refused in answer["rejected"]:
        raise InputError(refused["why"])
