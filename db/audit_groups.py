"""Duplicate groups of audits: what is near a drawn item is kept apart with it."""

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from db.tables import OPEN, AuditDraw, Item


def drawn(project_id: str) -> Select[str | None]:
    """The duplicate groups with an item that was drawn, decided or not; never NULL."""
    return _groups(project_id)[0]


def waiting(project_id: str) -> Select[str | None]:
    """The duplicate groups with a drawn item that waits for its decision; never NULL."""
    groups, audited = _groups(project_id)
    return groups.where(audited.state.in_(OPEN))


def _groups(project_id: str) -> tuple[Select[str | None], type[Item]]:
    audited = aliased(Item)
    query = (
        select(audited.duplicate_group_id)
        .join(AuditDraw, AuditDraw.item_id == audited.id)
        .where(AuditDraw.project_id == project_id, audited.duplicate_group_id.is_not(None))
    )
    return query, audited
