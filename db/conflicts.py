"""Items that were changed here and at a CVAT server; a reviewer settles them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db.tables import Conflict, CvatBatch, CvatFrame, CvatLink, Item, utc_now


@dataclass(frozen=True)
class Sides:
    """The labels of a conflict: of the last sync, ours, and theirs; ids as the ledger holds them.

    A label there that is no class here is ``label:`` with its number. ``tag_ids``: the tags that
    stand for theirs there.
    """

    base: Collection[str]
    ours: Collection[str]
    theirs: Collection[str]
    tag_ids: Collection[int]

    def columns(self) -> dict[str, list[str]]:
        """As they are stored."""
        return {
            "base_labels": sorted(self.base),
            "our_labels": sorted(self.ours),
            "their_labels": sorted(self.theirs),
        }


def open_of_link(session: Session, link_id: str) -> dict[str, Conflict]:
    """The open conflicts of a link, by item."""
    query = select(Conflict).where(Conflict.link_id == link_id, Conflict.settled_at.is_(None))
    return {row.item_id: row for row in session.scalars(query)}


def open_of_item(session: Session, item_id: str) -> Sequence[tuple[Conflict, str]]:
    """The open conflicts of an item, each with its server."""
    query = (
        select(Conflict, CvatLink.server)
        .join(CvatLink, CvatLink.id == Conflict.link_id)
        .where(Conflict.item_id == item_id, Conflict.settled_at.is_(None))
        .order_by(Conflict.id)
    )
    return session.execute(query).tuples().all()


def count_open(session: Session, project_id: str) -> int:
    """How many items of a project are in an open conflict."""
    query = (
        select(func.count(Conflict.item_id.distinct()))
        .join(Item, Item.id == Conflict.item_id)
        .where(Item.project_id == project_id, Conflict.settled_at.is_(None))
    )
    return session.scalar(query) or 0


def note(session: Session, link_id: str, item_id: str, sides: Sides) -> bool:
    """Record a conflict, or what has become of the open one; whether anything is new."""
    found = session.scalar(
        select(Conflict).where(
            Conflict.link_id == link_id,
            Conflict.item_id == item_id,
            Conflict.settled_at.is_(None),
        )
    )
    row = found or Conflict(link_id=link_id, item_id=item_id)
    columns = sides.columns()
    is_new = found is None or any(getattr(row, name) != value for name, value in columns.items())
    for name, value in columns.items():
        setattr(row, name, value)
    row.their_tag_ids = sorted(sides.tag_ids)
    session.add(row)
    session.flush()
    return is_new


def settle(session: Session, item_id: str, user_id: str) -> None:
    """A reviewer has seen both sides of an item: what is there now counts as known.

    The ledger then holds theirs as the last sync, so that the next push brings ours there, and
    what somebody changes there later is a change again.
    """
    for row, _ in open_of_item(session, item_id):
        batches = select(CvatBatch.id).where(CvatBatch.link_id == row.link_id)
        session.execute(
            update(CvatFrame)
            .where(CvatFrame.item_id == item_id, CvatFrame.batch_id.in_(batches))
            .values(sent_labels=row.their_labels, tag_ids=row.their_tag_ids, intended_labels=None)
        )
        row.settled_by, row.settled_at = user_id, utc_now()
    session.flush()


def lapse(session: Session, link_id: str, item_id: str) -> None:
    """End the conflict of an item that is none any more: both sides agree, or one went back."""
    session.execute(
        update(Conflict)
        .where(
            Conflict.link_id == link_id,
            Conflict.item_id == item_id,
            Conflict.settled_at.is_(None),
        )
        .values(settled_at=utc_now())
    )
