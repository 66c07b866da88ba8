"""Items that somebody is still to decide again, not knowing what was decided."""

from sqlalchemy import ColumnElement, exists

from db.tables import Item, QueueEntry, QueueState


def awaited(project_id: str) -> ColumnElement[bool]:
    """Whether an item waits for a further look: showing its label would tell that person."""
    return exists().where(
        QueueEntry.project_id == project_id,
        QueueEntry.item_id == Item.id,
        QueueEntry.slot > 0,
        QueueEntry.state != QueueState.DONE,
    )
