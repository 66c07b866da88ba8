"""The queue of a project: what waits for a first decision (slot 0 of an item), and in what order.

Further slots of an item are in ``db.slots``, who holds what is in ``db.leases``.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, exists, func, not_, or_, select, update
from sqlalchemy.orm import Session

from db import leases
from db.engine import insert_all, lookups, table_of
from db.prebuilt import ByIds
from db.tables import (
    BLIND,
    OPEN,
    OPENLY,
    Item,
    Lease,
    Project,
    Proposal,
    Purpose,
    QueueEntry,
    QueueState,
    User,
    UtcTime,
)

HANDED = "handed over"
"""The policy of an entry that was given to one person by hand: ranking anew leaves it to them."""
SKIPPED = "skipped"
"""The policy of an entry that was sent to the end of the queue."""
AUDIT = "audit"
"""The policy of an entry that waits for the first, blind decision on a drawn item."""
LATE, UNDONE = "late", "undo"
"""Policies of entries that came into the queue after it was ranked, and that an undo gave back."""
UNRANKED = (HANDED, SKIPPED, LATE, UNDONE)
"""Policies of entries that stand where they stand for other reasons than a ranking."""
FORWARD, URGENT, EARLY, USUAL = -2, -1, 4, 5
"""Priorities of entries: brought forward for somebody, handed to somebody, drawn for an audit that
a lead waits for, set by nobody."""

# Built once: they run with each decision.
_entry, _lease = table_of(QueueEntry).c, table_of(Lease).c
_FIRSTS = ByIds(
    _entry.item_id,
    select(_entry.item_id, _entry.purpose, _lease.user_id, _entry.policy, _entry.rank)
    .select_from(
        table_of(QueueEntry).outerjoin(
            table_of(Lease),
            and_(
                _lease.project_id == _entry.project_id,
                _lease.item_id == _entry.item_id,
                _lease.slot == _entry.slot,
                _lease.expires_at > bindparam("now", type_=UtcTime),
            ),
        )
    )
    .where(_entry.project_id == bindparam("project"), _entry.slot == 0)
    .where,
)
_CLOSE = (
    update(table_of(QueueEntry))
    .where(
        _entry.project_id == bindparam("project"),
        _entry.item_id == bindparam("item"),
        _entry.slot == bindparam("at_slot"),
    )
    .values(state=QueueState.DONE)
)


class First(NamedTuple):
    """What the first decision on an item is for, who holds it just now (None: nobody), why it came.

    ``policy`` picked it, at ``rank``.
    """

    purpose: str
    holder: str | None
    policy: str
    rank: int


def firsts(
    session: Session, project_id: str, item_ids: Iterable[str], now: datetime
) -> dict[str, First]:
    """What the queue says of the first decisions on items, done or waiting, by item id."""
    found: dict[str, First] = {}
    for query, given in _FIRSTS.parts(item_ids, project=project_id, now=now):
        for item_id, *told in session.execute(query, given):
            found[item_id] = First(*told)
    return found


def replace(session: Session, project_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Rank the first decisions anew; leased items stay leased and take their new rank.

    What a leased item was picked for, and by which policy, stays where it would be picked for
    something else now. Further slots stay as they are, and so do items that were handed to
    somebody, unless that person is disabled. Rows of items that were decided since the ranking was
    computed are left out: the lock on the project makes decisions that are on their way either come
    first or wait.
    """
    session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
    own = (QueueEntry.project_id == project_id, QueueEntry.slot == 0)
    handed = and_(
        QueueEntry.policy == HANDED,
        QueueEntry.state == QueueState.QUEUED,
        QueueEntry.assignee_id.in_(select(User.id).where(User.disabled_at.is_(None))),
    )
    session.execute(
        delete(QueueEntry).where(*own, not_(or_(handed, QueueEntry.state == QueueState.LEASED)))
    )
    kept = select(QueueEntry.item_id, QueueEntry.policy, QueueEntry.purpose).where(*own)
    stay = {item: (policy, purpose) for item, policy, purpose in session.execute(kept)}
    decided = select(Item.id).where(Item.project_id == project_id, Item.state.not_in(OPEN))
    known = stay.keys() | set(session.scalars(decided))
    insert_all(session, QueueEntry, [row for row in rows if row["item_id"] not in known])
    moved = [row for row in rows if stay.get(row["item_id"], (HANDED,))[0] != HANDED]
    for same, fields in ((True, ("rank", "policy", "value", "reason")), (False, ("rank",))):
        keyed = ("project_id", "item_id", *fields)
        ranks = [
            {"slot": 0, "offered": None} | {name: row[name] for name in keyed}
            for row in moved
            if (stay[row["item_id"]][1] == row.get("purpose", Purpose.WORK)) == same
        ]
        if ranks:
            session.execute(update(QueueEntry), ranks)


