"""The paths that items came under, and the labels that came with them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from db.engine import table_of
from db.tables import Item, ItemSource

_source = table_of(ItemSource)
_LABEL = (
    update(_source)
    .where(_source.c.batch_id == bindparam("of_batch"), _source.c.item_id == bindparam("of_item"))
    .where(_source.c.label.is_(None))
    .values(label=bindparam("came"))
)


def paths(
    session: Session, project_id: str, batch_id: str | None = None
) -> Iterator[tuple[str, str, str]]:
    """``(item id, path, SHA-256)`` for every path of a project, or of one import; as they come."""
    query = (
        select(ItemSource.item_id, ItemSource.path, Item.sha256)
        .join(Item, Item.id == ItemSource.item_id)
        .where(Item.project_id == project_id)
        .execution_options(yield_per=1_000)
    )
    if batch_id is not None:
        query = query.where(ItemSource.batch_id == batch_id)
    yield from session.execute(query).tuples()


def called(session: Session, project_id: str, name: str) -> Sequence[Item]:
    """The items of a project that bear a name: a SHA-256, the path they came by, or its end."""
    by_path = or_(ItemSource.path == name, ItemSource.path.endswith(f"/{name}", autoescape=True))
    named = select(ItemSource.item_id).where(by_path)
    query = select(Item).where(
        Item.project_id == project_id, or_(Item.sha256 == name, Item.id.in_(named))
    )
    return session.scalars(query.order_by(Item.id)).all()


def add_labels(session: Session, batch_id: str, labels: Mapping[str, str]) -> None:
    """Store the labels (by item id) that came with an import, where its paths bear none yet."""
    rows: list[dict[str, Any]] = [
        {"of_batch": batch_id, "of_item": item_id, "came": label}
        for item_id, label in labels.items()
    ]
    if rows:
        session.connection().execute(_LABEL, rows)
