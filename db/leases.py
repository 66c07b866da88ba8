"""Leases: what is offered to one person, in one browser tab (``client``), until it expires.

What a tab left behind goes back to the queue when its lease expires or is released, and at once
to the same person when nothing else is left. Slot 0 of an item is its first decision; further
slots (``db.slots``) never go to somebody who has a decision on the item.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    delete,
    exists,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningDelete

from db.engine import insert_all, lookups, table_of
from db.tables import IN_LINE, Decision, Lease, Purpose, QueueEntry, QueueState, UtcTime

NO_TAB = ""
"""The client of a lease that any tab of its holder may take over."""

SAME_ENTRY = and_(
    Lease.project_id == QueueEntry.project_id,
    Lease.item_id == QueueEntry.item_id,
    Lease.slot == QueueEntry.slot,
)
"""Joins a lease to the entry that it is on."""

# Built once: they run with each decision, or each time that a tab fetches what comes next.
_entry, _lease = table_of(QueueEntry).c, table_of(Lease).c
_PROJECT, _USER = bindparam("project", type_=String), bindparam("user", type_=String)
_CLIENT = bindparam("tab", type_=String)
_HELD = bindparam("held", expanding=True, type_=String)
_END = delete(table_of(Lease)).where(
    _lease.project_id == _PROJECT,
    _lease.item_id == bindparam("item"),
    _lease.slot == bindparam("at_slot"),
)
_OF_PERSON = and_(_lease.project_id == _PROJECT, _lease.user_id == _USER)
_TO_TAB = {"client": _CLIENT, "expires_at": bindparam("until", type_=UtcTime)}
_RENEW = update(table_of(Lease)).where(_OF_PERSON, _lease.client.in_((_CLIENT, NO_TAB)))
_RENEW = _RENEW.values(_TO_TAB)
_ADOPT = update(table_of(Lease)).where(_OF_PERSON)
_ADOPT = _ADOPT.where(_lease.item_id.in_(bindparam("items", expanding=True))).values(_TO_TAB)
_OFFER = update(table_of(QueueEntry)).where(
    _entry.project_id == _PROJECT,
    _entry.item_id == bindparam("item"),
    _entry.slot == bindparam("at_slot"),
)
_OFFER = _OFFER.values(state=QueueState.LEASED, assignee_id=bindparam("whose"), offered=True)


def _leased(tab: ColumnElement[bool]) -> Select[QueueEntry]:
    """What the tabs of a person that ``tab`` means hold, without ``held``, first things first."""
    return (
        select(QueueEntry)
        .join(Lease, SAME_ENTRY)
        .where(
            Lease.project_id == _PROJECT,
            Lease.user_id == _USER,
            tab,
            QueueEntry.state == QueueState.LEASED,
            QueueEntry.item_id.not_in(_HELD),
        )
        .order_by(QueueEntry.priority, QueueEntry.rank)
        .limit(bindparam("most"))
    )


def _waiting(whose: ColumnElement[bool]) -> Select[QueueEntry]:
    """What waits for the people whom ``whose`` means and could be offered to one of them.

    Of further slots only those of items that the person neither decided nor is offered already.
    """
    decided = exists().where(Decision.item_id == QueueEntry.item_id, Decision.user_id == _USER)
    offered = exists().where(
        Lease.project_id == QueueEntry.project_id,
        Lease.item_id == QueueEntry.item_id,
        Lease.user_id == _USER,
    )
    return (
        select(QueueEntry)
        .where(
            QueueEntry.project_id == _PROJECT,
            IN_LINE,
            whose,
            QueueEntry.item_id.not_in(_HELD),
            or_(QueueEntry.slot == 0, not_(or_(decided, offered))),
        )
        .order_by(QueueEntry.priority, QueueEntry.rank)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )


_EXPIRED = (
    delete(table_of(Lease))
    .where(_lease.project_id == _PROJECT, _lease.expires_at <= bindparam("now", type_=UtcTime))
    .returning(_lease.item_id)
)
_LEFT = (
    delete(table_of(Lease))
    .where(_OF_PERSON, _lease.client == _CLIENT, _lease.item_id.not_in(_HELD))
    .returning(_lease.item_id)
)
_REQUEUE = (
    update(table_of(QueueEntry))
    .where(
        _entry.project_id == _PROJECT,
        _entry.item_id.in_(bindparam("items", expanding=True)),
        _entry.state == QueueState.LEASED,
        not_(
            exists().where(
                _lease.project_id == _entry.project_id,
                _lease.item_id == _entry.item_id,
                _lease.slot == _entry.slot,
            )
        ),
    )
    .values(state=QueueState.QUEUED)
)
_HERE, _ELSEWHERE = _leased(Lease.client == _CLIENT), _leased(Lease.client != _CLIENT)
_THEIRS = _waiting(QueueEntry.assignee_id == _USER)
_NOBODYS = _waiting(QueueEntry.assignee_id.is_(None))


@dataclass(frozen=True)
class _Tab:
    """A tab of a person's browser on a project; what is leased to it lasts to ``until``."""

    project_id: str
    user_id: str
    client: str
    until: datetime
    held: Sequence[str]

    @property
    def given(self) -> dict[str, object]:
        """The tab as statements take it."""
        named = {"project": self.project_id, "user": self.user_id, "tab": self.client}
        return named | {"until": self.until, "held": self.held}


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
    tab = _Tab(project_id, user_id, client, until, held)
    session.execute(_RENEW, tab.given)
    release_expired(session, project_id, now)
    entries = list(session.scalars(_HERE, tab.given | {"most": limit}))
    for whose in (_THEIRS, _NOBODYS):
        if len(entries) < limit:
            entries += _lease_new(session, tab, whose, limit - len(entries))
    if len(entries) < limit:
        entries += _adopt(session, tab, limit - len(entries))
    return entries


