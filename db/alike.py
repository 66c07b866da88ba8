"""Groups of items that look alike to a model, beside those that are the same picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from db import duplicates
from db.engine import insert_new, lookups
from db.tables import Alike, DuplicateGroup, Item, Setting

SAME, ALIKE = "same", "alike"


@dataclass(frozen=True)
class Mate:
    """An item that shares a group with another: it is the ``same`` picture, or looks ``alike``."""

    item: Item
    kind: str


def compared(session: Session, project_id: str) -> dict[str, str | None]:
    """The items of a project that were compared, with the group of each that is in one."""
    query = (
        select(Alike.item_id, Alike.group_id)
        .join(Item, Item.id == Alike.item_id)
        .where(Item.project_id == project_id)
    )
    return dict(session.execute(query).tuples().all())


def begin(session: Session, project_id: str, method: str) -> None:
    """Compare by ``method`` from now on: what was found by another one is forgotten."""
    row = session.get(Setting, _key(project_id))
    if row is not None and row.value["method"] == method:
        return
    forget(session, project_id)
    session.merge(Setting(key=_key(project_id), value={"method": method}))
    session.flush()


def forget(session: Session, project_id: str) -> None:
    """Forget what was compared in a project, and its groups of items that look alike."""
    items = select(Item.id).where(Item.project_id == project_id)
    grouped = select(Alike.group_id).where(Alike.item_id.in_(items), Alike.group_id.is_not(None))
    groups = session.scalars(grouped.distinct()).all()
    session.execute(delete(Alike).where(Alike.item_id.in_(items)))
    duplicates.drop(session, filter(None, groups))
    session.execute(delete(Setting).where(Setting.key == _key(project_id)))


def save(
    session: Session, project_id: str, method: str, groups: Mapping[str, str | None], now: datetime
) -> None:
    """Store the group of items, by item id; None: compared, and like no other."""
    new = sorted({group for group in groups.values() if group})
    shared = {"project_id": project_id, "method": method, "created_at": now}
    insert_new(session, DuplicateGroup, [shared | {"id": group} for group in new])
    insert_new(session, Alike, [{"item_id": item, "group_id": None} for item in groups])
    for group in new:
        items = [item for item, own in groups.items() if own == group]
        for part in lookups(items):
            session.execute(update(Alike).where(Alike.item_id.in_(part)).values(group_id=group))


def groups(session: Session, project_id: str) -> dict[str, tuple[str | None, str | None]]:
    """The groups of each item that is in one, by SHA-256: same picture, looks alike."""
    query = (
        select(Item.sha256, Item.duplicate_group_id, Alike.group_id)
        .outerjoin(Alike, Alike.item_id == Item.id)
        .where(
            Item.project_id == project_id,
            or_(Item.duplicate_group_id.is_not(None), Alike.group_id.is_not(None)),
        )
    )
    return {sha: (same, alike) for sha, same, alike in session.execute(query)}


def mates(session: Session, item: Item) -> Sequence[Mate]:
    """The items that share a group with one, the same picture first, each once."""
    own = select(Alike.group_id).where(Alike.item_id == item.id, Alike.group_id.is_not(None))
    query = (
        select(Item, Item.duplicate_group_id)
        .outerjoin(Alike, Alike.item_id == Item.id)
        .where(
            Item.project_id == item.project_id,
            Item.id != item.id,
            or_(Item.duplicate_group_id == item.duplicate_group_id, Alike.group_id.in_(own)),
        )
        .order_by(Item.id)
    )
    found = [
        Mate(mate, SAME if group is not None and group == item.duplicate_group_id else ALIKE)
        for mate, group in session.execute(query)
    ]
    return sorted(found, key=lambda mate: mate.kind != SAME)


def _key(project_id: str) -> str:
    return f"alike/{project_id}"