def append(session: Session, project_id: str, item_ids: Iterable[str], reason: str) -> None:
    """Put those of ``item_ids`` that are undecided and in no queue at the end of the queue."""
    missing: list[str] = []
    for part in lookups(item_ids):
        entry = and_(QueueEntry.item_id == Item.id, QueueEntry.slot == 0)
        query = select(Item.id).outerjoin(QueueEntry, entry)
        query = query.where(Item.id.in_(part), Item.state.in_(OPEN), QueueEntry.rank.is_(None))
        missing += session.scalars(query)
    last = _last_rank(session, project_id) if missing else 0
    shared = {"project_id": project_id, "policy": LATE, "reason": reason}
    rows = [shared | {"item_id": item, "rank": last + n} for n, item in enumerate(missing, 1)]
    insert_all(session, QueueEntry, rows)


def wait_again(session: Session, project_id: str, item_ids: Sequence[str], reason: str) -> None:
    """Let undecided items whose first decision was done with wait for everybody once more."""
    for part in lookups(item_ids):
        session.execute(
            update(QueueEntry)
            .where(
                QueueEntry.project_id == project_id,
                QueueEntry.slot == 0,
                QueueEntry.state == QueueState.DONE,
                QueueEntry.item_id.in_(part),
            )
            .values(
                state=QueueState.QUEUED,
                purpose=Purpose.WORK,
                policy="late",
                reason=reason,
                assignee_id=None,
                priority=USUAL,
            )
        )
    append(session, project_id, item_ids, reason)


def close(session: Session, project_id: str, item_id: str, slot: int = 0) -> None:
    """Take an entry out of the queue: its decision has come."""
    session.execute(_CLOSE, {"project": project_id, "item": item_id, "at_slot": slot})
    leases.end(session, project_id, item_id, slot)


def reopen(
    session: Session,
    project_id: str,
    item_id: str,
    user_id: str,
    until: datetime,
    *,
    slot: int = 0,
    purpose: str = Purpose.WORK,
    reason: str = "undone",
) -> None:
    """Give an entry back to the person who undid its decision, at its rank.

    ``purpose`` and ``reason`` are those of an entry that has to be made anew.
    """
    entry = session.get(QueueEntry, (project_id, item_id, slot), with_for_update=True)
    if entry is None:
        entry = QueueEntry(project_id=project_id, item_id=item_id, slot=slot, rank=0)
        entry.purpose, entry.policy, entry.reason = purpose, UNDONE, reason
        session.add(entry)
        session.flush()
    elif entry.policy == HANDED and entry.assignee_id != user_id:
        entry.policy, entry.assignee_id, entry.priority = UNDONE, None, USUAL
    leases.give(session, entry, user_id, until)


def send_to_end(
    session: Session,
    project_id: str,
    item_id: str,
    reason: str,
    *,
    slot: int = 0,
    purpose: str = Purpose.WORK,
) -> None:
    """Put an entry behind everything else that waits: it was skipped.

    What had been handed to one person, or brought forward, waits for everybody again.
    """
    entry = _waiting_anew(session, project_id, item_id, slot, purpose)
    if entry.policy == HANDED or entry.priority in (FORWARD, EARLY):
        entry.assignee_id, entry.priority = None, USUAL
    entry.rank = _last_rank(session, project_id) + 1
    entry.policy, entry.reason = SKIPPED, reason
    session.flush()


