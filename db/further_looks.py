"""Items that somebody is still to decide again, not knowing what was decided."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from db.engine import lookups
from db.tables import VERIFIED, Item, Lease, Purpose, QueueEntry, QueueState

LASTING = (Purpose.PROBE, Purpose.RECHECK, Purpose.GOLD)
"""Purposes of looks that stay one person's, whether or not their lease has run out."""


def awaited(project_id: str) -> ColumnElement[bool]:
    """Whether an item waits for a further look: showing its label would tell that person."""
    return exists().where(
        QueueEntry.project_id == project_id,
        QueueEntry.item_id == Item.id,
        QueueEntry.slot > 0,
        QueueEntry.state != QueueState.DONE,
    )


def not_awaited(session: Session, project_id: str, item_ids: Sequence[str]) -> list[str]:
    """Those of some items that are verified and wait for no further look, in their order."""
    found: set[str] = set()
    for part in lookups(item_ids):
        query = select(Item.id).where(
            Item.id.in_(part), Item.state.in_(VERIFIED), ~awaited(project_id)
        )
        found.update(session.scalars(query))
    return [item for item in item_ids if item in found]


def asked_of(user_id: str) -> ColumnElement[bool]:
    """Whether a further look is asked of a person: it is offered to them, or stays theirs."""
    held = exists().where(Lease.item_id == Item.id, Lease.slot > 0, Lease.user_id == user_id)
    shown = exists().where(
        QueueEntry.item_id == Item.id,
        QueueEntry.purpose.in_(LASTING),
        QueueEntry.assignee_id == user_id,
        QueueEntry.state != QueueState.DONE,
    )
    return or_(held, shown)
