"""Bringing a snapshot back: its labels as new decisions of a lead; nothing is deleted."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, images, projects, snapshots
from db.ids import new_id
from db.tables import DecisionKind, Item, ItemState, Project, SnapshotItem
from labeling.roles import Role
from labeling.workflows import accounts, erased, review
from labeling.workflows.jobs import to_end
from labeling.workflows.projects import VERIFIED, find
from labeling.workflows.snapshot_files import found, require_untouched
from labeling.workspace import Workspace

DECISIONS_AT_ONCE = 200


def restore(ws: Workspace, user_id: str, project_name: str, name: str) -> dict[str, Any]:
    """Give the pictures of a snapshot the labels that they had, by new decisions of the lead.

    Nothing is deleted: what was decided since stays in the log, and pictures that were not in the
    snapshot stay as they are. What people dispute by now is settled, and what was reviewed then is
    reviewed again. Done again it changes nothing.

    Returns:
        restored, unchanged, and failed: a list of ``{"sha256", "why"}`` (a picture that was erased
        or a picture or class that is gone).

    Raises:
        ForbiddenError: the person is no lead here.
        InputError: the snapshot was tampered with.
        NotFoundError: there is no such project or snapshot.
    """
    return to_end(restoring(ws, user_id, project_name, name))


def restoring(
    ws: Workspace, user_id: str, project_name: str, name: str
) -> Generator[tuple[int, int], None, dict[str, Any]]:
    """Bring a snapshot back step by step; what ``restore`` returns and raises.

    Yields:
        how many labels are given back, and how many have to be.
    """
    accounts.require(ws, user_id, Role.LEAD, project_name)
    with ws.db.read() as session:
        project = find(session, project_name)
        snapshot = found(session, project, name)
        stored = snapshots.items(session, snapshot.id)
        require_untouched(ws, snapshot, stored)
        acts, failed, unchanged = _restoring(session, project, stored)
    restored = 0
    for start in range(0, len(acts), DECISIONS_AT_ONCE):
        some = acts[start : start + DECISIONS_AT_ONCE]
        answer = review.decide(
            ws, user_id, project_name, some, source=f"snapshot:{name}"[:60],
            reviewing=True,
        )  # fmt: skip
        restored += len(answer["acknowledged"])
        shas = {act["id"]: act["sha256"] for act in some}
        failed += [{"sha256": shas[r["id"]], "why": r["why"]} for r in answer["rejected"]]
        yield start + len(some), len(acts)
    return {"restored": restored, "unchanged": unchanged, "failed": failed}


def _restoring(
    session: Session, project: Project, stored: Sequence[SnapshotItem]
) -> tuple[list[dict[str, Any]], list[dict[str, str]], int]:
    """The decisions that bring a snapshot back, what can't be, and how many need none."""
    ids = images.all_by_sha(session, project.id)
    borne = decisions.labels(session, project.id)
    states = images.with_sizes(session, ids.values())
    active = {c.id for c in projects.classes(session, project.id)}
    gone = erased.told(session, [one.sha256 for one in stored])
    acts, failed, unchanged = [], [], 0
    for one in stored:
        item = ids.get(one.sha256)
        if one.sha256 in gone:
            failed.append({"sha256": one.sha256, "why": f"the picture was {gone[one.sha256]}"})
        elif item is None:
            failed.append({"sha256": one.sha256, "why": "the picture is no longer in the project"})
        elif not active.issuperset(one.labels):
            failed.append({"sha256": one.sha256, "why": "a class of it is no longer active"})
        elif states[item][0].state in VERIFIED and sorted(borne.get(item, [])) == one.labels:
            unchanged += 1
        else:
            acts.append(_act(states[item][0], one))
    return acts, failed, unchanged


def _act(item: Item, one: SnapshotItem) -> dict[str, Any]:
    kind = DecisionKind.CORRECT if one.labels else DecisionKind.NONE_OF_THESE
    if item.state == ItemState.DISPUTED or one.state == ItemState.REVIEWED:
        kind = DecisionKind.REVIEW
    act = {"id": new_id(), "item": item.id, "kind": kind, "labels": one.labels, "view": "import"}
    return act | {"supersedes": item.decision_id, "sha256": one.sha256}
