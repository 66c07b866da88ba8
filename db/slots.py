"""Further slots of an item: looks of other people at an item that is decided.

Slots from 1 on are blind (overlap, recheck, gold) or carry a proposal that is known to be wrong
(probe).
They wait near the front of the queue, wherever the ranking stands.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session, aliased

from db import leases
from db.engine import insert_all, lookups
from db.further_looks import LASTING
from db.prebuilt import any_of
from db.queue import AUDIT, FORWARD, USUAL
from db.tables import (
    BLIND,
    CHECK_WAITS,
    IN_LINE,
    Decision,
    Lease,
    Purpose,
    QueueEntry,
    QueueState,
    User,
)

SPREAD = 40
"""Among how many first ranks a new slot is put at random."""

# Built once: with a run of fast answers it runs with each decision.
_forward = aliased(QueueEntry)
_IS_FORWARD = exists().where(
    _forward.project_id == bindparam("project"),
    _forward.assignee_id == bindparam("user"),
    _forward.priority == FORWARD,
    text(CHECK_WAITS),
)
_IS_DECIDED = exists().where(
    Decision.item_id == QueueEntry.item_id, Decision.user_id == bindparam("user")
)
_NEXT_BLIND = (
    select(QueueEntry)
    .where(
        QueueEntry.project_id == bindparam("project"),
        IN_LINE,
        QueueEntry.assignee_id.is_(None),
        any_of(QueueEntry.purpose, BLIND),
        text(CHECK_WAITS),
        not_(_IS_DECIDED),
        not_(_IS_FORWARD),
    )
    .order_by(QueueEntry.slot, QueueEntry.rank)
    .limit(1)
    .with_for_update(of=QueueEntry, skip_locked=True)
)


def answered_by(session: Session, project_id: str, item_id: str, user_id: str) -> QueueEntry | None:
    """The further slot that a person's decision on an item answers, None where there is none.

    It is the one that they hold, or one that stays theirs when its lease has run out: a probe that
    was shown to them, or a recheck.
    """
    query = (
        select(QueueEntry)
        .outerjoin(Lease, leases.SAME_ENTRY)
        .where(
            _of_item(project_id, item_id),
            QueueEntry.state != QueueState.DONE,
            or_(
                Lease.user_id == user_id,
                and_(QueueEntry.purpose.in_(LASTING), QueueEntry.assignee_id == user_id),
            ),
        )
        .order_by(QueueEntry.slot)
        .limit(1)
    )
    return session.scalar(query)


def open_for(
    session: Session,
    project_id: str,
    item_id: str,
    purpose: Purpose,
    count: int,
    said: Mapping[str, Any],
    assignee_id: str | None = None,
) -> None:
    """Let an item wait for ``count`` people in all, for a purpose; slots that exist count.

    Args:
        session: an open transaction.
        project_id: the project.
        item_id: a decided item.
        purpose: a further look.
        count: how many slots the item shall have for it.
        said: policy, value and reason of the entries.
        assignee_id: who alone may take them; None: whoever has not decided the item.
    """
    known = session.execute(
        select(QueueEntry.slot, QueueEntry.purpose).where(_of_item(project_id, item_id))
    ).all()
    missing = count - sum(row.purpose == purpose for row in known)
    following = max((row.slot for row in known), default=0) + 1
    first = _first_rank(session, project_id)
    for slot in range(following, following + missing):
        entry = QueueEntry(project_id=project_id, item_id=item_id, slot=slot, purpose=purpose)
        entry.rank = first + random.randrange(1, SPREAD)
        entry.policy, entry.value, entry.reason = said["policy"], said["value"], said["reason"]
        entry.assignee_id = assignee_id
        session.add(entry)
    session.flush()


def open_stream(
    session: Session, project_id: str, item_ids: Sequence[str], every: int, reason: str
) -> None:
    """Let accepted items wait for one blind look each, in this order, one in ``every`` ranks."""
    taken: dict[str, int] = {}
    for part in lookups(item_ids):
        query = select(QueueEntry.item_id, func.max(QueueEntry.slot)).where(
            QueueEntry.project_id == project_id, QueueEntry.item_id.in_(part)
        )
        taken.update(session.execute(query.group_by(QueueEntry.item_id)).tuples().all())
    first = _first_rank(session, project_id)
    said = {"policy": Purpose.STREAM, "purpose": Purpose.STREAM, "reason": reason}
    rows = [
        {"project_id": project_id, "item_id": item_id, "slot": taken.get(item_id, 0) + 1}
        | said
        | {"rank": first + place * every, "state": QueueState.QUEUED}
        for place, item_id in enumerate(item_ids, 1)
    ]
    insert_all(session, QueueEntry, rows)


def withdraw(
    session: Session, project_id: str, item_id: str, purpose: Purpose | None = None
) -> None:
    """Take back the slots of an item that nobody has answered; of one purpose, or all of them."""
    unanswered = (_of_item(project_id, item_id), QueueEntry.state != QueueState.DONE)
    query = delete(QueueEntry).where(*unanswered)
    session.execute(query if purpose is None else query.where(QueueEntry.purpose == purpose))


def reopenable(
    session: Session, project_id: str, item_id: str, purpose: str, user_id: str, *, answered: bool
) -> int | None:
    """A slot of an item that can be given back to a person: ``answered``, or one that waits.

    Of gold it is their own; other slots of a purpose are as good as each other.
    """
    wanted = QueueState.DONE if answered else QueueState.QUEUED
    query = select(QueueEntry.slot).where(
        _of_item(project_id, item_id), QueueEntry.purpose == purpose, QueueEntry.state == wanted
    )
    if purpose == Purpose.GOLD:
        query = query.where(QueueEntry.assignee_id == user_id)
    return session.scalar(query.order_by(QueueEntry.slot).limit(1))


def bring_forward(session: Session, project_id: str, user_id: str) -> bool:
    """Let the next blind item come first for a person.

    False where none waits, or one that was brought forward before is not decided yet.

    Ranking anew puts it back (``put_back``) where that person has not fetched it by then.
    """
    entry = session.scalar(_NEXT_BLIND, {"project": project_id, "user": user_id})
    if entry is None:
        return False
    entry.assignee_id, entry.priority = user_id, FORWARD
    session.flush()
    return True


def put_back(session: Session, project_id: str) -> None:
    """Let slots wait for everybody again that were brought forward, or whose person is disabled.

    The rechecks of a disabled reviewer are given up, and so is what is put before somebody as gold.
    """
    disabled = select(User.id).where(User.disabled_at.is_not(None))
    orphaned = and_(
        QueueEntry.project_id == project_id,
        QueueEntry.state == QueueState.QUEUED,
        QueueEntry.purpose.in_((Purpose.RECHECK, Purpose.GOLD)),
        QueueEntry.assignee_id.in_(disabled),
    )
    session.execute(delete(QueueEntry).where(orphaned))
    stuck = or_(QueueEntry.priority == FORWARD, QueueEntry.assignee_id.in_(disabled))
    session.execute(
        update(QueueEntry)
        .where(
            QueueEntry.project_id == project_id,
            QueueEntry.slot > 0,
            QueueEntry.state == QueueState.QUEUED,
            stuck,
        )
        .values(assignee_id=None, priority=USUAL)
    )


def hold(session: Session, project_id: str) -> None:
    """Let nobody be offered what is queued for a first decision until the transaction ends."""
    session.execute(
        select(QueueEntry.item_id)
        .where(
            QueueEntry.project_id == project_id,
            QueueEntry.slot == 0,
            QueueEntry.state == QueueState.QUEUED,
        )
        .with_for_update()
    )


def show(session: Session, project_id: str, item_ids: Sequence[str], reason: str) -> None:
    """Make ordinary work of queued audits that nobody needs any more."""
    for part in lookups(item_ids):
        session.execute(
            update(QueueEntry)
            .where(
                QueueEntry.project_id == project_id,
                QueueEntry.slot == 0,
                QueueEntry.state == QueueState.QUEUED,
                QueueEntry.item_id.in_(part),
            )
            .values(purpose=Purpose.WORK, reason=reason)
        )


def hide(
    session: Session, project_id: str, drawn: Sequence[str], near: Sequence[str], reason: str
) -> None:
    """Make audits of the queued first decisions on ``drawn`` items, and unrank those ``near``."""
    queued = and_(
        QueueEntry.project_id == project_id,
        QueueEntry.slot == 0,
        QueueEntry.state == QueueState.QUEUED,
    )
    for part in lookups(drawn):
        session.execute(
            update(QueueEntry)
            .where(queued, QueueEntry.item_id.in_(part))
            .values(purpose=Purpose.AUDIT, policy=AUDIT, value=None, reason=reason)
        )
    for part in lookups(near):
        session.execute(delete(QueueEntry).where(queued, QueueEntry.item_id.in_(part)))


def _of_item(project_id: str, item_id: str) -> ColumnElement[bool]:
    return and_(
        QueueEntry.project_id == project_id, QueueEntry.item_id == item_id, QueueEntry.slot > 0
    )


def _first_rank(session: Session, project_id: str) -> int:
    """The rank of what comes next, 0 where nothing waits."""
    query = select(func.min(QueueEntry.rank)).where(
        QueueEntry.project_id == project_id,
        QueueEntry.state == QueueState.QUEUED,
        QueueEntry.slot == 0,
    )
    return session.scalar(query) or 0
