"""Draws at random: items for blind audit, verified items to be looked at once more."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, not_, select
from sqlalchemy.orm import Session, aliased

from db.engine import insert_all, insert_new
from db.tables import (
    OPEN,
    AuditDraw,
    CheckDraw,
    Decision,
    ImportBatch,
    Item,
    QueueEntry,
    QueueState,
)


def audit_frame(session: Session, batch: ImportBatch) -> Sequence[str]:
    """The items of a batch that nobody has decided or been offered yet, by id."""
    own = Item.project_id == batch.project_id, Item.batch_id == batch.id
    decided = exists().where(Decision.item_id == Item.id)
    offered = exists().where(QueueEntry.item_id == Item.id, QueueEntry.state != QueueState.QUEUED)
    query = (
        select(Item.id)
        .where(*own, Item.state.in_(OPEN), not_(decided), not_(offered))
        .order_by(Item.id)
    )
    return session.scalars(query).all()


def add_audits(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store the drawn items of a batch."""
    insert_all(session, AuditDraw, rows)


def is_audit(session: Session, project_id: str, item_id: str) -> bool:
    """Whether an item was drawn for audit."""
    return session.get(AuditDraw, (project_id, item_id)) is not None


def waiting_audits(session: Session, project_id: str) -> set[str]:
    """The drawn items that are not decided yet."""
    query = (
        select(AuditDraw.item_id)
        .join(Item, Item.id == AuditDraw.item_id)
        .where(AuditDraw.project_id == project_id, Item.state.in_(OPEN))
    )
    return set(session.scalars(query))


def near_waiting_audits(session: Session, project_id: str) -> set[str]:
    """Undecided items that are no audits and share a duplicate group with one that waits."""
    audited = aliased(Item)
    own = aliased(AuditDraw)
    drawn = exists().where(own.item_id == Item.id, own.project_id == project_id)
    query = (
        select(Item.id)
        .join(audited, audited.duplicate_group_id == Item.duplicate_group_id)
        .join(AuditDraw, AuditDraw.item_id == audited.id)
        .where(
            AuditDraw.project_id == project_id,
            audited.state.in_(OPEN),
            Item.project_id == project_id,
            Item.state.in_(OPEN),
            not_(drawn),
        )
    )
    return set(session.scalars(query))


def group_of(session: Session, item: Item) -> Sequence[str]:
    """The other items of an item's duplicate group."""
    if item.duplicate_group_id is None:
        return ()
    query = select(Item.id).where(
        Item.project_id == item.project_id,
        Item.duplicate_group_id == item.duplicate_group_id,
        Item.id != item.id,
    )
    return session.scalars(query).all()


def add_check(session: Session, row: dict[str, Any]) -> None:
    """Store that an item was drawn to be looked at once more; a draw counts once."""
    insert_new(session, CheckDraw, [row])
