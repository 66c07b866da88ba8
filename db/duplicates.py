"""Near-duplicate groups of the items of a project."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, aliased

from db.engine import insert_new, lookups
from db.tables import OPEN, VERIFIED, DuplicateGroup, Image, ImportBatch, Item, Setting


@dataclass(frozen=True)
class Hashed:
    """An item with its picture's SHA-256 and perceptual hash, its batch and its group."""

    item_id: str
    sha256: str
    phash: str
    batch_id: str
    group_id: str | None


def hashed_items(session: Session, project_id: str) -> list[Hashed]:
    """Every item of a project with what near-duplicates are told by, in order of arrival."""
    query = (
        select(Item.id, Item.sha256, Image.phash, Item.batch_id, Item.duplicate_group_id)
        .join(Image, Image.sha256 == Item.sha256)
        .where(Item.project_id == project_id)
        .order_by(Item.id)
    )
    return [Hashed(*row) for row in session.execute(query)]


def save(session: Session, groups: Sequence[dict[str, Any]], members: dict[str, list[str]]) -> None:
    """Store groups, passing over those that are known, and put items into them by group id."""
    insert_new(session, DuplicateGroup, groups)
    for group_id, items in members.items():
        for part in lookups(items):
            moved = update(Item).where(Item.id.in_(part))
            session.execute(moved.values(duplicate_group_id=group_id))


def drop(session: Session, group_ids: Iterable[str]) -> None:
    """Remove groups that nobody is in any more: they have become part of others."""
    for part in lookups(group_ids):
        session.execute(delete(DuplicateGroup).where(DuplicateGroup.id.in_(part)))


def compared_batches(session: Session, project_id: str, method: str) -> set[str]:
    """The batches of a project whose items were compared by ``method`` with all others."""
    row = session.get(Setting, _key(project_id))
    return set(row.value["batches"]) if row and row.value["method"] == method else set()


def note_compared(
    session: Session,
    project_id: str,
    method: str,
    batches: Iterable[str],
    complete: str | None = None,
) -> None:
    """Note that items of ``batches`` are compared.

    Those that still grow are left out, but for the one that is ``complete`` and about to finish.
    """
    query = select(ImportBatch.id).where(
        ImportBatch.project_id == project_id, ImportBatch.finished_at.is_not(None)
    )
    whole = {*session.scalars(query), complete}
    known = compared_batches(session, project_id, method)
    value = {"method": method, "batches": sorted(known.union(whole.intersection(batches)))}
    session.merge(Setting(key=_key(project_id), value=value))
    session.flush()


def verified_mates(session: Session, item_ids: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of an item and a near-duplicate of it that people have decided."""
    mate = aliased(Item)
    found: list[tuple[str, str]] = []
    for part in lookups(item_ids):
        query = (
            select(Item.id, mate.id)
            .join(mate, mate.duplicate_group_id == Item.duplicate_group_id)
            .where(Item.id.in_(part), mate.id != Item.id, mate.state.in_(VERIFIED))
        )
        found += session.execute(query).tuples().all()
    return found


def undecided_mates(session: Session, item_ids: Iterable[str]) -> set[str]:
    """Undecided items in a duplicate group with one of ``item_ids``."""
    own = aliased(Item)
    found: set[str] = set()
    for part in lookups(item_ids):
        query = (
            select(Item.id)
            .join(own, own.duplicate_group_id == Item.duplicate_group_id)
            .where(own.id.in_(part), Item.state.in_(OPEN))
        )
        found.update(session.scalars(query))
    return found


def forget(session: Session, project_id: str) -> None:
    """Forget what was compared in a project: it is about to be removed."""
    session.execute(delete(Setting).where(Setting.key == _key(project_id)))


def _key(project_id: str) -> str:
    return f"duplicates/{project_id}"
