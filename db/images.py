"""Pictures, the items they are in projects, and the batches they came in."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, func, select, update
from sqlalchemy.orm import Session

from db.engine import insert_new, lookups, table_of
from db.tables import Image, ImportBatch, Item, ItemColumn, ItemSource, RejectedFile

# Built once: they run with each decision, or each time that a tab fetches what comes next.
_item = table_of(Item).c
_BY_STATE = (
    select(_item.state, func.count())
    .where(_item.project_id == bindparam("project"))
    .group_by(_item.state)
)
_ITEMS = bindparam("items", expanding=True, type_=String)
_WITH_SIZES = (
    select(Item, Image.width, Image.height)
    .join(Image, Image.sha256 == Item.sha256)
    .where(Item.id.in_(_ITEMS))
)
_source = table_of(ItemSource).c
_PATHS = (
    select(_source.item_id, _source.path).where(_source.item_id.in_(_ITEMS)).order_by(_source.id)
)


def add_images(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store pictures, passing over those that are known; how many were new."""
    return insert_new(session, Image, rows)


def renew_links(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Let pictures that are linked point where they were found last; a copy ends the link."""
    found = {row["sha256"]: row for row in rows}
    for part in lookups(found):
        linked = select(Image).where(Image.sha256.in_(part), Image.link.is_not(None))
        for image in session.scalars(linked):
            image.link = found[image.sha256]["link"]
            image.link_mtime_ns = found[image.sha256]["link_mtime_ns"]
            image.missing_since = None


def add_items(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store items, passing over pictures that the project has; how many were new."""
    return insert_new(session, Item, rows, by="sha256")


def add_sources(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store the paths under which items came; a path counts once in a batch."""
    return insert_new(session, ItemSource, rows)


def add_columns(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store searchable columns of items; the first value of a name stays."""
    return insert_new(session, ItemColumn, rows)


def add_rejected(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store files that an import refused; a path counts once in a batch."""
    return insert_new(session, RejectedFile, rows)


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
    for part in lookups(shas):
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
    for part in lookups(item_ids):
        query = (
            select(ItemSource.item_id, ItemSource.path, ItemSource.label)
            .where(ItemSource.item_id.in_(part), ItemSource.label.is_not(None))
            .order_by(ItemSource.id)
        )
        for item_id, path, label in session.execute(query):
            found.setdefault(item_id, []).append((path, label or ""))
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
    return dict(session.execute(_BY_STATE, {"project": project_id}).all())


def image(session: Session, sha256: str) -> Image | None:
    """The picture with this SHA-256, None where there is none."""
    return session.get(Image, sha256)


def by_shas(session: Session, shas: Iterable[str]) -> dict[str, Image]:
    """The pictures with these SHA-256, by it."""
    found: dict[str, Image] = {}
    for part in lookups(shas):
        rows = session.scalars(select(Image).where(Image.sha256.in_(part)))
        found.update((row.sha256, row) for row in rows)
    return found


def is_known(session: Session, sha256: str) -> bool:
    """Whether any project has this picture."""
    return session.scalar(select(Item.id).where(Item.sha256 == sha256).limit(1)) is not None


def projects_with(session: Session, sha256: str) -> set[str]:
    """The ids of the projects that have this picture."""
    return set(session.scalars(select(Item.project_id).where(Item.sha256 == sha256)))


def mark_missing(session: Session, shas: Sequence[str], when: datetime) -> None:
    """Note that linked files are gone or changed since ``when``."""
    session.execute(update(Image).where(Image.sha256.in_(shas)).values(missing_since=when))


def mark_found(session: Session, shas: Sequence[str]) -> None:
    """Note that linked files that were gone are there again."""
    gone = select(Image.sha256).where(Image.sha256.in_(shas), Image.missing_since.is_not(None))
    if found := session.scalars(gone).all():
        session.execute(update(Image).where(Image.sha256.in_(found)).values(missing_since=None))


def with_sizes(session: Session, item_ids: Iterable[str]) -> dict[str, tuple[Item, int, int]]:
    """Items with the width and height of their pictures, by id."""
    found: dict[str, tuple[Item, int, int]] = {}
    for part in lookups(item_ids):
        for item, width, height in session.execute(_WITH_SIZES, {"items": part}):
            found[item.id] = (item, width, height)
    return found


def pairs(session: Session, item_ids: Iterable[str]) -> list[tuple[Item, Image]]:
    """Items with their pictures, in no order."""
    found: list[tuple[Item, Image]] = []
    for part in lookups(item_ids):
        query = (
            select(Item, Image).join(Image, Image.sha256 == Item.sha256).where(Item.id.in_(part))
        )
        found += session.execute(query).tuples().all()
    return found


def first_path(session: Session, item_id: str) -> str:
    """The path under which an item came first."""
    query = (
        select(ItemSource.path)
        .where(ItemSource.item_id == item_id)
        .order_by(ItemSource.id)
        .limit(1)
    )
    return session.scalar(query) or ""


def count_in_states(session: Session, project_id: str, states: Sequence[str]) -> int:
    """How many items of a project are in ``states``."""
    query = select(func.count()).where(Item.project_id == project_id, Item.state.in_(states))
    return session.scalar(query) or 0


def in_states(
    session: Session, project_id: str, states: Sequence[str], size: int
) -> Iterator[Sequence[tuple[Item, Image]]]:
    """The items in ``states`` with their pictures, in parts, in order of arrival."""
    last = ""
    while True:
        query = (
            select(Item, Image)
            .join(Image, Image.sha256 == Item.sha256)
            .where(Item.project_id == project_id, Item.state.in_(states), Item.id > last)
            .order_by(Item.id)
            .limit(size)
        )
        part = session.execute(query).tuples().all()
        if not part:
            return
        yield part
        last = part[-1][0].id


def sources_of(session: Session, item_ids: Sequence[str]) -> dict[str, list[str]]:
    """Every path that items came under, by item id, first one first."""
    found: dict[str, list[str]] = {}
    for item_id, path in session.execute(_PATHS, {"items": item_ids}):
        found.setdefault(item_id, []).append(path)
    return found


def columns_of(session: Session, item_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The columns that came with items, by item id."""
    query = select(ItemColumn).where(ItemColumn.item_id.in_(item_ids))
    found: dict[str, dict[str, str]] = {}
    for row in session.scalars(query):
        found.setdefault(row.item_id, {})[row.name] = row.value
    return found