def release_expired(session: Session, project_id: str, now: datetime) -> None:
    """Put items whose lease has expired back into the queue, at their rank."""
    _release(session, project_id, _EXPIRED, {"now": now})


def release(
    session: Session, project_id: str, user_id: str, client: str, held: Iterable[str] = ()
) -> None:
    """Put what a tab holds back into the queue: it was closed; ``held`` stay with it."""
    _release(session, project_id, _LEFT, {"user": user_id, "tab": client, "held": list(held)})


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
    session.execute(_END, {"project": project_id, "item": item_id, "at_slot": slot})


def _release(
    session: Session, project_id: str, ending: ReturningDelete[str], given: dict[str, object]
) -> None:
    """End leases, and let the entries wait again that are leased to nobody now."""
    ended = session.scalars(ending, given | {"project": project_id}).all()
    for part in lookups(ended):
        session.execute(_REQUEUE, {"project": project_id, "items": part})


def _lease_new(
    session: Session, tab: _Tab, whose: Select[QueueEntry], limit: int
) -> Sequence[QueueEntry]:
    entries = _one_an_item(session.scalars(whose, tab.given | {"most": limit}).all())
    if not entries:
        return entries
    for entry in entries:
        # Not left to the session, which takes several times as long to find out what changed.
        set_committed_value(entry, "state", QueueState.LEASED)
        if entry.purpose == Purpose.PROBE:
            set_committed_value(entry, "assignee_id", tab.user_id)
    offered: list[dict[str, Any]] = [
        {"item": entry.item_id, "at_slot": entry.slot, "whose": entry.assignee_id}
        for entry in entries
    ]
    session.execute(_OFFER, [{"project": tab.project_id} | one for one in offered])
    lease = {
        "project_id": tab.project_id,
        "user_id": tab.user_id,
        "client": tab.client,
        "expires_at": tab.until,
    }
    insert_all(session, Lease, [lease | {"item_id": e.item_id, "slot": e.slot} for e in entries])
    return entries


def _one_an_item(entries: Sequence[QueueEntry]) -> Sequence[QueueEntry]:
    first: dict[str, QueueEntry] = {}
    for entry in entries:
        first.setdefault(entry.item_id, entry)
    return list(first.values())


def _adopt(session: Session, tab: _Tab, limit: int) -> Sequence[QueueEntry]:
    entries = session.scalars(_ELSEWHERE, tab.given | {"most": limit}).all()
    if entries:
        session.execute(_ADOPT, tab.given | {"items": [entry.item_id for entry in entries]})
    return entries
