"""Leases on what the grid offers, many first decisions at a time."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.orm import Session

from db.engine import insert_all, lookups
from db.grid import Viewer
from db.tables import OPEN, Item, Lease, Project, QueueEntry, QueueState

POLICY = "grid"
"""The policy of a queue entry that was made because the grid offered an unranked item."""


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
    """Renew the leases of the viewer's tab on ``keep`` and return its others.

    The others are what it showed before, and what its single view was offered, further looks too.
    Leases that a decision under way is about to end are left to it.
    """
    query = select(Lease.slot, Lease.item_id).where(
        Lease.project_id == viewer.project_id,
        Lease.user_id == viewer.user_id,
        Lease.client == viewer.client,
    )
    own: dict[int, set[str]] = {}
    for slot, item_id in session.execute(query.with_for_update(skip_locked=True)):
        own.setdefault(slot, set()).add(item_id)
    for slot, items in own.items():
        for part in lookups(items.intersection(keep)):
            kept = _looks(Lease, viewer, part, slot)
            session.execute(update(Lease).where(kept).values(expires_at=until))
        for part in lookups(items.difference(keep)):
            session.execute(delete(Lease).where(_looks(Lease, viewer, part, slot)))
            leased = QueueEntry.state == QueueState.LEASED
            waiting = update(QueueEntry).where(_looks(QueueEntry, viewer, part, slot), leased)
            session.execute(waiting.values(state=QueueState.QUEUED))


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
        _looks(QueueEntry, viewer, item_ids), QueueEntry.state != QueueState.DONE
    )
    free = set(session.scalars(queued.with_for_update(skip_locked=True)))
    leased = _looks(Lease, viewer, list(free))
    everybody = set(session.scalars(select(Lease.item_id).where(leased)))
    own = select(Lease.item_id).where(leased, Lease.user_id == viewer.user_id)
    mine = set(session.scalars(own.with_for_update(skip_locked=True)))
    new = free - everybody
    held = {"client": viewer.client, "expires_at": until}
    session.execute(update(Lease).where(_looks(Lease, viewer, list(mine))).values(**held))
    waiting = _looks(QueueEntry, viewer, list(new))
    session.execute(update(QueueEntry).where(waiting).values(state=QueueState.LEASED))
    values = {"project_id": viewer.project_id, "slot": 0, "user_id": viewer.user_id, **held}
    insert_all(session, Lease, [{**values, "item_id": item} for item in sorted(new)])
    return new | mine


def _looks(
    table: type[Lease] | type[QueueEntry], viewer: Viewer, item_ids: Sequence[str], slot: int = 0
) -> ColumnElement[bool]:
    of_slot = and_(table.project_id == viewer.project_id, table.slot == slot)
    return and_(of_slot, table.item_id.in_(item_ids))
