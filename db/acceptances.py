"""Acceptances: the frozen frame of each, its audit, what was accepted and what was taken back.

An item may come into a frame while it waits for a first decision, no person has decided anything
about it, nobody is offered it, and it neither is an audit of its import nor shares a duplicate
group with one that waits.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
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
from sqlalchemy.orm import Session, aliased

from db import lineage
from db.derive import ANSWERS, ENDS
from db.engine import insert_all, lookups
from db.tables import (
    OPEN,
    VERIFIED,
    Acceptance,
    AcceptanceItem,
    AuditDraw,
    Decision,
    DecisionKind,
    Item,
    ItemLabel,
    ItemState,
    Lease,
    Project,
    Proposal,
    Purpose,
    Standing,
)

PLANNED, AUDITING, ACCEPTED = "planned", "auditing", "accepted"
REFUSED, WITHDRAWN = "refused", "withdrawn"
RUNNING = (PLANNED, AUDITING)
"""States in which an acceptance is on its way; a project has at most one such."""
MACHINE = (DecisionKind.AUTO_ACCEPT, DecisionKind.WITHDRAW)
"""Kinds that say nothing of a person's having looked."""


class Member(NamedTuple):
    """An item of a frame as it stands now; ``group_id`` is its duplicate group."""

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


def candidates(
    session: Session,
    project_id: str,
    run_id: str,
    batch_ids: Collection[str] | None,
    now: datetime,
) -> Sequence[Proposal]:
    """What is proposed for the items that may come into a frame, in order of arrival.

    Args:
        session: an open session.
        project_id: the project.
        run_id: the run whose proposals are frozen.
        batch_ids: imports that are covered; None: all.
        now: leases that end by then no longer count.
    """
    query = _candidates(project_id, run_id, batch_ids, now, Proposal)
    return session.scalars(query.order_by(Item.id)).all()


def count_candidates(
    session: Session,
    project_id: str,
    run_id: str,
    batch_ids: Collection[str] | None,
    now: datetime,
) -> dict[str | None, int]:
    """How many items may come into a frame, by the class that is proposed (None: none of these).

    The arguments are those of ``candidates``.
    """
    query = _candidates(project_id, run_id, batch_ids, now, Proposal.class_id, func.count())
    return dict(session.execute(query.group_by(Proposal.class_id)).tuples().all())


