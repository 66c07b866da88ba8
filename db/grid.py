"""Undecided items by what is proposed for them, for the grid, and the leases on them.

An item is in the grid while it waits for a first decision with its proposal shown. An audit item
that is not decided yet is not, nor is anything of its duplicate group: what the grid shows of a
group would tell the proposal that the audit hides.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from db.engine import insert_all, lookups
from db.leases import NO_TAB
from db.tables import (
    OPEN,
    Assignment,
    AuditDraw,
    Image,
    Item,
    Lease,
    Project,
    Proposal,
    Purpose,
    QueueEntry,
    QueueState,
)

POLICY = "grid"
"""The policy of a queue entry that was made because the grid offered an unranked item."""
READ_AHEAD = 500
"""Rows read at a time; whoever takes the first 24 of 100,000 does not wait for the rest."""
COLUMNS = (Item.id, Item.sha256, Item.duplicate_group_id, Proposal)
"""What makes a ``Candidate``."""


@dataclass(frozen=True)
class Viewer:
    """Who looks at the grid of a project, where and when.

    Args:
        project_id: the project.
        run_id: the run whose proposals are shown.
        user_id: the person.
        client: the tab; None stands for all tabs of the person.
        now: leases that end by then no longer count.
    """

    project_id: str
    run_id: str
    user_id: str
    client: str | None
    now: datetime


@dataclass(frozen=True)
class Candidate:
    """An item that may be offered, with its picture, duplicate group and proposal."""

    item_id: str
    sha256: str
    group_id: str | None
    proposal: Proposal


def count_by_class(session: Session, viewer: Viewer) -> dict[str | None, int]:
    """How many items the grid has for a person, by proposed class id (None: none of these)."""
    query = _open_to(viewer, Proposal.class_id, func.count()).group_by(Proposal.class_id)
    return dict(session.execute(query).tuples().all())


def candidates(
    session: Session,
    viewer: Viewer,
    class_ids: Sequence[str] | None,
    order: Sequence[ColumnElement[Any]] = (),
) -> Iterator[Candidate]:
    """What the grid has for a person, read little by little.

    Args:
        session: an open session.
        viewer: the person.
        class_ids: classes that are proposed; empty: none of these; None: whatever is proposed.
        order: columns of ``Proposal``; items that are equal in them come in order of arrival.
    """
    query = _open_to(viewer, *COLUMNS)
    if class_ids is not None:
        proposed = Proposal.class_id
        query = query.where(proposed.in_(class_ids) if class_ids else proposed.is_(None))
    query = query.order_by(*order, Proposal.item_id).execution_options(yield_per=READ_AHEAD)
    with session.execute(query) as rows:
        for row in rows:
            yield Candidate(*row)


def members(
    session: Session, viewer: Viewer, group_ids: Sequence[str]
) -> dict[str, list[Candidate]]:
    """What the grid has of duplicate groups, whatever is proposed, by group id."""
    found: dict[str, list[Candidate]] = {}
    query = _open_to(viewer, *COLUMNS)
    for part in lookups(group_ids):
        own = query.where(Item.duplicate_group_id.in_(part)).order_by(Item.id)
        for row in session.execute(own):
            found.setdefault(row[2], []).append(Candidate(*row))
    return found


def sizes(session: Session, shas: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Width and height of pictures, in pixels, by SHA-256."""
    found: dict[str, tuple[int, int]] = {}
    for part in lookups(shas):
        query = select(Image.sha256, Image.width, Image.height).where(Image.sha256.in_(part))
        found.update({sha: (width, height) for sha, width, height in session.execute(query)})
    return found


def lock(session: Session, project_id: str) -> None:
    """Let nobody else lease from the project's grid, or rank its queue, until the transaction ends.

    Decisions are not held up.
    """
    query = select(Project.id).where(Project.id == project_id)
    session.execute(query.with_for_update(key_share=True))


def lease(session: Session, viewer: Viewer, item_ids: Sequence[str], until: datetime) -> set[str]:
    """Lease items to the viewer's tab, under ``lock``; those that were still to be had.

    Items that stand in no queue (only the first ranks are stored) are put at its end. What a
    transaction of somebody else is at is left out and never waited for.
    """
    taken: set[str] = set()
    for part in lookups(item_ids):
        query = select(Item.id).where(Item.id.in_(part), Item.state.in_(OPEN))
        undecided = query.with_for_update(skip_locked=True, key_share=True)
        free = session.scalars(undecided).all()
        _queue_unranked(session, viewer.project_id, free)
        taken.update(_lease_queued(session, viewer, free, until))
    return taken


def hand_back(session: Session, viewer: Viewer, keep: Collection[str], until: datetime) -> None:
    """Renew the leases of the viewer's tab on ``keep`` and return its other first looks.

    Leases that a decision under way is about to end are left to it.
    """
    query = select(Lease.item_id).where(
        Lease.project_id == viewer.project_id,
        Lease.user_id == viewer.user_id,
        Lease.client == viewer.client,
        Lease.slot == 0,
    )
    own = set(session.scalars(query.with_for_update(skip_locked=True)))
    for part in lookups(own.intersection(keep)):
        session.execute(
            update(Lease).where(_first_looks(Lease, viewer, part)).values(expires_at=until)
        )
    for part in lookups(own.difference(keep)):
        session.execute(delete(Lease).where(_first_looks(Lease, viewer, part)))
        waiting = (_first_looks(QueueEntry, viewer, part), QueueEntry.state == QueueState.LEASED)
        session.execute(update(QueueEntry).where(*waiting).values(state=QueueState.QUEUED))


