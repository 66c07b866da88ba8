"""Gold items: verified ones that a lead chose, put blind before people whose reliability is asked.

The mark is a ``check_draw`` with the purpose ``gold``: chosen, not drawn, so its probability is 1.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from db import lineage
from db.derive import ENDS, LABELLING
from db.engine import insert_new, lookups
from db.tables import (
    VERIFIED,
    CheckDraw,
    Decision,
    Item,
    Project,
    Purpose,
    QueueEntry,
    QueueState,
)


def add(session: Session, project_id: str, item_ids: Iterable[str], now: datetime) -> None:
    """Mark items as gold; passes over those that are."""
    shared = {"project_id": project_id, "purpose": Purpose.GOLD, "created_at": now, "seed": 0}
    shared |= {"probability": 1.0, "frame_size": 1, "draw_size": 1}
    insert_new(session, CheckDraw, [shared | {"item_id": item} for item in item_ids])


def remove(session: Session, project_id: str, item_ids: Iterable[str]) -> None:
    """Take marks away, with the looks that nobody has answered; answers stay in the log."""
    for part in lookups(item_ids):
        marks = (CheckDraw.project_id == project_id, CheckDraw.item_id.in_(part))
        session.execute(delete(CheckDraw).where(*marks, CheckDraw.purpose == Purpose.GOLD))
        waiting = (QueueEntry.project_id == project_id, QueueEntry.item_id.in_(part))
        session.execute(
            delete(QueueEntry).where(
                *waiting,
                QueueEntry.purpose == Purpose.GOLD,
                QueueEntry.state != QueueState.DONE,
            )
        )


def items(session: Session, project_id: str) -> Sequence[Item]:
    """The gold items of a project, in the order in which they were marked."""
    query = (
        select(Item)
        .join(CheckDraw, CheckDraw.item_id == Item.id)
        .where(CheckDraw.project_id == project_id, CheckDraw.purpose == Purpose.GOLD)
        .order_by(CheckDraw.created_at, Item.id)
    )
    return session.scalars(query).all()


def is_gold(session: Session, project_id: str, item_id: str) -> bool:
    """Whether an item is marked as gold."""
    return session.get(CheckDraw, (project_id, item_id, Purpose.GOLD)) is not None


def unseen_by(session: Session, project_id: str, user_id: str) -> Sequence[str]:
    """Gold items that are verified and that a person has neither decided nor is asked of, by id."""
    decided = exists().where(Decision.item_id == Item.id, Decision.user_id == user_id)
    asked = exists().where(
        QueueEntry.item_id == Item.id,
        QueueEntry.purpose == Purpose.GOLD,
        QueueEntry.assignee_id == user_id,
    )
    query = (
        select(Item.id)
        .join(CheckDraw, CheckDraw.item_id == Item.id)
        .where(
            CheckDraw.project_id == project_id,
            CheckDraw.purpose == Purpose.GOLD,
            Item.state.in_(VERIFIED),
            ~decided,
            ~asked,
        )
        .order_by(Item.id)
    )
    return session.scalars(query).all()


def count_slots(session: Session, project_id: str, item_id: str) -> int:
    """How many people an item was put before as gold, answered or not."""
    query = select(func.count()).where(
        QueueEntry.project_id == project_id,
        QueueEntry.item_id == item_id,
        QueueEntry.purpose == Purpose.GOLD,
    )
    return session.scalar(query) or 0


def answers(session: Session, project_id: str) -> list[Decision]:
    """Each person's first living answer to a gold item, its labels told as they stand for now."""
    query = (
        select(Decision)
        .where(Decision.project_id == project_id, Decision.purpose == Purpose.GOLD)
        .order_by(Decision.seq)
    )
    log = session.scalars(query).all()
    ended = {one.supersedes for one in log if one.kind in ENDS}
    became = lineage.of(session.get_one(Project, project_id))
    first: dict[tuple[str, str], Decision] = {}
    for one in log:
        if one.kind in LABELLING and one.id not in ended:
            first.setdefault((one.item_id, one.user_id), lineage.tell_as_now(one, became))
    return list(first.values())
