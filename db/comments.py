"""Comments that people leave on items."""

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from db.engine import insert_new, lookups, table_of
from db.tables import Comment

# Built once: it runs each time that a tab fetches what comes next.
_comment = table_of(Comment).c
_COUNTS = (
    select(_comment.item_id, func.count())
    .where(_comment.item_id.in_(bindparam("items", expanding=True)))
    .group_by(_comment.item_id)
)


def count(session: Session, item_ids: Iterable[str]) -> dict[str, int]:
    """How many comments items have, by item id, of those that have any."""
    found: dict[str, int] = {}
    for part in lookups(item_ids):
        found.update(dict(session.execute(_COUNTS, {"items": part}).all()))
    return found


def last(session: Session, item_id: str) -> str | None:
    """The text of the newest comment on an item, None where there is none."""
    query = select(Comment.text).where(Comment.item_id == item_id)
    return session.scalar(query.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(1))


def add(session: Session, item_id: str, user_id: str, text: str) -> Comment:
    """Store a comment on an item."""
    row = Comment(item_id=item_id, user_id=user_id, text=text)
    session.add(row)
    session.flush()
    return row


def thread(session: Session, item_id: str) -> Sequence[Comment]:
    """The comments on an item, oldest first."""
    query = select(Comment).where(Comment.item_id == item_id)
    return session.scalars(query.order_by(Comment.created_at, Comment.id)).all()


def add_unknown(session: Session, rows: Iterable[Comment]) -> int:
    """Store comments whose ids are not known yet; how many those were."""
    names = ("id", "item_id", "user_id", "text", "created_at")
    return insert_new(session, Comment, [{n: getattr(row, n) for n in names} for row in rows])
