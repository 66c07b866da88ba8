"""Acceptances: the frozen frame of each, its audit, what was accepted and what was taken back."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from db.engine import insert_all, lookups
from db.tables import (
    OPEN,
    Acceptance,
    AcceptanceItem,
    AuditDraw,
    Decision,
    DecisionKind,
    Item,
    ItemState,
)

PLANNED, AUDITING, ACCEPTED = "planned", "auditing", "accepted"
REFUSED, WITHDRAWN = "refused", "withdrawn"
RUNNING = (PLANNED, AUDITING)
"""States in which an acceptance is on its way; a project has at most one such."""


ERASED = "erased"
"""What stands for the state of an item whose picture was erased."""


class Member(NamedTuple):
    """An item of a frame as it stands now; ``group_id`` is its duplicate group.

    ``state`` is an ``ItemState``, or ``ERASED``.
    """

    item_id: str
    class_id: str | None
    score: float
    position: int
    drawn: bool
    accepted: bool
    state: str
    group_id: str | None


def add(session: Session, row: Acceptance) -> Acceptance:
    """Store a new acceptance."""
    session.add(row)
    session.flush()
    return row


def get(session: Session, acceptance_id: str, *, lock: bool = False) -> Acceptance | None:
    """The acceptance with this id; ``lock``: nobody else changes it until the transaction ends."""
    return session.get(
        Acceptance, acceptance_id, with_for_update=lock or None, populate_existing=lock
    )


def of_project(session: Session, project_id: str) -> Sequence[Acceptance]:
    """The acceptances of a project, newest first."""
    query = select(Acceptance).where(Acceptance.project_id == project_id)
    return session.scalars(query.order_by(Acceptance.id.desc())).all()


def running(session: Session, project_id: str) -> Acceptance | None:
    """The acceptance of a project that is on its way, None where none is."""
    query = select(Acceptance).where(
        Acceptance.project_id == project_id, Acceptance.state.in_(RUNNING)
    )
    return session.scalars(query.order_by(Acceptance.id.desc())).first()


def add_items(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store items of a frame."""
    insert_all(session, AcceptanceItem, rows)


def clear(session: Session, acceptance_id: str) -> None:
    """Forget the frame of an acceptance from which nothing is drawn yet."""
    session.execute(delete(AcceptanceItem).where(AcceptanceItem.acceptance_id == acceptance_id))


def by_class(session: Session, acceptance_id: str) -> dict[str | None, list[str]]:
    """The items of a frame by the class that is proposed (None: none of these), by id."""
    query = (
        select(AcceptanceItem.class_id, AcceptanceItem.item_id)
        .where(AcceptanceItem.acceptance_id == acceptance_id)
        .order_by(AcceptanceItem.item_id)
    )
    found: dict[str | None, list[str]] = {}
    for class_id, item_id in session.execute(query):
        found.setdefault(class_id, []).append(item_id)
    return found


def mark_drawn(session: Session, acceptance_id: str, positions: dict[str, int]) -> None:
    """Note the audit of a frame: the place of each drawn item in the order of the draw."""
    rows = [
        {"acceptance_id": acceptance_id, "item_id": item, "drawn": True, "position": place}
        for item, place in positions.items()
    ]
    if rows:
        session.execute(update(AcceptanceItem), rows)


def batches_of(session: Session, item_ids: Iterable[str]) -> dict[str, str]:
    """The import batch of each item."""
    found: dict[str, str] = {}
    for part in lookups(item_ids):
        query = select(Item.id, Item.batch_id).where(Item.id.in_(part))
        found.update(session.execute(query).tuples().all())
    return found


def members(session: Session, acceptance_id: str) -> list[Member]:
    """The frame of an acceptance, by item id, erased items too."""
    own = AcceptanceItem
    query = (
        select(
            own.item_id,
            own.class_id,
            own.score,
            own.position,
            own.drawn,
            own.accepted,
            func.coalesce(Item.state, ERASED),
            Item.duplicate_group_id,
        )
        .outerjoin(Item, Item.id == own.item_id)
        .where(own.acceptance_id == acceptance_id)
        .order_by(own.item_id)
    )
    return [Member(*row) for row in session.execute(query)]


