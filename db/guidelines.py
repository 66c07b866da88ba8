"""What leads say about classes, in versions; and the pictures that may stand as examples."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from db import further_looks
from db.engine import lookups
from db.tables import (
    VERIFIED,
    Class,
    Guideline,
    Image,
    Item,
    ItemLabel,
    Project,
)


def next_revision(session: Session, project_id: str) -> int:
    """Count the project's guideline revision up and return it."""
    session.execute(
        update(Project)
        .where(Project.id == project_id)
        .values(guideline_revision=Project.guideline_revision + 1)
    )
    return session.scalars(select(Project.guideline_revision).where(Project.id == project_id)).one()


def add(session: Session, guideline: Guideline) -> None:
    """Store a new version of what is said about a class."""
    session.add(guideline)
    session.flush()


def at(session: Session, project_id: str, revision: int) -> dict[str, Guideline]:
    """What held for each class at a revision of the project's guidelines, by class id."""
    newest = (
        select(Guideline.class_id, func.max(Guideline.revision).label("revision"))
        .join(Class, Class.id == Guideline.class_id)
        .where(Class.project_id == project_id, Guideline.revision <= revision)
        .group_by(Guideline.class_id)
        .subquery()
    )
    query = select(Guideline).join(
        newest,
        (newest.c.class_id == Guideline.class_id) & (newest.c.revision == Guideline.revision),
    )
    return {row.class_id: row for row in session.scalars(query)}


def versions(session: Session, class_id: str) -> Sequence[Guideline]:
    """Every version of a class's guideline, oldest first."""
    query = select(Guideline).where(Guideline.class_id == class_id)
    return session.scalars(query.order_by(Guideline.revision)).all()


def usable(session: Session, project_id: str, item_ids: Iterable[str]) -> dict[str, Item]:
    """Those of ``item_ids`` that may be shown as examples now, by id."""
    found: dict[str, Item] = {}
    for part in lookups(item_ids):
        query = select(Item).where(Item.id.in_(part), *_may_be_shown(project_id))
        found.update({item.id: item for item in session.scalars(query)})
    return found


def candidates(
    session: Session, project_id: str, class_id: str, *, bearing: bool, limit: int, offset: int
) -> Sequence[tuple[Item, Image]]:
    """Pictures that may be examples, newest first: those that bear a class, or those that do not.

    Returns:
        at most ``limit`` items with their pictures, without the first ``offset``.
    """
    bears = exists().where(ItemLabel.item_id == Item.id, ItemLabel.class_id == class_id)
    query = (
        select(Item, Image)
        .join(Image, Image.sha256 == Item.sha256)
        .where(*_may_be_shown(project_id), bears if bearing else ~bears)
        .order_by(Item.decision_id.desc())
        .limit(limit)
        .offset(offset)
    )
    return session.execute(query).tuples().all()


def bearing(session: Session, class_id: str, item_ids: Iterable[str]) -> set[str]:
    """Those of ``item_ids`` that bear a class."""
    found: set[str] = set()
    for part in lookups(item_ids):
        query = select(ItemLabel.item_id).where(
            ItemLabel.class_id == class_id, ItemLabel.item_id.in_(part)
        )
        found.update(session.scalars(query))
    return found


def _may_be_shown(project_id: str) -> tuple[ColumnElement[bool] | Any, ...]:
    """Verified, and not on the way to somebody else who decides it blind: that would tell them."""
    awaited = further_looks.awaited(project_id)
    return (Item.project_id == project_id, Item.state.in_(VERIFIED), ~awaited)
