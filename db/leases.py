"""Leases: what is offered to one person, in one browser tab (``client``), until it expires.

What a tab left behind goes back to the queue when its lease expires or is released, and at once
to the same person when nothing else is left. Slot 0 of an item is its first decision; further
slots (``db.slots``) never go to somebody who has a decision on the item.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, not_, or_, select, update
from sqlalchemy.orm import Session

from db.engine import insert_all, lookups, table_of
from db.tables import Decision, Lease, Purpose, QueueEntry, QueueState

NO_TAB = ""
"""The client of a lease that any tab of its holder may take over."""

SAME_ENTRY = and_(
    Lease.project_id == QueueEntry.project_id,
    Lease.item_id == QueueEntry.item_id,
    Lease.slot == QueueEntry.slot,
)
"""Joins a lease to the entry that it is on."""

_lease = table_of(Lease).c
_END = delete(table_of(Lease)).where(
    _lease.project_id == bindparam("project"),
    _lease.item_id == bindparam("item"),
    _lease.slot == bindparam("slot"),
)


@dataclass(frozen=True)
class _Tab:
    """A tab of a person's browser on a project."""

    project_id: str
    user_id: str
    client: str

    @property
    def of_person(self) -> ColumnElement[bool]:
        return and_(Lease.project_id == self.project_id, Lease.user_id == self.user_id)


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
    """Lease the next items to a tab; ``held`` are left out, and no item comes twice.

    First those that it holds already, then those that are assigned to the person, then those that
    are assigned to nobody. Every lease of the tab that nobody else took meanwhile is renewed to
    ``until``.
    """
    tab = _Tab(project_id, user_id, client)
    here = and_(tab.of_person, Lease.client.in_((client, NO_TAB)))
    session.execute(update(Lease).where(here).values(client=client, expires_at=until))
    release_expired(session, project_id, now)
    entries = list(_leased_entries(session, here, held, limit))
    for whose in (QueueEntry.assignee_id == user_id, QueueEntry.assignee_id.is_(None)):
        if len(entries) < limit:
            entries += _lease_new(session, tab, whose, limit - len(entries), held, until)
    if len(entries) < limit:
        entries += _adopt(session, tab, limit - len(entries), held, until)
    return entries


def release_expired(session: Session, project_id: str, now: datetime) -> None:
    """Put items whose lease has expired back into the queue, at their rank."""
    _release(session, project_id, Lease.expires_at <= now)


def release(
    session: Session, project_id: str, user_id: str, client: str, held: Iterable[str] = ()
) -> None:
    """Put what a tab holds back into the queue: it was closed; ``held`` stay with it."""
    kept = Lease.item_id.in_(list(held))
    _release(
        session, project_id, and_(Lease.user_id == user_id, Lease.client == client, not_(kept))
    )


def holder(session: Session, project_id: str, item_id: str, now: datetime) -> str | None:
    """Who holds a living lease on an item's first decision, None where nobody does."""
    query = select(Lease.user_id).where(
        Lease.project_id == project_id,
        Lease.item_id == item_id,
        Lease.slot == 0,
        Lease.expires_at > now,
    )
    return session.scalar(query)


def give(session: Session, entry: QueueEntry, user_id: str, until: datetime) -> None:
    """Lease an entry, whoever holds it, to a person, for any tab of theirs."""
    end(session, entry.project_id, entry.item_id, entry.slot)
    entry.state = QueueState.LEASED
    session.flush()
    lease = Lease(project_id=entry.project_id, item_id=entry.item_id, slot=entry.slot)
    lease.user_id, lease.client, lease.expires_at = user_id, NO_TAB, until
    session.add(lease)
    session.flush()


def end(session: Session, project_id: str, item_id: str, slot: int) -> None:
    """End the lease on an entry, whoever holds it."""
    session.execute(_END, {"project": project_id, "item": item_id, "slot": slot})


def _release(session: Session, project_id: str, which: ColumnElement[bool]) -> None:
    ended = session.scalars(
        delete(Lease).where(Lease.project_id == project_id, which).returning(Lease.item_id)
    ).all()
    for part in lookups(ended):
        session.execute(
            update(QueueEntry)
            .where(
                QueueEntry.project_id == project_id,
                QueueEntry.item_id.in_(part),
                QueueEntry.state == QueueState.LEASED,
                not_(exists().where(SAME_ENTRY)),
            )
            .values(state=QueueState.QUEUED)
        )


def _leased_entries(
    session: Session, whose: ColumnElement[bool], held: Iterable[str], limit: int
) -> Sequence[QueueEntry]:
    query = (
        select(QueueEntry)
        .join(Lease, SAME_ENTRY)
        .where(
            whose,
            QueueEntry.state == QueueState.LEASED,
            QueueEntry.item_id.not_in(list(held)),
        )
        .order_by(QueueEntry.priority, QueueEntry.rank)
        .limit(limit)
    )
    return session.scalars(query).all()


def _lease_new(
    session: Session,
    tab: _Tab,
    whose: ColumnElement[bool],
    limit: int,
    held: Iterable[str],
    until: datetime,
) -> Sequence[QueueEntry]:
    query = (
        select(QueueEntry)
        .where(
            QueueEntry.project_id == tab.project_id,
            QueueEntry.state == QueueState.QUEUED,
            whose,
            QueueEntry.item_id.not_in(list(held)),
            or_(QueueEntry.slot == 0, _is_unseen_by(tab.user_id)),
        )
        .order_by(QueueEntry.priority, QueueEntry.rank)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    entries = _one_an_item(session.scalars(query).all())
    for entry in entries:
        entry.state = QueueState.LEASED
        if entry.purpose == Purpose.PROBE:
            entry.assignee_id = tab.user_id
    session.flush()
    lease = {
        "project_id": tab.project_id,
        "user_id": tab.user_id,
        "client": tab.client,
        "expires_at": until,
    }
    keys = [{"item_id": entry.item_id, "slot": entry.slot} for entry in entries]
    insert_all(session, Lease, [lease | key for key in keys])
    return entries


def _one_an_item(entries: Sequence[QueueEntry]) -> Sequence[QueueEntry]:
    first: dict[str, QueueEntry] = {}
    for entry in entries:
        first.setdefault(entry.item_id, entry)
    return list(first.values())


def _is_unseen_by(user_id: str) -> ColumnElement[bool]:
    """Whether a person has no decision on an item and is not offered it already."""
    decided = exists().where(Decision.item_id == QueueEntry.item_id, Decision.user_id == user_id)
    offered = exists().where(
        Lease.project_id == QueueEntry.project_id,
        Lease.item_id == QueueEntry.item_id,
        Lease.user_id == user_id,
    )
    return not_(or_(decided, offered))


def _adopt(
    session: Session, tab: _Tab, limit: int, held: Sequence[str], until: datetime
) -> Sequence[QueueEntry]:
    other_tabs = and_(tab.of_person, Lease.client != tab.client)
    entries = _leased_entries(session, other_tabs, held, limit)
    adopted = Lease.item_id.in_([entry.item_id for entry in entries])
    session.execute(
        update(Lease).where(tab.of_person, adopted).values(client=tab.client, expires_at=until)
    )
    return entries
