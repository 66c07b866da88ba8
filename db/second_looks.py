"""Items that wait for a reviewer's second look."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from db import further_looks
from db.tables import Item, LookKind, LookOutcome, Purpose, QueueEntry, SecondLook, utc_now


def open(  # noqa: A001 - a second look is opened and closed
    session: Session,
    project_id: str,
    item_id: str,
    kind: LookKind,
    reason: str = "",
    opened_by: str | None = None,
    assignee_id: str | None = None,
) -> SecondLook:
    """Let an item wait for a reviewer.

    Args:
        session: an open transaction.
        project_id: the project.
        item_id: the item.
        kind: why.
        reason: what the person said.
        opened_by: who asked for it, None where nobody did.
        assignee_id: who shall look; None: any reviewer.
    """
    row = SecondLook(project_id=project_id, item_id=item_id, kind=kind, reason=reason)
    row.opened_by, row.assignee_id = opened_by, assignee_id
    session.add(row)
    session.flush()
    return row


def open_once(session: Session, project_id: str, item_id: str, kind: LookKind, reason: str) -> None:
    """Let an item wait for a reviewer, unless it waits for the same reason already."""
    waits = select(SecondLook.id).where(
        SecondLook.item_id == item_id, SecondLook.kind == kind, SecondLook.closed_at.is_(None)
    )
    if session.scalar(waits.limit(1)) is None:
        open(session, project_id, item_id, kind, reason)


def close_item(
    session: Session,
    item_id: str,
    closed_by: str | None,
    outcome: LookOutcome,
    *,
    kinds: Collection[str] | None = None,
) -> None:
    """Close the second looks that an item waits for.

    Args:
        session: an open transaction.
        item_id: the item.
        closed_by: who settled them, None where they settled themselves.
        outcome: what became of them.
        kinds: only those; None: all.
    """
    query = update(SecondLook).where(SecondLook.item_id == item_id, SecondLook.closed_at.is_(None))
    if kinds is not None:
        query = query.where(SecondLook.kind.in_(kinds))
    session.execute(query.values(closed_at=utc_now(), closed_by=closed_by, outcome=outcome))


def take_back(session: Session, item_id: str, user_id: str, reason: str) -> None:
    """Close the look that a person asked for and asks for no more; others of theirs stay open.

    Args:
        session: an open transaction.
        item_id: the item.
        user_id: the person.
        reason: what they said then; of several looks with it the newest is closed.
    """
    asked = select(SecondLook).where(
        SecondLook.item_id == item_id,
        SecondLook.opened_by == user_id,
        SecondLook.kind.in_((LookKind.FLAG, LookKind.ASK)),
        SecondLook.reason == reason,
        SecondLook.closed_at.is_(None),
    )
    row = session.scalars(asked.order_by(SecondLook.id.desc()).limit(1)).first()
    if row is not None:
        row.closed_at, row.closed_by, row.outcome = utc_now(), user_id, LookOutcome.UNDONE
        session.flush()


def waiting(
    session: Session,
    project_id: str,
    *,
    kinds: Collection[str] | None = None,
    reviewer_id: str | None = None,
    viewer_id: str | None = None,
    limit: int = 1_000,
) -> Sequence[tuple[SecondLook, str]]:
    """The open second looks of a project with their pictures' SHA-256, oldest first.

    Those that wait for one person come before the rest.

    Args:
        session: an open transaction.
        project_id: the project.
        kinds: only those; None: all.
        reviewer_id: without those that wait for somebody else than this person; None: all.
        viewer_id: without items of which this person is asked a further look; None: all.
        limit: at most so many.
    """
    query = (
        select(SecondLook, Item.sha256)
        .join(Item, Item.id == SecondLook.item_id)
        .where(SecondLook.project_id == project_id, SecondLook.closed_at.is_(None))
    )
    if kinds is not None:
        query = query.where(SecondLook.kind.in_(kinds))
    if reviewer_id is not None:
        anybody = SecondLook.assignee_id.is_(None)
        query = query.where(or_(anybody, SecondLook.assignee_id == reviewer_id))
    if viewer_id is not None:
        query = query.where(~further_looks.asked_of(viewer_id))
    order = (SecondLook.assignee_id.is_(None), SecondLook.created_at, SecondLook.id)
    return session.execute(query.order_by(*order).limit(limit)).tuples().all()


def count_waiting(session: Session, project_id: str) -> dict[str, int]:
    """How many second looks of each kind wait in a project."""
    query = (
        select(SecondLook.kind, func.count())
        .where(SecondLook.project_id == project_id, SecondLook.closed_at.is_(None))
        .group_by(SecondLook.kind)
    )
    return dict(session.execute(query).tuples().all())


def open_items(session: Session, project_id: str, kind: LookKind) -> set[str]:
    """The items of a project that wait for a second look of one kind."""
    query = select(SecondLook.item_id).where(
        SecondLook.project_id == project_id,
        SecondLook.closed_at.is_(None),
        SecondLook.kind == kind,
    )
    return set(session.scalars(query))


def of_item(session: Session, item_id: str) -> Sequence[SecondLook]:
    """Every second look at an item, open or closed, oldest first."""
    query = select(SecondLook).where(SecondLook.item_id == item_id)
    return session.scalars(query.order_by(SecondLook.created_at, SecondLook.id)).all()


def end_blindness(session: Session, project_id: str, item_id: str) -> None:
    """Let the next decision on an item be ordinary work: a reviewer has spoken of it."""
    session.execute(
        update(QueueEntry)
        .where(
            QueueEntry.project_id == project_id,
            QueueEntry.item_id == item_id,
            QueueEntry.slot == 0,
        )
        .values(purpose=Purpose.WORK)
    )
