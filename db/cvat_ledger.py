"""The ledger of what is at CVAT servers: links, batches (tasks) and frames (items).

A batch is recorded before anything is sent, and what is written to frames before it is written, so
that whatever ends a push, the next one knows what may have arrived.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from db.engine import Database, insert_all, lookups, table_of
from db.tables import BLIND, OPEN, CvatBatch, CvatFrame, CvatLink, Item, ItemLabel, QueueEntry

_frame, _label = table_of(CvatFrame).c, table_of(ItemLabel).c


class BatchState(StrEnum):
    """How far a batch has come; see ``CvatBatch``."""

    PLANNED = "planned"
    CREATED = "created"
    UPLOADED = "uploaded"
    FILLED = "filled"
    GONE = "gone"


@dataclass(frozen=True)
class NewFrame:
    """A frame to be recorded: its item and the name of the file that is sent."""

    item_id: str
    file_name: str


def link(
    session: Session, project_id: str, server: str, organization: str | None = None
) -> CvatLink | None:
    """The newest link of a project to a server, None where it was never pushed there.

    Args:
        session: an open session.
        project_id: the project.
        server: the address.
        organization: by short name, empty for the personal workspace; None: that of the newest
            link that has a CVAT project.
    """
    query = (
        select(CvatLink)
        .where(CvatLink.project_id == project_id, CvatLink.server == server)
        .order_by(CvatLink.id.desc())
    )
    found = session.scalars(query).all()
    if organization is None:
        begun = next((row for row in found if row.remote_project_id is not None), None)
        organization = (begun.organization or "") if begun else None
    matching = (row for row in found if organization in (None, row.organization or ""))
    return next(matching, None)


def links(session: Session, project_id: str) -> Sequence[CvatLink]:
    """Every link of a project, oldest first."""
    query = select(CvatLink).where(CvatLink.project_id == project_id).order_by(CvatLink.id)
    return session.scalars(query).all()


def add_link(session: Session, row: CvatLink) -> CvatLink:
    """Record a link, before anything is created at the server."""
    session.add(row)
    session.flush()
    return row


def save_link(session: Session, link_id: str, **values: Any) -> None:
    """Change columns of a link."""
    session.execute(update(CvatLink).where(CvatLink.id == link_id).values(**values))


def batches(session: Session, link_id: str) -> Sequence[CvatBatch]:
    """The batches of a link, oldest first."""
    query = select(CvatBatch).where(CvatBatch.link_id == link_id).order_by(CvatBatch.id)
    return session.scalars(query).all()


def plan_batch(session: Session, row: CvatBatch, frames: Sequence[NewFrame]) -> None:
    """Record a batch that is about to be sent; its frames count from 0 in the order given."""
    session.add(row)
    session.flush()
    rows = [
        {
            "batch_id": row.id,
            "item_id": frame.item_id,
            "frame": number,
            "file_name": frame.file_name,
            "sent_labels": [],
        }
        for number, frame in enumerate(frames)
    ]
    insert_all(session, CvatFrame, rows)


def save_batch(session: Session, batch_id: str, **values: Any) -> None:
    """Change columns of a batch."""
    session.execute(update(CvatBatch).where(CvatBatch.id == batch_id).values(**values))


def drop_batch(session: Session, batch_id: str) -> None:
    """Forget a batch of which nothing is at the server: its items are as if never sent."""
    session.execute(delete(CvatFrame).where(CvatFrame.batch_id == batch_id))
    session.execute(delete(CvatBatch).where(CvatBatch.id == batch_id))


def frames(session: Session, batch_id: str) -> Sequence[CvatFrame]:
    """The frames of a batch, in order."""
    query = select(CvatFrame).where(CvatFrame.batch_id == batch_id).order_by(CvatFrame.frame)
    return session.scalars(query).all()


def of_item(session: Session, item_id: str) -> Sequence[tuple[CvatLink, CvatBatch, CvatFrame]]:
    """Where an item is, or was sent to, oldest first; a batch may be planned only."""
    query = (
        select(CvatLink, CvatBatch, CvatFrame)
        .join(CvatBatch, CvatBatch.link_id == CvatLink.id)
        .join(CvatFrame, CvatFrame.batch_id == CvatBatch.id)
        .where(CvatFrame.item_id == item_id)
        .order_by(CvatBatch.id)
    )
    return session.execute(query).tuples().all()


def renumber(session: Session, batch_id: str, frame_of: Mapping[str, int]) -> None:
    """Store the frames that a server gave to the files of a batch, by file name."""
    session.execute(
        update(CvatFrame).where(CvatFrame.batch_id == batch_id).values(frame=-1 - CvatFrame.frame)
    )
    for name, number in frame_of.items():
        session.execute(
            update(CvatFrame)
            .where(CvatFrame.batch_id == batch_id, CvatFrame.file_name == name)
            .values(frame=number)
        )


def intend(session: Session, batch_id: str, labels: Mapping[str, Iterable[str]]) -> None:
    """Record what is about to be written, by item, before it is."""
    _set_frames(session, batch_id, labels, "intended_labels")


def confirm(
    session: Session, batch_id: str, labels: Mapping[str, Iterable[str]], when: datetime
) -> None:
    """Record what both sides have now, by item; nothing is on its way for these any more."""
    _set_frames(session, batch_id, labels, "sent_labels", sent_at=when, intended_labels=None)


def note_tags(session: Session, batch_id: str, tag_ids: Mapping[str, Iterable[int]]) -> None:
    """Record which tags items bear there, by item."""
    rows = [
        {"batch_id": batch_id, "item_id": item_id, "tag_ids": sorted(ids)}
        for item_id, ids in tag_ids.items()
    ]
    if rows:
        session.execute(update(CvatFrame), rows)


def _set_frames(
    session: Session,
    batch_id: str,
    labels: Mapping[str, Iterable[str]],
    column: str,
    **values: Any,
) -> None:
    """Set a column of labels, with one statement for all items that have the same."""
    items_of: dict[tuple[str, ...], list[str]] = {}
    for item_id, given in labels.items():
        items_of.setdefault(tuple(sorted(given)), []).append(item_id)
    for given, item_ids in items_of.items():
        for part in lookups(item_ids):
            session.execute(
                update(CvatFrame)
                .where(CvatFrame.batch_id == batch_id, CvatFrame.item_id.in_(part))
                .values(**{column: list(given)}, **values)
            )


def sent_items(session: Session, link_id: str) -> set[str]:
    """The items that are in a batch of a link, planned ones too."""
    query = (
        select(_frame.item_id)
        .join(CvatBatch, CvatBatch.id == _frame.batch_id)
        .where(CvatBatch.link_id == link_id)
    )
    return set(session.scalars(query))


def borne(session: Session, class_ids: Collection[str]) -> set[str]:
    """Which of these classes some item bears as a label."""
    query = select(_label.class_id).where(_label.class_id.in_(class_ids)).distinct()
    return set(session.scalars(query)) if class_ids else set()


def blind(session: Session, project_id: str) -> set[str]:
    """The items of a project that wait for their first decision, to be taken blind."""
    query = (
        select(QueueEntry.item_id)
        .join(Item, Item.id == QueueEntry.item_id)
        .where(
            QueueEntry.project_id == project_id,
            QueueEntry.purpose.in_(BLIND),
            Item.state.in_(OPEN),
        )
    )
    return set(session.scalars(query))


def count_batches(session: Session, link_id: str) -> int:
    """How many batches of a link are recorded."""
    query = select(func.count()).select_from(CvatBatch).where(CvatBatch.link_id == link_id)
    return session.scalar(query) or 0


@contextmanager
def held(db: Database, link_id: str) -> Iterator[bool]:
    """Whether this process alone may sync a link, until the block ends or the process dies.

    SQLite lies in one home, whose one worker syncs; PostgreSQL may serve several homes and holds an
    advisory lock on a connection of its own.
    """
    if db.is_sqlite:
        yield True
        return
    key = int.from_bytes(hashlib.sha256(link_id.encode()).digest()[:8], signed=True)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        got = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key})
        try:
            yield bool(got)
        finally:
            if got:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
