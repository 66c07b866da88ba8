"""Everything that is known of one item, on one screen: for reviewers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import alike, conflicts, decisions, images, lineage, projects, queue, second_looks, users
from db.derive import in_force, living
from db.tables import Decision, Item, Project, SecondLook
from db.told_states import told_state
from labeling.cvat.mapping import in_words
from labeling.workflows import comments, cvat_overview, offers
from labeling.workflows.places import Place, place_of
from labeling.workflows.projects import find
from labeling.workspace import Workspace

MOST_MATES = 12
"""Pictures of an item's groups that are told, the same picture before what looks alike."""


def show(ws: Workspace, user_id: str, project_name: str, item_id: str) -> dict[str, Any]:
    """An item with its whole log, its second looks and the comments on it, as JSON.

    While an audit waits for its first decision its proposal stays hidden, from reviewers too. An
    item of which a further look is asked of this person is told as it is offered to them: as one
    that nobody has decided.

    Args:
        ws: the workspace.
        user_id: who looks.
        project_name: the project.
        item_id: the item.

    Returns:
        item, sha, width, height, source, state, labels (names; None: nobody has decided),
        paths, columns, mates (who share a group: item, sha, source, width, height and kind,
        same or alike), blind, proposals, proposal, seq (of the newest decision, 0: none),
        decisions (oldest first), looks, conflicts (open ones with CVAT: server, the labels before,
        ours, theirs, and words, the same for people), cvat (``cvat_overview.places``), comments.

    Raises:
        NotFoundError: there is no such project or item.
    """
    with ws.db.read() as session:
        item = comments.item_of(session, project_name, item_id)
        project = find(session, project_name)
        log = decisions.log(session, item.id)
        first = queue.firsts(session, project.id, [item.id], ws.clock()).get(item.id)
        place = place_of(session, item, log, user_id, first, lineage.of(project))
        return {
            **offers.picture(session, item),
            **_proposed(session, project, item, log, place),
            "paths": images.sources_of(session, [item.id]).get(item.id, []),
            "columns": images.columns_of(session, [item.id]).get(item.id, {}),
            "mates": _mates(session, item),
            **(_untold(project) if place.slot else _story(session, project, item, log)),
        }


def _mates(session: Session, item: Item) -> list[dict[str, Any]]:
    found = {mate.item.id: mate.kind for mate in alike.mates(session, item)[:MOST_MATES]}
    told = offers.pictures(session, found)
    return [told[mate][1] | {"kind": kind} for mate, kind in found.items() if mate in told]


def look_as_dict(row: SecondLook, people: Mapping[str, str]) -> dict[str, Any]:
    """A second look as JSON; ``people`` are names by user id."""
    return {
        "kind": row.kind,
        "reason": row.reason,
        "by": people.get(row.opened_by or "", ""),
        "to": people.get(row.assignee_id or "", ""),
        "at": row.created_at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "closed_by": people.get(row.closed_by or "", ""),
        "outcome": row.outcome,
    }


def _story(session: Session, project: Project, item: Item, log: list[Decision]) -> dict[str, Any]:
    """What people made of an item."""
    names = projects.class_names(session, project.id)
    people = users.names(session)
    became = lineage.of(project)
    current = in_force(log, became)
    return {
        "state": session.scalar(select(told_state()).where(Item.id == item.id)),
        "labels": [names.get(c, "") for c in became.settle(current.labels)] if current else None,
        "seq": log[-1].seq if log else 0,
        "decisions": _told_log(log, current, names, people),
        "looks": [look_as_dict(row, people) for row in second_looks.of_item(session, item.id)],
        "conflicts": _told_conflicts(session, item, names),
        "cvat": cvat_overview.places(session, item.id, names),
        "comments": comments.told(session, item),
    }


def _untold(project: Project) -> dict[str, Any]:
    """What is told of an item to whom it is offered for a further look."""
    return {
        "state": offers.undecided(project),
        "labels": None,
        "seq": 0,
        "decisions": [],
        "looks": [],
        "conflicts": [],
        "cvat": [],
        "comments": [],
    }


def _told_conflicts(session: Session, item: Item, names: Mapping[str, str]) -> list[dict[str, Any]]:
    told = []
    for row, server in conflicts.open_of_item(session, item.id):
        sides = {"before": row.base_labels, "ours": row.our_labels, "theirs": row.their_labels}
        shown = {side: _class_names(labels, names) for side, labels in sides.items()}
        words = {side: in_words(labels, names) for side, labels in sides.items()}
        told.append({"server": server, **shown, "words": words})
    return told


def _class_names(labels: list[str], names: Mapping[str, str]) -> list[str]:
    """The names of those labels of a conflict that are classes."""
    return sorted(names[label] for label in labels if label in names)


def _proposed(
    session: Session, project: Project, item: Item, log: list[Decision], place: Place
) -> dict[str, Any]:
    offered = bool(place.slot) or in_force(log, lineage.of(project)) is None
    if offered and place.blind:
        return offers.NOTHING | {"blind": True}
    proposal = offers.of_items(session, project, [item.id]).get(item.id)
    active = {c.id: c.name for c in projects.classes(session, project.id)}
    return offers.told(session, item, place.purpose if place.slot else "", proposal, active)


def _told_log(
    log: list[Decision],
    current: Decision | None,
    names: Mapping[str, str],
    people: Mapping[str, str],
) -> list[dict[str, Any]]:
    alive = {one.id for one in living(log)}
    number = {one.id: place for place, one in enumerate(log, 1)}
    return [
        {
            "id": row.id,
            "number": number[row.id],
            "kind": row.kind,
            "ask": row.ask,
            "standing": row.standing,
            "purpose": row.purpose,
            "blind": row.blind,
            "in_force": current is not None and row.id == current.id,
            "ended": row.id not in alive,
            "names": number.get(row.supersedes or ""),
            "labels": [names.get(c, "") for c in row.labels],
            "shown_proposal": row.shown_proposal,
            "reason": row.reason,
            "by": people.get(row.user_id, ""),
            "entered_by": people.get(row.entered_by or "", ""),
            "at": row.created_at.isoformat(),
            "seconds": row.seconds,
            "view": row.view,
            "source": row.source,
            "guideline_revision": row.guideline_revision,
        }
        for row in log
    ]