def add_items(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Store items of a frame."""
    insert_all(session, AcceptanceItem, rows)


def clear(session: Session, acceptance_id: str) -> None:
    """Forget the frame of an acceptance from which nothing is drawn yet."""
    session.execute(delete(AcceptanceItem).where(AcceptanceItem.acceptance_id == acceptance_id))


def drop_unfit(session: Session, acceptance: Acceptance, now: datetime) -> int:
    """Take out of a frame what may not come into it any more; how many stay."""
    own = AcceptanceItem.acceptance_id == acceptance.id
    fit = select(Item.id).where(_may_be_framed(acceptance.project_id, now))
    session.execute(delete(AcceptanceItem).where(own, AcceptanceItem.item_id.not_in(fit)))
    return session.scalar(select(func.count()).where(own)) or 0


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
    """The frame of an acceptance, by item id."""
    own = AcceptanceItem
    query = (
        select(
            own.item_id,
            own.class_id,
            own.score,
            own.position,
            own.drawn,
            own.accepted,
            Item.state,
            Item.duplicate_group_id,
        )
        .join(Item, Item.id == own.item_id)
        .where(own.acceptance_id == acceptance_id)
        .order_by(own.item_id)
    )
    return [Member(*row) for row in session.execute(query)]


def count(session: Session, acceptance_id: str) -> tuple[int, int]:
    """How many items an acceptance accepted, and how many of them still are, undecided by people.

    What still is to be written counts to the first alone.
    """
    own = and_(AcceptanceItem.acceptance_id == acceptance_id, AcceptanceItem.accepted)
    query = (
        select(func.count(), func.count().filter(Item.state == ItemState.AUTO_ACCEPTED))
        .select_from(AcceptanceItem)
        .join(Item, Item.id == AcceptanceItem.item_id)
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


def labels_of(session: Session, item_ids: Iterable[str]) -> dict[str, set[str]]:
    """The class ids that items bear, by item; nothing of what bears none."""
    found: dict[str, set[str]] = {}
    for part in lookups(item_ids):
        query = select(ItemLabel.item_id, ItemLabel.class_id).where(ItemLabel.item_id.in_(part))
        for item_id, class_id in session.execute(query):
            found.setdefault(item_id, set()).add(class_id)
    return found


def accepted_ids(session: Session, acceptance_id: str) -> list[str]:
    """The items of a frame that are accepted, by id."""
    query = (
        select(AcceptanceItem.item_id)
        .where(AcceptanceItem.acceptance_id == acceptance_id, AcceptanceItem.accepted)
        .order_by(AcceptanceItem.item_id)
    )
    return list(session.scalars(query))


def blind_answers(session: Session, acceptance_id: str) -> dict[str, list[Decision]]:
    """The living blind answers of the audit, by item, in server order.

    Of each person the last one; what was undone or sent back is no answer any more.
    """
    ending = aliased(Decision)
    ended = exists().where(ending.supersedes == Decision.id, ending.kind.in_(ENDS))
    query = (
        select(Decision)
        .join(AcceptanceItem, AcceptanceItem.item_id == Decision.item_id)
        .where(
            AcceptanceItem.acceptance_id == acceptance_id,
            AcceptanceItem.drawn,
            Decision.blind,
            Decision.purpose.in_((Purpose.AUDIT, Purpose.OVERLAP)),
            Decision.kind.in_(ANSWERS),
            Decision.standing.in_((Standing.IN_FORCE, Standing.SECOND_OPINION)),
            ~ended,
        )
        .order_by(Decision.seq)
    )
    newest: dict[tuple[str, str], Decision] = {}
    became = _lineage(session, acceptance_id)
    for one in session.scalars(query):
        newest[one.item_id, one.user_id] = lineage.tell_as_now(one, became)
    found: dict[str, list[Decision]] = {}
    for one in newest.values():
        found.setdefault(one.item_id, []).append(one)
    return found


def skipped(session: Session, acceptance_id: str) -> set[str]:
    """The drawn items that somebody skipped."""
    query = (
        select(Decision.item_id)
        .join(AcceptanceItem, AcceptanceItem.item_id == Decision.item_id)
        .where(
            AcceptanceItem.acceptance_id == acceptance_id,
            AcceptanceItem.drawn,
            Decision.kind == DecisionKind.SKIP,
        )
    )
    return set(session.scalars(query))


def in_force(session: Session, acceptance_id: str) -> dict[str, tuple[str, list[str]]]:
    """Kind and labels of the decision in force on each decided item of a frame, by item.

    Labels are told as they stand for now, here and in the answers below.
    """
    query = (
        select(Item.id, Decision.kind, Decision.labels)
        .join(AcceptanceItem, AcceptanceItem.item_id == Item.id)
        .join(Decision, Decision.id == Item.decision_id)
        .where(AcceptanceItem.acceptance_id == acceptance_id)
    )
    became = _lineage(session, acceptance_id)
    rows = session.execute(query).tuples()
    return {item: (kind, became.settle(labels)) for item, kind, labels in rows}


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


def near(session: Session, item_ids: Iterable[str]) -> set[str]:
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


def standing(session: Session, acceptance_id: str, item_ids: Iterable[str]) -> dict[str, str]:
    """The ``auto_accept`` decisions of an act that nothing has ended, by item."""
    ending = aliased(Decision)
    ended = exists().where(ending.supersedes == Decision.id, ending.kind.in_(ENDS))
    found: dict[str, str] = {}
    for part in lookups(item_ids):
        query = select(Decision.item_id, Decision.id).where(
            Decision.item_id.in_(part),
            Decision.act_id == acceptance_id,
            Decision.kind == DecisionKind.AUTO_ACCEPT,
            ~ended,
        )
        found.update(session.execute(query).tuples().all())
    return found


def stream_answers(session: Session, acceptance_id: str) -> list[tuple[str, list[str], list[str]]]:
    """What people answered of accepted items that came to them blind, in server order.

    Returns:
        (item, class ids of the answer, class ids that were accepted) for each item.
    """
    accepted, ending = aliased(Decision), aliased(Decision)
    undone = exists().where(ending.supersedes == Decision.id, ending.kind == DecisionKind.UNDO)
    query = (
        select(Decision.item_id, Decision.labels, accepted.labels)
        .join(accepted, accepted.item_id == Decision.item_id)
        .where(
            accepted.act_id == acceptance_id,
            accepted.kind == DecisionKind.AUTO_ACCEPT,
            Decision.purpose == Purpose.STREAM,
            Decision.kind.in_(ANSWERS),
            ~undone,
        )
        .order_by(Decision.seq)
    )
    settle = _lineage(session, acceptance_id).settle
    rows = session.execute(query).tuples()
    return list({item: (item, settle(said), settle(held)) for item, said, held in rows}.values())


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


def _lineage(session: Session, acceptance_id: str) -> lineage.Lineage:
    project_id = session.get_one(Acceptance, acceptance_id).project_id
    return lineage.of(session.get_one(Project, project_id))


def _candidates(
    project_id: str,
    run_id: str,
    batch_ids: Collection[str] | None,
    now: datetime,
    *columns: Any,
) -> Select[Any]:
    query = (
        select(*columns)
        .select_from(Item)
        .join(Proposal, and_(Proposal.item_id == Item.id, Proposal.run_id == run_id))
        .where(_may_be_framed(project_id, now))
    )
    return query if batch_ids is None else query.where(Item.batch_id.in_(batch_ids))


def _may_be_framed(project_id: str, now: datetime) -> ColumnElement[bool]:
    looked = exists().where(Decision.item_id == Item.id, Decision.kind.not_in(MACHINE))
    offered = exists().where(
        Lease.project_id == project_id, Lease.item_id == Item.id, Lease.expires_at > now
    )
    drawn = exists().where(AuditDraw.project_id == project_id, AuditDraw.item_id == Item.id)
    audited = aliased(Item)
    groups = (
        select(audited.duplicate_group_id)
        .join(AuditDraw, AuditDraw.item_id == audited.id)
        .where(
            AuditDraw.project_id == project_id,
            audited.state.in_(OPEN),
            audited.duplicate_group_id.is_not(None),
        )
    )
    group = Item.duplicate_group_id
    return and_(
        Item.project_id == project_id,
        Item.state.in_(OPEN),
        ~looked,
        ~offered,
        ~drawn,
        or_(group.is_(None), group.not_in(groups)),
    )