def hand_over(
    session: Session,
    project_id: str,
    item_id: str,
    to_user_id: str,
    reason: str,
    *,
    slot: int = 0,
    purpose: str = Purpose.WORK,
) -> None:
    """Let an entry wait for one person alone, before all that is assigned to them.

    It is ranked anew for nobody else until that person has decided or skipped it, or until a lead
    takes it back (``assignments.take_back_handed``). ``purpose`` is that of an entry that has to be
    made anew.
    """
    entry = _waiting_anew(session, project_id, item_id, slot, purpose)
    entry.assignee_id, entry.priority = to_user_id, URGENT
    entry.policy, entry.reason = HANDED, reason
    session.flush()


def free_for_first(session: Session, project_id: str, item_ids: Iterable[str]) -> list[str]:
    """Those of ``item_ids`` that wait for an ordinary first decision and that nobody holds."""
    free: list[str] = []
    for part in lookups(item_ids):
        taken = exists().where(
            QueueEntry.item_id == Item.id,
            QueueEntry.slot == 0,
            or_(QueueEntry.state == QueueState.LEASED, QueueEntry.purpose.in_(BLIND)),
        )
        query = select(Item.id).where(
            Item.project_id == project_id, Item.id.in_(part), Item.state.in_(OPEN), ~taken
        )
        free += session.scalars(query)
    return free


def ranked(
    session: Session, project_id: str, limit: int
) -> Sequence[tuple[QueueEntry, Item, Proposal | None]]:
    """What waits for a first decision, first things first, with the newest proposal of each item.

    Blind items have no place in the policy's order: they stand last.
    """
    query = (
        select(QueueEntry, Item, Proposal)
        .join(Item, Item.id == QueueEntry.item_id)
        .join(Project, Project.id == QueueEntry.project_id)
        .outerjoin(Proposal, (Proposal.item_id == Item.id) & (Proposal.run_id == Project.run_id))
        .where(
            QueueEntry.project_id == project_id,
            QueueEntry.state != QueueState.DONE,
            QueueEntry.slot == 0,
        )
        .order_by(QueueEntry.purpose.in_(BLIND), QueueEntry.rank)
        .limit(limit)
    )
    return session.execute(query).tuples().all()


def upcoming(session: Session, project_id: str, limit: int) -> Sequence[Proposal]:
    """Proposals of what comes next with its proposal shown and is assigned to nobody."""
    query = (
        select(Proposal)
        .join(QueueEntry, QueueEntry.item_id == Proposal.item_id)
        .join(Project, (Project.id == QueueEntry.project_id) & (Project.run_id == Proposal.run_id))
        .where(
            QueueEntry.project_id == project_id,
            QueueEntry.slot == 0,
            QueueEntry.state != QueueState.DONE,
            QueueEntry.purpose.in_(OPENLY),
            QueueEntry.assignee_id.is_(None),
        )
        .order_by(QueueEntry.priority, QueueEntry.rank)
        .limit(limit)
    )
    return session.scalars(query).all()


def count_waiting(session: Session, project_id: str) -> int:
    """How many items of a project are queued or leased for a first decision."""
    query = select(func.count()).where(
        QueueEntry.project_id == project_id,
        QueueEntry.slot == 0,
        QueueEntry.state != QueueState.DONE,
    )
    return session.scalar(query) or 0


def _waiting_anew(
    session: Session, project_id: str, item_id: str, slot: int, purpose: str
) -> QueueEntry:
    """The entry, with no lease on it and queued; made at the end where there is none."""
    entry = session.get(QueueEntry, (project_id, item_id, slot), with_for_update=True)
    # Only now: until the entry was locked somebody could be offered it, and so hold a lease on it.
    leases.end(session, project_id, item_id, slot)
    if entry is None:
        entry = QueueEntry(project_id=project_id, item_id=item_id, slot=slot, purpose=purpose)
        entry.rank, entry.policy, entry.reason = _last_rank(session, project_id) + 1, "", ""
        session.add(entry)
    entry.state = QueueState.QUEUED
    return entry


def _last_rank(session: Session, project_id: str) -> int:
    own = (QueueEntry.project_id == project_id, QueueEntry.slot == 0)
    return session.scalar(select(func.max(QueueEntry.rank)).where(*own)) or 0