def count(session: Session, acceptance_id: str) -> tuple[int, int]:
    """How many items an acceptance accepted, and how many of them still are, undecided by people.

    What still is to be written, and what was erased since, counts to the first alone.
    """
    own = and_(AcceptanceItem.acceptance_id == acceptance_id, AcceptanceItem.accepted)
    query = (
        select(func.count(), func.count().filter(Item.state == ItemState.AUTO_ACCEPTED))
        .select_from(AcceptanceItem)
        .outerjoin(Item, Item.id == AcceptanceItem.item_id)
        .where(own)
    )
    accepted, standing = session.execute(query).tuples().one()
    return accepted, standing


def mark_accepted(
    session: Session, acceptance_id: str, item_ids: Iterable[str], *, accepted: bool
) -> None:
    """Note which items of a frame are accepted."""
    for part in lookups(item_ids):
        session.execute(
            update(AcceptanceItem)
            .where(AcceptanceItem.acceptance_id == acceptance_id, AcceptanceItem.item_id.in_(part))
            .values(accepted=accepted)
        )


def accepted_after(
    session: Session, acceptance_id: str, last: str, limit: int
) -> Sequence[AcceptanceItem]:
    """The next accepted items of a frame after the item ``last``, by id."""
    query = (
        select(AcceptanceItem)
        .where(
            AcceptanceItem.acceptance_id == acceptance_id,
            AcceptanceItem.accepted,
            AcceptanceItem.item_id > last,
        )
        .order_by(AcceptanceItem.item_id)
        .limit(limit)
    )
    return session.scalars(query).all()


def accepted_ids(session: Session, acceptance_id: str) -> list[str]:
    """The items of a frame that are accepted, by id, without erased ones."""
    query = (
        select(AcceptanceItem.item_id)
        .join(Item, Item.id == AcceptanceItem.item_id)
        .where(AcceptanceItem.acceptance_id == acceptance_id, AcceptanceItem.accepted)
        .order_by(AcceptanceItem.item_id)
    )
    return list(session.scalars(query))


def auditing_of(session: Session, project_id: str, item_id: str) -> Acceptance | None:
    """The acceptance whose audit, which is on its way, an item was drawn for; None: none."""
    query = (
        select(Acceptance)
        .join(AcceptanceItem, AcceptanceItem.acceptance_id == Acceptance.id)
        .where(
            Acceptance.project_id == project_id,
            Acceptance.state == AUDITING,
            AcceptanceItem.item_id == item_id,
            AcceptanceItem.drawn,
        )
    )
    return session.scalars(query).first()


def release(session: Session, acceptance_id: str) -> Sequence[str]:
    """Let drawn items that nobody has decided be ordinary ones again; which."""
    query = (
        delete(AuditDraw)
        .where(
            AuditDraw.acceptance_id == acceptance_id,
            AuditDraw.item_id.in_(select(Item.id).where(Item.state.in_(OPEN))),
        )
        .returning(AuditDraw.item_id)
    )
    return session.scalars(query).all()


def resting(session: Session, project_id: str, class_ids: Collection[str]) -> Sequence[Acceptance]:
    """The acceptances of a project, on their way or accepted, that rest on one of some classes.

    They have such a class in their frame, or have accepted something as it.
    """
    framed = exists().where(
        AcceptanceItem.acceptance_id == Acceptance.id, AcceptanceItem.class_id.in_(class_ids)
    )
    said = cast(Decision.labels, Text)
    accepted = exists().where(
        Decision.act_id == Acceptance.id,
        Decision.kind == DecisionKind.AUTO_ACCEPT,
        or_(*(said.contains(one, autoescape=True) for one in class_ids)),
    )
    query = select(Acceptance).where(
        Acceptance.project_id == project_id,
        Acceptance.state.in_((*RUNNING, ACCEPTED)),
        or_(framed, accepted, Acceptance.state == PLANNED),
    )
    return session.scalars(query.order_by(Acceptance.id)).all()
