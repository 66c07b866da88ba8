"""Review: what comes next, what was decided, and the one way into the decision log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import decisions, images, leases, projects
from db.ids import is_id
from db.tables import Decision, DecisionKind, Purpose, QueueEntry
from db.writer import Result
from labeling.errors import InputError
from labeling.workflows import (
    acceptance_stream,
    honesty,
    learning_due,
    offers,
    review_page,
    views,
)
from labeling.workflows.accounts import role_of
from labeling.workflows.at_hand import AtHand
from labeling.workflows.desk import LEASE, PERSON, Desk
from labeling.workflows.grid_question import OF_SEVERAL
from labeling.workflows.jobs import enqueue_once
from labeling.workflows.outage import answering
from labeling.workflows.projects import find
from labeling.workspace import Workspace

MAX_QUEUE = 200


def queue(
    ws: Workspace,
    user_id: str,
    project_name: str,
    limit: int = 40,
    held: Sequence[str] = (),
    client: str = "",
) -> dict[str, Any]:
    """Lease the next items to a person's tab and describe them.

    Args:
        ws: the workspace.
        user_id: who reviews.
        project_name: the project.
        limit: how many items, 1 to 200.
        held: items that the tab still holds (prefetched, or decided and not yet acknowledged).
        client: what tells one tab of a person from another.

    Returns:
        what ``review_page.head`` tells, the person's role, advice (``views.advice``: the page of
        the grid that pays more now), and items (``offers.described``: the picture, its proposals
        unless it is blind, the reason for its place).

    Raises:
        ForbiddenError: the person has no role.
        NotFoundError: there is no such project.
        StoreBusyError: the database does not answer just now.
    """
    now = ws.clock()
    limit = max(1, min(limit, MAX_QUEUE))
    kept = list(filter(is_id, held))
    with ws.db.read() as session:
        project_id = find(session, project_name).id

    def work(session: Session) -> Sequence[QueueEntry]:
        until = now + LEASE
        return leases.take(session, project_id, user_id, client, limit, kept, now, until)

    with answering():
        entries = ws.db.write(work)
    role = role_of(ws, user_id, project_name)
    with ws.db.read() as session:
        project = find(session, project_name)
        by_state = ws.state_counts.shown(session, project.id)
        head = review_page.head(session, project, user_id, by_state)
        names = {one["id"]: one["name"] for one in head["classes"]}
        return head | {
            "role": role,
            "advice": views.advice(session, project, names),
            "items": offers.described(session, project, entries),
        }


def release(
    ws: Workspace, user_id: str, project_name: str, client: str, held: Sequence[str] = ()
) -> None:
    """Return what a tab was offered: it is closed; ``held`` (decisions on their way) stay.

    Raises:
        NotFoundError: there is no such project.
        StoreBusyError: the database does not answer just now.
    """
    kept = list(filter(is_id, held))

    def work(session: Session) -> None:
        leases.release(session, find(session, project_name).id, user_id, client, kept)

    with answering():
        ws.db.write(work)


def decide(
    ws: Workspace,
    user_id: str,
    project_name: str,
    given: Sequence[Mapping[str, Any]],
    *,
    source: str = PERSON,
    entered_by: str | None = None,
    reviewing: bool = False,
) -> dict[str, Any]:
    """Append decisions to the log, in order; each fails alone; a known id changes nothing.

    Args:
        ws: the workspace.
        user_id: whose decisions they are.
        project_name: the project.
        given: dicts with id (UUID), item, kind, labels (class ids or names), revision, view,
            act_id, run (whose proposal was shown), shown_proposal, seconds, supersedes, reason;
            looked (seconds for which its page was in sight) and page (its label) in a grid; to (a
            name) and ask where an item is skipped or flagged.
        source: where they come from: "person", "file:csv" …
        entered_by: who handed them in, where that is somebody else.
        reviewing: the person settles second looks: decisions may be of the kind ``review``.

    Returns:
        acknowledged (ids), already_known (ids), rejected (``[{"id", "why"}]``), counts.

    Raises:
        NotFoundError: there is no such project.
        StoreBusyError: the database does not answer; nothing is stored, the same may be sent again.
    """

    def work(session: Session, again: bool) -> tuple[dict[str, Any], str, bool, bool]:
        project = find(session, project_name, hold=True)
        hand = AtHand(session, project, [one.get("item") for one in given], ws.clock())
        before = hand.states()
        desk = Desk(session, ws, project, hand, user_id, source, entered_by, reviewing)
        known = _known(session, given, hand, again)
        answer = _append_all(desk, given, known)
        if source == PERSON and honesty.is_due(desk.stored):
            honesty.watch(session, project.id, user_id)
        moved = hand.states()
        moved.subtract(before)
        by_state = ws.state_counts.after(session, project.id, moved)
        answer["counts"] = review_page.counts(session, project, by_state, user_id)
        learn = learning_due.is_due(session, project, desk.stored, answer["counts"]["items"])
        return answer, project.id, learn, Purpose.STREAM in desk.purposes

    with answering():
        answer, project_id, learn, streamed = _written(ws, work)
        if streamed:
            acceptance_stream.watch(ws, project_id)
    if learn:
        enqueue_once(ws, "learn", project_id)
    return answer


def _written(ws: Workspace, work: Callable[[Session, bool], Result]) -> Result:
    """Do ``work``; again where one of its ids is stored already, on an item that it is not about.

    Another request may have stored it at the same moment, too.
    """
    try:
        with ws.state_counts.unless_it_fails():
            return ws.db.write(lambda session: work(session, False))
    except IntegrityError:
        with ws.state_counts.unless_it_fails():
            return ws.db.write(lambda session: work(session, True))


def _known(
    session: Session, given: Sequence[Mapping[str, Any]], hand: AtHand, again: bool
) -> dict[str, str]:
    """Those ids of decisions that are stored, each with its item.

    The logs at hand tell of ids that are stored on their items, and the key of the table refuses
    the others: they are asked for only then, or where a decision is about no item at hand.
    """
    if not again and all(hand.item(one.get("item")) for one in given):
        return {}
    return decisions.known(session, filter(is_id, (one.get("id") for one in given)))


def _append_all(
    desk: Desk, given: Sequence[Mapping[str, Any]], known: dict[str, str]
) -> dict[str, Any]:
    """Append each decision by itself; ``known`` (ids with their items) grows by those stored."""
    acknowledged: list[str] = []
    already: list[str] = []
    refused: list[dict[str, str]] = []
    for one in given:
        decision_id = str(one.get("id"))
        try:
            is_new = _is_new(one, known) and desk.append(one)
        except InputError as error:
            refused.append({"id": decision_id, "why": str(error)})
        else:
            known[decision_id] = str(one["item"])
            (acknowledged if is_new else already).append(decision_id)
    return {"acknowledged": acknowledged, "already_known": already, "rejected": refused}


def _is_new(given: Mapping[str, Any], known: Mapping[str, str]) -> bool:
    """Whether a decision is not stored yet, by its id.

    Raises:
        InputError: the id is that of a decision on another item.
    """
    item = known.get(str(given.get("id")))
    if item not in (None, given.get("item")):
        raise InputError("another decision bears this id")
    return item is None


def history(
    ws: Workspace, user_id: str, project_name: str, limit: int = 50, act_id: str | None = None
) -> dict[str, Any]:
    """A person's own newest decisions in a project, newest first; of one act, where one is named.

    What was decided blind stays blind here, and what was probed looks like any other work.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        rows = decisions.history(session, project.id, user_id, max(1, min(limit, 1000)), act_id)
        undone = decisions.undone(session, [row.id for row in rows])
        names = projects.class_names(session, project.id)
        shown = offers.pictures(session, {row.item_id for row in rows})
        rows = [row for row in rows if row.item_id in shown]  # but erased pictures
        proposed = offers.of_items(session, project, list(shown))
        newest = {row.item_id: row for row in reversed(rows)}
        told = []
        for row in rows:
            item, picture = shown[row.item_id]
            proposal = proposed.get(item.id)
            if row.kind != DecisionKind.UNDO:
                state = offers.shown_state(newest[item.id], item)
                past = _past(row, state, names, undone) | picture
                told.append(past | offers.told(session, item, row.purpose, proposal, names))
        return {"decisions": told}


def counts(ws: Workspace, project_name: str) -> dict[str, Any]:
    """How many items of a project are in each state, and how many are left to decide."""
    with ws.db.read() as session:
        project = find(session, project_name)
        return review_page.counts(session, project, images.count_by_state(session, project.id))


def _past(row: Decision, state: str, names: Mapping[str, str], undone: set[str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "act_id": row.act_id,
        "kind": row.kind,
        "ask": row.ask,
        "labels": [names.get(c, "") for c in row.labels],
        "view": row.view,
        "page": row.policy if row.policy in OF_SEVERAL else None,
        "purpose": offers.shown_purpose(row.purpose),
        "standing": offers.shown_standing(row),
        "state": state,
        "at": row.created_at.isoformat(),
        "undone": row.id in undone,
    }
