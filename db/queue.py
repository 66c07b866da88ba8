"""The queue of a project and the leases on it.

A lease belongs to one person in one browser tab (``client``). What a tab left behind goes back
to the queue when its lease expires, and at once to the same person when nothing else is left.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.engine import insert_all, lookups
from db.tables import OPEN, Item, Lease, Project, Proposal, QueueEntry, QueueState

NO_TAB = ""
"""The client of a lease that any tab of its holder may take over."""


def replace(session: Session, project_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Rank the queue anew; leased items stay leased and take their new rank.

    Rows of items that were decided since the ranking was computed are left out: the lock on the
    project makes decisions that are on their way either come first or wait.
    """
    session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
    own = (QueueEntry.project_id == project_id, QueueEntry.slot == 0)
    session.execute(delete(QueueEntry).where(*own, QueueEntry.state != QueueState.LEASED))
    leased = set(session.scalars(select(QueueEntry.item_id).where(*own)))
    decided = select(Item.id).where(Item.project_id == project_id, Item.state.not_in(OPEN))
    known = leased.union(session.scalars(decided))
    insert_all(session, QueueEntry, [row for row in rows if row["item_id"] not in known])
    moved = [row for row in rows if row["item_id"] in leased]
    if moved:
        ranks = [
            {"slot": 0} | {name: row[name] for name in row if name != "state"} for row in moved
        ]
        session.execute(update(QueueEntry), ranks)


def take(
    session: Session,
    project_id: str,
    user_id: str,
    client: str,
    limit: int,
    held: Sequence[str],
    now: datetime,
    until: datetime,
) -> Sequence[QueueEntry]:
    """Lease the next items to a tab, first those that it holds already; ``held`` are left out.

    Every lease of the tab that nobody else took meanwhile is renewed to ``until``.
    """
    own = (Lease.project_id == project_id, Lease.user_id == user_id)
    here = (*own, Lease.client.in_((client, NO_TAB)))
    session.execute(update(Lease).where(*here).values(client=client, expires_at=until))
    release_expired(session, project_id, now)
    entries = list(_leased_entries(session, here, held, limit))
    if len(entries) < limit:
        missing = limit - len(entries)
        entries += _lease_new(session, project_id, user_id, client, missing, held, until)
    if len(entries) < limit:
        entries += _adopt(session, project_id, user_id, client, limit - len(entries), held, until)
    return entries


def release_expired(session: Session, project_id: str, now: datetime) -> None:
    """Put items whose lease has expired back into the queue, at their rank."""
    expired = session.scalars(
        delete(Lease)
        .where(Lease.project_id == project_id, Lease.expires_at <= now)
        .returning(Lease.item_id)
    ).all()
    for part in lookups(expired):
        session.execute(
            update(QueueEntry)
            .where(
                QueueEntry.project_id == project_id,
                QueueEntry.item_id.in_(part),
                QueueEntry.state == QueueState.LEASED,
            )
            .values(state=QueueState.QUEUED)
        )


def close(session: Session, project_id: str, item_id: str) -> None:
    """Take an item out of the queue: it is decided."""
    _end_lease(session, project_id, item_id)
    session.execute(
        update(QueueEntry)
        .where(QueueEntry.project_id == project_id, QueueEntry.item_id == item_id)
        .values(state=QueueState.DONE)
    )


def reopen(
    session: Session, project_id: str, item_id: str, user_id: str, until: datetime, reason: str
) -> None:
    """Give an item back to the person who undid its decision, at its rank."""
    _end_lease(session, project_id, item_id)
    ranked_before = session.scalar(
        update(QueueEntry)
        .where(QueueEntry.project_id == project_id, QueueEntry.item_id == item_id)
        .values(state=QueueState.LEASED)
        .returning(QueueEntry.item_id)
    )
    if ranked_before is None:
        session.add(
            QueueEntry(
                project_id=project_id,
                item_id=item_id,
                rank=0,
                state=QueueState.LEASED,
                policy="undo",
                reason=reason,
            )
        )
        session.flush()
    session.add(
        Lease(
            project_id=project_id,
            item_id=item_id,
            user_id=user_id,
            client=NO_TAB,
            expires_at=until,
        )
    )
    session.flush()


