"""Pictures that were erased for good, and what of them is still to be removed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from db.engine import insert_all, lookups
from db.tables import (
    CvatBatch,
    CvatFrame,
    CvatLink,
    Decision,
    DuplicateGroup,
    Embedding,
    ErasedItem,
    ErasedPicture,
    Image,
    Item,
    Model,
    Project,
    Snapshot,
    SnapshotItem,
)


class Vector(NamedTuple):
    """Where the vector of a picture stands: its model, that one's dimension, and the row."""

    model_id: str
    dim: int
    row: int


class Frame(NamedTuple):
    """A picture in a CVAT task."""

    server: str
    task_name: str
    task_id: int | None
    frame: int


def of(session: Session, shas: Iterable[str]) -> dict[str, ErasedPicture]:
    """Those of ``shas`` that were erased and are not here again, by SHA-256."""
    found: dict[str, ErasedPicture] = {}
    for part in lookups(shas):
        query = (
            select(ErasedPicture)
            .outerjoin(Image, Image.sha256 == ErasedPicture.sha256)
            .where(ErasedPicture.sha256.in_(part), Image.sha256.is_(None))
        )
        found.update((row.sha256, row) for row in session.scalars(query))
    return found


def refused(session: Session) -> dict[str, ErasedPicture]:
    """Every erased picture that may not be imported again, by SHA-256."""
    query = select(ErasedPicture).where(ErasedPicture.lifted_at.is_(None))
    return {row.sha256: row for row in session.scalars(query)}


def unfinished(session: Session, project_id: str | None = None) -> Sequence[ErasedPicture]:
    """Erased pictures that still lie in files; with ``project_id`` those that it had."""
    query = select(ErasedPicture).where(ErasedPicture.finished_at.is_(None))
    if project_id is not None:
        own = select(ErasedItem.sha256).where(ErasedItem.project_id == project_id)
        query = query.where(ErasedPicture.sha256.in_(own))
    return session.scalars(query.order_by(ErasedPicture.sha256)).all()


def items_of(session: Session, sha256: str) -> Sequence[tuple[Item, Project]]:
    """The items of a picture with their projects, by project."""
    query = (
        select(Item, Project)
        .join(Project, Project.id == Item.project_id)
        .where(Item.sha256 == sha256)
        .order_by(Project.id)
    )
    return session.execute(query).tuples().all()


def vectors_of(session: Session, sha256: str) -> list[Vector]:
    """Where the vectors of a picture stand, by model."""
    query = (
        select(Model.id, Model.dim, Embedding.row)
        .join(Embedding, Embedding.model_id == Model.id)
        .where(Embedding.sha256 == sha256)
        .order_by(Model.id)
    )
    return [Vector(*row) for row in session.execute(query)]


def snapshots_with(session: Session, sha256: str) -> list[tuple[str, str]]:
    """The snapshots that hold a picture: names of their projects, and their own."""
    query = (
        select(Project.name, Snapshot.name)
        .join(Snapshot, Snapshot.project_id == Project.id)
        .join(SnapshotItem, SnapshotItem.snapshot_id == Snapshot.id)
        .where(SnapshotItem.sha256 == sha256)
        .order_by(Project.name, Snapshot.created_at)
    )
    return list(session.execute(query).tuples())


def frames_of(session: Session, item_ids: Iterable[str]) -> list[Frame]:
    """Where items lie in CVAT tasks."""
    query = (
        select(CvatLink.server, CvatBatch.task_name, CvatBatch.remote_task_id, CvatFrame.frame)
        .join(CvatBatch, CvatBatch.link_id == CvatLink.id)
        .join(CvatFrame, CvatFrame.batch_id == CvatBatch.id)
        .where(CvatFrame.item_id.in_(list(item_ids)))
        .order_by(CvatBatch.id, CvatFrame.frame)
    )
    return [Frame(*row) for row in session.execute(query)]


def erased_items(session: Session, item_ids: Iterable[str]) -> set[str]:
    """Those of ``item_ids`` that went with their pictures."""
    found: set[str] = set()
    for part in lookups(item_ids):
        found.update(
            session.scalars(select(ErasedItem.item_id).where(ErasedItem.item_id.in_(part)))
        )
    return found


def of_item(session: Session, project_id: str, item_id: str) -> ErasedPicture | None:
    """The picture with which an item of a project went, None where it did not."""
    query = (
        select(ErasedPicture)
        .join(ErasedItem, ErasedItem.sha256 == ErasedPicture.sha256)
        .where(ErasedItem.item_id == item_id, ErasedItem.project_id == project_id)
    )
    return session.scalar(query)


def remove(
    session: Session,
    sha256: str,
    *,
    reason: str,
    user_id: str | None,
    left: Mapping[str, Any],
    now: datetime,
) -> None:
    """Remove a picture with its items and all that is theirs but decisions; note that it was here.

    Frames of acceptances and rows of the CVAT ledger stay too. A group of near-duplicates that is
    left with one item ends.

    Args:
        session: an open transaction that holds the projects that have the picture.
        sha256: the picture.
        reason: why, for people.
        user_id: who asked for it.
        left: what is to be removed from files (``ErasedPicture.left``).
        now: the time.
    """
    session.merge(
        ErasedPicture(
            sha256=sha256, reason=reason, user_id=user_id, left=dict(left), erased_at=now,
            finished_at=None, lifted_by=None, lifted_at=None,
        )
    )  # fmt: skip
    session.flush()
    rows = session.scalars(select(Item).where(Item.sha256 == sha256)).all()
    gone = [{"item_id": one.id, "project_id": one.project_id, "sha256": sha256} for one in rows]
    groups = {one.duplicate_group_id for one in rows if one.duplicate_group_id}
    insert_all(session, ErasedItem, gone)
    session.execute(delete(Item).where(Item.sha256 == sha256))
    session.execute(delete(Embedding).where(Embedding.sha256 == sha256))
    session.execute(delete(Image).where(Image.sha256 == sha256))
    for group_id in sorted(groups):
        _end_group(session, group_id)


def finish(session: Session, sha256: str, now: datetime) -> None:
    """Note that nothing of a picture is left in files."""
    done = update(ErasedPicture).where(ErasedPicture.sha256 == sha256)
    session.execute(done.values(left={}, finished_at=now))


def lift(session: Session, shas: Iterable[str], user_id: str, now: datetime) -> list[str]:
    """Let erased pictures be imported again; those that were refused until now."""
    lifted: list[str] = []
    for part in lookups(shas):
        opened = (
            update(ErasedPicture)
            .where(ErasedPicture.sha256.in_(part), ErasedPicture.lifted_at.is_(None))
            .values(lifted_at=now, lifted_by=user_id)
        )
        lifted += session.scalars(opened.returning(ErasedPicture.sha256))
    return sorted(lifted)


def count_orphans(session: Session, project_id: str) -> int:
    """How many decisions of a project are on items that are neither there nor erased."""
    known = select(Item.id).where(Item.project_id == project_id)
    erased = select(ErasedItem.item_id).where(ErasedItem.project_id == project_id)
    query = select(func.count()).where(
        Decision.project_id == project_id,
        Decision.item_id.not_in(known),
        Decision.item_id.not_in(erased),
    )
    return session.scalar(query) or 0


def _end_group(session: Session, group_id: str) -> None:
    mates = session.scalars(select(Item.id).where(Item.duplicate_group_id == group_id)).all()
    if len(mates) < 2:
        alone = update(Item).where(Item.duplicate_group_id == group_id)
        session.execute(alone.values(duplicate_group_id=None))
        session.execute(delete(DuplicateGroup).where(DuplicateGroup.id == group_id))
