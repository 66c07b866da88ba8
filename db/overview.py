"""Reads for people who look at a project: histograms, notes, what is missing."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.tables import Image, Item, ItemSource, Proposal

BINS = 20


def histogram(session: Session, run_id: str, column: InstrumentedAttribute[float]) -> list[int]:
    """How many proposals of a run fall into each of ``BINS`` equal parts of 0 to 1."""
    counts = []
    for number in range(BINS):
        inside = column >= number / BINS
        if number < BINS - 1:
            inside &= column < (number + 1) / BINS
        counts.append(func.count().filter(inside))
    return list(session.execute(select(*counts).where(Proposal.run_id == run_id)).one())


def notes(session: Session, project_id: str, limit: int) -> Sequence[tuple[str, str | None]]:
    """(path, note) of pictures of which something was left out, such as further frames."""
    query = (
        select(func.min(ItemSource.path), Image.note)
        .join(Item, Item.sha256 == Image.sha256)
        .join(ItemSource, ItemSource.item_id == Item.id)
        .where(Item.project_id == project_id, Image.note.is_not(None))
        .group_by(Item.id, Image.note)
        .order_by(func.min(ItemSource.path))
        .limit(limit)
    )
    return session.execute(query).tuples().all()


def count_missing(session: Session, project_id: str) -> int:
    """How many linked pictures of a project were gone or changed when they were last read."""
    query = (
        select(func.count())
        .select_from(Item)
        .join(Image, Image.sha256 == Item.sha256)
        .where(Item.project_id == project_id, Image.missing_since.is_not(None))
    )
    return session.scalar(query) or 0