def send_to_end(session: Session, project_id: str, item_id: str, reason: str) -> None:
    """Put an item behind everything else that waits: it was skipped."""
    _end_lease(session, project_id, item_id)
    last = session.scalar(
        select(func.max(QueueEntry.rank)).where(QueueEntry.project_id == project_id)
    )
    session.execute(
        delete(QueueEntry).where(QueueEntry.project_id == project_id, QueueEntry.item_id == item_id)
    )
    session.add(
        QueueEntry(
            project_id=project_id,
            item_id=item_id,
            rank=(last or 0) + 1,
            policy="skipped",
            reason=reason,
        )
    )
    session.flush()


def holder(session: Session, project_id: str, item_id: str, now: datetime) -> str | None:
    """Who holds a living lease on an item, None where nobody does."""
    query = select(Lease.user_id).where(
        Lease.project_id == project_id, Lease.item_id == item_id, Lease.expires_at > now
    )
    return session.scalar(query)


def ranked(
    session: Session, project_id: str, limit: int
) -> Sequence[tuple[QueueEntry, Item, Proposal | None]]:
    """What waits in a queue, first things first, with the newest proposal of each item."""
    query = (
        select(QueueEntry, Item, Proposal)
        .join(Item, Item.id == QueueEntry.item_id)
        .join(Project, Project.id == QueueEntry.project_id)
        .outerjoin(Proposal, (Proposal.item_id == Item.id) & (Proposal.run_id == Project.run_id))
        .where(QueueEntry.project_id == project_id, QueueEntry.state != QueueState.DONE)
        .order_by(QueueEntry.rank)
        .limit(limit)
    )
    return session.execute(query).tuples().all()


def count_waiting(session: Session, project_id: str) -> int:
    """How many items of a project are queued or leased."""
    query = select(func.count()).where(
        QueueEntry.project_id == project_id, QueueEntry.state != QueueState.DONE
    )
    return session.scalar(query) or 0


def _leased_entries(
    session: Session, own: tuple[Any, ...], held: Iterable[str], limit: int
) -> Sequence[QueueEntry]:
    query = (
        select(QueueEntry)
        .join(
            Lease,
            (Lease.project_id == QueueEntry.project_id) & (Lease.item_id == QueueEntry.item_id),
        )
        .where(
            *own,
            QueueEntry.state == QueueState.LEASED,
            QueueEntry.item_id.not_in(list(held)),
        )
        .order_by(QueueEntry.rank)
        .limit(limit)
    )
    return session.scalars(query).all()


def _lease_new(
    session: Session,
    project_id: str,
    user_id: str,
    client: str,
    limit: int,
    held: Iterable[str],
    until: datetime,
) -> Sequence[QueueEntry]:
    query = (
        select(QueueEntry)
        .where(
            QueueEntry.project_id == project_id,
            QueueEntry.state == QueueState.QUEUED,
            QueueEntry.item_id.not_in(list(held)),
        )
        .order_by(QueueEntry.rank)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    entries = session.scalars(query).all()
    if not entries:
        return entries
    for entry in entries:
        entry.state = QueueState.LEASED
    session.flush()
    lease = {
        "project_id": project_id,
        "user_id": user_id,
        "client": client,
        "expires_at": until,
    }
    insert_all(session, Lease, [{**lease, "item_id": entry.item_id} for entry in entries])
    return entries


def _adopt(
    session: Session,
    project_id: str,
    user_id: str,
    client: str,
    limit: int,
    held: Sequence[str],
    until: datetime,
) -> Sequence[QueueEntry]:
    other_tabs = (
        Lease.project_id == project_id,
        Lease.user_id == user_id,
        Lease.client != client,
    )
    entries = _leased_entries(session, other_tabs, held, limit)
    session.execute(
        update(Lease)
        .where(
            Lease.project_id == project_id,
            Lease.item_id.in_([entry.item_id for entry in entries]),
        )
        .values(client=client, expires_at=until)
    )
    return entries


def _end_lease(session: Session, project_id: str, item_id: str) -> None:
    session.execute(delete(Lease).where(Lease.project_id == project_id, Lease.item_id == item_id))