def _queue_unranked(session: Session, project_id: str, item_ids: Sequence[str]) -> None:
    own = (QueueEntry.project_id == project_id, QueueEntry.slot == 0)
    known = select(QueueEntry.item_id).where(*own, QueueEntry.item_id.in_(item_ids))
    ranked = set(session.scalars(known))
    missing = [item for item in item_ids if item not in ranked]
    if not missing:
        return
    last = session.scalar(select(func.max(QueueEntry.rank)).where(*own)) or 0
    values = {
        "project_id": project_id,
        "state": QueueState.QUEUED,
        "policy": POLICY,
        "reason": "grid: not ranked",
    }
    rows = [{**values, "item_id": item, "rank": last + n} for n, item in enumerate(missing, 1)]
    insert_all(session, QueueEntry, rows)


def _lease_queued(
    session: Session, viewer: Viewer, item_ids: Sequence[str], until: datetime
) -> set[str]:
    queued = select(QueueEntry.item_id).where(
        _first_looks(QueueEntry, viewer, item_ids), QueueEntry.state != QueueState.DONE
    )
    free = set(session.scalars(queued.with_for_update(skip_locked=True)))
    leased = _first_looks(Lease, viewer, list(free))
    everybody = set(session.scalars(select(Lease.item_id).where(leased)))
    own = select(Lease.item_id).where(leased, Lease.user_id == viewer.user_id)
    mine = set(session.scalars(own.with_for_update(skip_locked=True)))
    new = free - everybody
    held = {"client": viewer.client, "expires_at": until}
    session.execute(update(Lease).where(_first_looks(Lease, viewer, list(mine))).values(**held))
    waiting = _first_looks(QueueEntry, viewer, list(new))
    session.execute(update(QueueEntry).where(waiting).values(state=QueueState.LEASED))
    values = {"project_id": viewer.project_id, "slot": 0, "user_id": viewer.user_id, **held}
    insert_all(session, Lease, [{**values, "item_id": item} for item in sorted(new)])
    return new | mine


def _first_looks(
    table: type[Lease] | type[QueueEntry], viewer: Viewer, item_ids: Sequence[str]
) -> ColumnElement[bool]:
    return and_(table.project_id == viewer.project_id, table.slot == 0, table.item_id.in_(item_ids))


def _open_to(viewer: Viewer, *columns: Any) -> Select[Any]:
    """``columns`` of the undecided items that a person may see in the grid."""
    return (
        select(*columns)
        .select_from(Proposal)
        .join(Item, Item.id == Proposal.item_id)
        .outerjoin(
            QueueEntry,
            and_(
                QueueEntry.project_id == viewer.project_id,
                QueueEntry.item_id == Proposal.item_id,
                QueueEntry.slot == 0,
            ),
        )
        .outerjoin(
            Lease,
            and_(
                Lease.project_id == viewer.project_id,
                Lease.item_id == Proposal.item_id,
                Lease.slot == 0,
            ),
        )
        .where(
            Proposal.run_id == viewer.run_id,
            Item.state.in_(OPEN),
            or_(_is_queued_for(viewer), and_(QueueEntry.item_id.is_(None), _may_take(viewer))),
            or_(Lease.item_id.is_(None), Lease.expires_at <= viewer.now, _is_own(viewer)),
            *_shows_proposals(viewer.project_id),
        )
    )


def _is_queued_for(viewer: Viewer) -> ColumnElement[bool]:
    return and_(
        QueueEntry.purpose == Purpose.WORK,
        QueueEntry.state != QueueState.DONE,
        or_(QueueEntry.assignee_id.is_(None), QueueEntry.assignee_id == viewer.user_id),
    )


def _may_take(viewer: Viewer) -> ColumnElement[bool]:
    """Whether no assignment gives an item, which stands in no queue, to other people alone."""
    covering = (
        Assignment.project_id == viewer.project_id,
        Assignment.ended_at.is_(None),
        or_(Assignment.class_id.is_(None), Assignment.class_id == Proposal.class_id),
        or_(Assignment.batch_id.is_(None), Assignment.batch_id == Item.batch_id),
    )
    mine = exists().where(*covering, Assignment.user_id == viewer.user_id)
    anybody = exists().where(*covering)
    return or_(mine, ~anybody)


def _is_own(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.client is None:
        return Lease.user_id == viewer.user_id
    return and_(Lease.user_id == viewer.user_id, Lease.client.in_((viewer.client, NO_TAB)))


def _shows_proposals(project_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """That an undecided item is no audit item and in no group of an undecided one."""
    drawn = select(AuditDraw.item_id).where(AuditDraw.project_id == project_id)
    audited = aliased(Item)
    groups = (
        select(audited.duplicate_group_id)
        .join(AuditDraw, AuditDraw.item_id == audited.id)
        .where(
            AuditDraw.project_id == project_id,
            audited.state.in_(OPEN),
            audited.duplicate_group_id.is_not(None),
        )
    )
    group = Item.duplicate_group_id
    return Proposal.item_id.not_in(drawn), or_(group.is_(None), group.not_in(groups))
