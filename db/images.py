"""Pictures, the items they are in projects, and the batches they came in."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db.engine import chunks, insert_new
from db.tables import Image, ImportBatch, Item, ItemColumn, ItemSource, RejectedFile

LOOKUP_SIZE = 500


def add_images(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store pictures, passing over those that are known; how many were new."""
    return insert_new(session, Image.__table__, rows)


def add_items(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store items, passing over pictures that the project has; how many were new."""
    return insert_new(session, Item.__table__, rows)


def add_sources(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store the paths under which items came; a path counts once in a batch."""
    return insert_new(session, ItemSource.__table__, rows)


def add_columns(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store searchable columns of items; the first value of a name stays."""
    return insert_new(session, ItemColumn.__table__, rows)


def add_rejected(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store files that an import refused; a path counts once in a batch."""
    return insert_new(session, RejectedFile.__table__, rows)


def batch(session: Session, batch_id: str) -> ImportBatch:
    """The import batch with this id."""
    return session.get_one(ImportBatch, batch_id)


def batches(session: Session, project_id: str) -> Sequence[ImportBatch]:
    """The imports of a project, newest first."""
    query = (
        select(ImportBatch)
        .where(ImportBatch.project_id == project_id)
        .order_by(ImportBatch.id.desc())
    )
    return session.scalars(query).all()


def save_counts(session: Session, batch_id: str, **values: Any) -> None:
    """Change columns of an import batch."""
    session.execute(update(ImportBatch).where(ImportBatch.id == batch_id).values(**values))


def seen_paths(session: Session, batch_id: str) -> set[str]:
    """The paths of a batch that are dealt with, taken in or refused."""
    taken = session.scalars(select(ItemSource.path).where(ItemSource.batch_id == batch_id))
    refused = session.scalars(select(RejectedFile.path).where(RejectedFile.batch_id == batch_id))
    return set(taken) | set(refused)


def rejected(session: Session, batch_id: str) -> Sequence[RejectedFile]:
    """The files that a batch refused, by path."""
    query = (
        select(RejectedFile).where(RejectedFile.batch_id == batch_id).order_by(RejectedFile.path)
    )
    return session.scalars(query).all()


def ids_by_sha(session: Session, project_id: str, shas: Iterable[str]) -> dict[str, str]:
    """The item of each picture that the project has, by SHA-256."""
    found: dict[str, str] = {}
    for part in chunks(list(shas), LOOKUP_SIZE):
        query = select(Item.sha256, Item.id).where(
            Item.project_id == project_id, Item.sha256.in_(part)
        )
        found.update(session.execute(query).tuples().all())
    return found


def all_by_sha(session: Session, project_id: str) -> dict[str, str]:
    """Every item of a project by SHA-256."""
    query = select(Item.sha256, Item.id).where(Item.project_id == project_id)
    return dict(session.execute(query).tuples().all())


def labels_by_item(session: Session, item_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """The labels that came with items: ``[(path, label), …]`` by item id."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in chunks(list(item_ids), LOOKUP_SIZE):
        query = (
            select(ItemSource.item_id, ItemSource.path, ItemSource.label)
            .where(ItemSource.item_id.in_(part), ItemSource.label.is_not(None))
            .order_by(ItemSource.id)
        )
        for item_id, path, label in session.execute(query):
            found.setdefault(item_id, []).append((path, label))
    return found


def ids_by_path(session: Session, project_id: str) -> dict[str, list[str]]:
    """The items of a project by every path they came under."""
    query = (
        select(ItemSource.path, ItemSource.item_id)
        .join(Item, Item.id == ItemSource.item_id)
        .where(Item.project_id == project_id)
    )
    found: dict[str, list[str]] = {}
    for path, item_id in session.execute(query):
        found.setdefault(path, []).append(item_id)
    return found


def count_by_state(session: Session, project_id: str) -> dict[str, int]:
    """How many items of a project are in each state."""
    query = (
        select(Item.state, func.count()).where(Item.project_id == project_id).group_by(Item.state)
    )
    return dict(session.execute(query).tuples().all())


def image(session: Session, sha256: str) -> Image | None:
    """The picture with this SHA-256, None where there is none."""
    return session.get(Image, sha256)


def is_known(session: Session, sha256: str) -> bool:
    """Whether any project has this picture."""
    return session.scalar(select(Item.id).where(Item.sha256 == sha256).limit(1)) is not None


def mark_missing(session: Session, shas: Sequence[str], when: datetime | None) -> None:
    """Note that linked files are gone or changed since ``when``; None: they are back."""
    session.execute(update(Image).where(Image.sha256.in_(shas)).values(missing_since=when))


def in_order(session: Session, project_id: str, size: int) -> Iterator[Sequence[tuple[str, str]]]:
    """``(item id, SHA-256)`` of all items of a project, in parts, in order of arrival."""
    last = ""
    while True:
        query = (
            select(Item.id, Item.sha256)
            .where(Item.project_id == project_id, Item.id > last)
            .order_by(Item.id)
            .limit(size)
        )
        part = session.execute(query).tuples().all()
        if not part:
            return
        yield part
        last = part[-1][0]


def first_path(session: Session, item_id: str) -> str:
    """The path under which an item came first."""
    query = (
        select(ItemSource.path)
        .where(ItemSource.item_id == item_id)
        .order_by(ItemSource.id)
        .limit(1)
    )
    return session.scalar(query) or ""
