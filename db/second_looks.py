"""Items that wait for a reviewer's second look."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.tables import SecondLook, utc_now


def open(  # noqa: A001 - a second look is opened and closed
    session: Session,
    project_id: str,
    item_id: str,
    kind: str,
    reason: str = "",
    opened_by: str | None = None,
    assignee_id: str | None = None,
) -> SecondLook:
    """Let an item wait for a reviewer.

    Args:
        session: an open transaction.
        project_id: the project.
        item_id: the item.
        kind: flag, ask, disputed or sample.
        reason: what the person said.
        opened_by: who asked for it, None where nobody did.
        assignee_id: who shall look; None: any reviewer.
    """
    row = SecondLook(project_id=project_id, item_id=item_id, kind=kind, reason=reason)
    row.opened_by, row.assignee_id = opened_by, assignee_id
    session.add(row)
    session.flush()
    return row


def is_open(session: Session, item_id: str, kind: str) -> bool:
    """Whether an item waits for a second look of a kind."""
    query = select(SecondLook.id).where(
        SecondLook.item_id == item_id, SecondLook.kind == kind, SecondLook.closed_at.is_(None)
    )
    return session.scalar(query.limit(1)) is not None


def close_item(
    session: Session,
    item_id: str,
    closed_by: str | None,
    outcome: str,
    *,
    kinds: Collection[str] | None = None,
    opened_by: str | None = None,
) -> None:
    """Close the second looks that an item waits for.

    Args:
        session: an open transaction.
        item_id: the item.
        closed_by: who settled them, None where they settled themselves.
        outcome: accepted, changed, sent_back, settled, undone.
        kinds: only those; None: all.
        opened_by: only those that this person opened; None: whoever did.
    """
    query = update(SecondLook).where(SecondLook.item_id == item_id, SecondLook.closed_at.is_(None))
    if kinds is not None:
        query = query.where(SecondLook.kind.in_(kinds))
    if opened_by is not None:
        query = query.where(SecondLook.opened_by == opened_by)
    session.execute(query.values(closed_at=utc_now(), closed_by=closed_by, outcome=outcome))
