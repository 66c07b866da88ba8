"""Second looks: a reviewer accepts, changes or sends back what was flagged, disputed or drawn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import images, queue, second_looks, users
from db.derive import LABELLING, STATE_OF, counting
from db.ids import new_id
from db.tables import (
    Decision,
    DecisionKind,
    Item,
    LookKind,
    LookOutcome,
    Project,
    Purpose,
    Standing,
)
from labeling.errors import InputError
from labeling.roles import Role
from labeling.workflows import accounts, comments, draws
from labeling.workflows.at_hand import AtHand
from labeling.workflows.desk import PERSON, Desk
from labeling.workflows.item_log import look_as_dict
from labeling.workflows.outage import answering
from labeling.workflows.projects import find
from labeling.workspace import Workspace


def counts(ws: Workspace, project_name: str) -> dict[str, int]:
    """How many second looks of each kind wait in a project.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        found = second_looks.count_waiting(session, find(session, project_name).id)
        return {kind: found.get(kind, 0) for kind in LookKind}


def waiting(
    ws: Workspace,
    project_name: str,
    *,
    kinds: Collection[str] | None = None,
    reviewer_id: str | None = None,
    viewer_id: str | None = None,
    limit: int = 500,
) -> list[dict[str, Any]]:
    """The items that wait for a second look, those for one person first, then by age.

    Args:
        ws: the workspace.
        project_name: the project.
        kinds: of ``LookKind``; None: all.
        reviewer_id: without those that wait for somebody else; None: all.
        viewer_id: who looks: without what they are to decide blind first; None: all.
        limit: at most so many second looks.

    Returns:
        item, sha and looks (kind, reason, by, to, at) of each item.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        people = users.names(session)
        by_item: dict[str, dict[str, Any]] = {}
        for row, sha in second_looks.waiting(
            session,
            project.id,
            kinds=kinds,
            reviewer_id=reviewer_id,
            viewer_id=viewer_id,
            limit=limit,
        ):
            told = by_item.setdefault(row.item_id, {"item": row.item_id, "sha": sha, "looks": []})
            told["looks"].append(look_as_dict(row, people))
        return list(by_item.values())


def settle(
    ws: Workspace,
    user_id: str,
    project_name: str,
    item_id: str,
    labels: Sequence[str],
    *,
    seen: int,
    comment: str = "",
) -> None:
    """Decide an item as a reviewer; its second looks are closed, as accepted or as changed.

    Args:
        ws: the workspace.
        user_id: the reviewer.
        project_name: the project.
        item_id: the item.
        labels: class names or ids, the present ones where they are accepted; none: none of these.
        seen: the newest decision that the reviewer saw (``item_log.show``: seq).
        comment: one to leave; none where it is empty.

    Raises:
        ForbiddenError: the person is no reviewer here.
        InputError: somebody has decided the item since, or a label can't be used.
        NotFoundError: there is no such project or item.
    """

    accounts.require(ws, user_id, Role.REVIEWER, project_name)

    def work(session: Session) -> None:
        desk, item, _ = _desk(ws, session, user_id, project_name, item_id, seen)
        if comment.strip():
            comments.leave(session, item, user_id, comment)
        given = {"id": new_id(), "item": item.id, "kind": "review", "labels": list(labels)}
        desk.append(given)

    with answering():
        ws.db.write(work)


def send_back(
    ws: Workspace,
    user_id: str,
    project_name: str,
    item_id: str,
    to: str,
    comment: str,
    *,
    seen: int,
) -> None:
    """Let a person decide an item again, with a comment; what held, and each flag, is withdrawn.

    Opinions of other people stay: where the new decision differs from one, the item is disputed.

    Args:
        ws: the workspace.
        user_id: the reviewer.
        project_name: the project.
        item_id: the item.
        to: the name of somebody who may decide in the project.
        comment: what they should look at.
        seen: as for ``settle``.

    Raises:
        ForbiddenError: the person is no reviewer here.
        InputError: somebody has decided the item since, nobody is called so, or there is no
            comment.
        NotFoundError: there is no such project or item.
    """
    accounts.require(ws, user_id, Role.REVIEWER, project_name)
    if to not in {person["name"] for person in accounts.people(ws, project_name)}:
        raise InputError(f"nobody called {to!r} decides here", "Choose a name from the list.")

    def work(session: Session) -> None:
        desk, item, past = _desk(ws, session, user_id, project_name, item_id, seen)
        comments.leave(session, item, user_id, comment)
        second_looks.close_item(session, item.id, user_id, LookOutcome.SENT_BACK)
        _withdraw(desk, item, past)
        draws.withdraw(session, desk.project.id, item.id)
        addressee, reviewer = users.named(session, to), users.get(session, user_id)
        if addressee is None or reviewer is None:
            raise InputError(f"nobody called {to!r} decides here")
        said = f"sent back by {reviewer.name}: {comment.strip()}"
        queue.hand_over(session, desk.project.id, item.id, addressee.id, said)
        second_looks.end_blindness(session, desk.project.id, item.id)

    with answering():
        ws.db.write(work)


def _desk(
    ws: Workspace, session: Session, user_id: str, project_name: str, item_id: str, seen: int
) -> tuple[Desk, Item, list[Decision]]:
    """The reviewer's desk, with the item locked and its log as the reviewer saw it."""
    project: Project = find(session, project_name, hold=True)
    item = comments.item_of(session, project_name, item_id)
    hand = AtHand(session, project, [item.id], ws.clock())
    past = hand.log(item)
    if (past[-1].seq if past else 0) != seen:
        raise _changed(session, item, past, user_id)
    return Desk(session, ws, project, hand, user_id, PERSON, None, reviewing=True), item, past


def _changed(session: Session, item: Item, past: list[Decision], user_id: str) -> InputError:
    """The refusal of a key pressed for a picture whose log has grown since it was drawn."""
    (path, *_) = images.sources_of(session, [item.id]).get(item.id) or [item.sha256[:12]]
    if past and past[-1].user_id == user_id:
        return InputError(
            f"you had settled {path} already when that key came: it did nothing",
            "Press it again if you meant the picture shown now.",
        )
    return InputError(f"somebody has decided {path} since you opened it", "Look at it again.")


def _withdraw(desk: Desk, item: Item, past: list[Decision]) -> None:
    """Withdraw, as one act, every flag and all that is or was in force.

    What was replaced would hold again if only the newest were withdrawn.
    """
    act = new_id()
    for one in filter(_binds, counting(past)):
        given = {"id": new_id(), "act_id": act, "supersedes": one.id}
        row = desk.decision(given, DecisionKind.WITHDRAW, item, Purpose.WORK, [])
        desk.store(item, past, row)
        past = [*past, row]


def _binds(decision: Decision) -> bool:
    """Whether a living decision is a flag, or could be the one in force."""
    answers = decision.kind in LABELLING or decision.kind in STATE_OF
    in_force = answers and decision.standing == Standing.IN_FORCE
    return in_force or decision.kind == DecisionKind.FLAG
