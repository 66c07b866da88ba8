"""What heads learn from and are scored on: labels that train, the random order, blind audits.

Audits never train: an item that was drawn, at its import or for an acceptance, is held out with its
whole duplicate group, decided or not, and so is what was looked at in the stream of an acceptance.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from db import audit_groups, lineage
from db.derive import ANSWERS, LABELLING
from db.engine import insert_all, table_of
from db.tables import (
    VERIFIED,
    AuditDraw,
    Decision,
    DecisionKind,
    Item,
    LearningPoint,
    Project,
    Purpose,
    Standing,
)

_log = table_of(Decision).c
_ANSWERS_SINCE = select(func.count()).where(
    _log.seq > bindparam("since"),
    _log.project_id == bindparam("project"),
    _log.kind.in_(LABELLING),
    _log.standing == Standing.IN_FORCE,
    _log.purpose.not_in((Purpose.AUDIT, Purpose.STREAM)),
)


class Label(NamedTuple):
    """A decision that trains: item, number in the log, class ids (no class: none of these).

    ``act``: what tells the act that it came by from others; a page confirmed at once is one act.
    """

    item_id: str
    seq: int
    labels: list[str]
    act: str


class Place(NamedTuple):
    """Where an item stands in the permanent random order of its import batch."""

    item_id: str
    batch_id: str
    random_rank: float
    state: str


class Blind(NamedTuple):
    """A blind answer to an audit that was drawn at an import."""

    item_id: str
    seq: int
    labels: list[str]


def training(session: Session, project_id: str) -> list[Label]:
    """The decisions in force from which a head of a project may learn, in server order.

    Labels are told as they stand for now.
    """
    return _labels(session, project_id, ~held_out(project_id))


def verified(session: Session, project_id: str) -> list[Label]:
    """The decisions in force on all items that people verified, audits too, in server order.

    Labels are told as they stand for now.
    """
    return _labels(session, project_id)


def random_order(session: Session, project_id: str) -> list[Place]:
    """The items of a project that are not held out, by import batch, each in its random order."""
    query = (
        select(Item.id, Item.batch_id, Item.random_rank, Item.state)
        .where(Item.project_id == project_id, ~held_out(project_id))
        .order_by(Item.batch_id, Item.random_rank, Item.id)
    )
    return [Place(*row) for row in session.execute(query)]


def audit_answers(session: Session, project_id: str) -> list[Blind]:
    """The newest blind answer to each audit of a project's imports, in server order.

    What the person undid does not count, nor an answer that was given having seen the proposal;
    audits of acceptances belong to these alone. Labels are told as they stand for now; an answer
    whose class was split says no longer enough.
    """
    ending = aliased(Decision)
    undone = (
        select(ending.id)
        .where(ending.supersedes == Decision.id, ending.kind == DecisionKind.UNDO)
        .exists()
    )
    query = (
        select(Decision.item_id, Decision.seq, Decision.labels)
        .join(
            AuditDraw,
            and_(
                AuditDraw.item_id == Decision.item_id, AuditDraw.project_id == Decision.project_id
            ),
        )
        .where(
            Decision.project_id == project_id,
            AuditDraw.acceptance_id.is_(None),
            Decision.purpose == Purpose.AUDIT,
            Decision.blind,
            Decision.standing == Standing.IN_FORCE,
            Decision.kind.in_(ANSWERS),
            ~undone,
        )
        .order_by(Decision.seq)
    )
    became = lineage.of(session.get_one(Project, project_id))
    newest = {row[0]: Blind(*row) for row in session.execute(query)}
    told = [
        Blind(one.item_id, one.seq, became.settle(one.labels))
        for one in newest.values()
        if not became.is_open(one.labels)
    ]
    return sorted(told, key=lambda blind: blind.seq)


def answers_since(session: Session, project_id: str, seq: int) -> int:
    """How many decisions that train came after ``seq``; an undone one counts too."""
    return session.scalar(_ANSWERS_SINCE, {"project": project_id, "since": seq}) or 0


def answers_since_policy(session: Session, project_id: str, policy: str) -> int | None:
    """How many decisions that train came after the last one by a policy; None: there was none."""
    query = select(func.max(Decision.seq)).where(
        Decision.project_id == project_id, Decision.policy == policy
    )
    last = session.scalar(query)
    return None if last is None else answers_since(session, project_id, last)


def count_labels(session: Session, project_id: str, policy: str) -> int:
    """How many labels in force came by a policy."""
    query = select(func.count()).where(
        Decision.project_id == project_id,
        Decision.policy == policy,
        Decision.kind.in_(LABELLING),
        Decision.standing == Standing.IN_FORCE,
    )
    return session.scalar(query) or 0


def newest_decision(session: Session, project_id: str) -> int:
    """The number of the newest decision of a project, of whatever kind; 0 where there is none."""
    query = select(func.max(Decision.seq)).where(Decision.project_id == project_id)
    return session.scalar(query) or 0


def decided_seqs(session: Session, project_id: str) -> list[int]:
    """The numbers of the decisions in force that people took on the items of a project, ascending.

    Those that accepted without looking are left out.
    """
    query = (
        select(Decision.seq)
        .join(Item, Item.decision_id == Decision.id)
        .where(Item.project_id == project_id, Decision.kind.in_(LABELLING))
        .order_by(Decision.seq)
    )
    return list(session.scalars(query))


def _labels(session: Session, project_id: str, *which: ColumnElement[bool]) -> list[Label]:
    query = (
        select(Item.id, Decision.seq, Decision.labels, func.coalesce(Decision.act_id, Decision.id))
        .join(Decision, Decision.id == Item.decision_id)
        .where(
            Item.project_id == project_id,
            Item.state.in_(VERIFIED),
            Decision.kind.in_(LABELLING),
            *which,
        )
        .order_by(Decision.seq)
    )
    became = lineage.of(session.get_one(Project, project_id))
    rows = session.execute(query).tuples()
    return [Label(item, seq, became.settle(labels), act) for item, seq, labels, act in rows]


def held_out(project_id: str) -> ColumnElement[bool]:
    """Whether an ``Item`` is kept from learning."""
    drawn = select(AuditDraw.item_id).where(AuditDraw.project_id == project_id)
    streamed = select(Decision.item_id).where(
        Decision.project_id == project_id, Decision.purpose == Purpose.STREAM
    )
    group = Item.duplicate_group_id
    near = and_(group.is_not(None), group.in_(audit_groups.drawn(project_id)))
    return or_(Item.id.in_(drawn), near, Item.id.in_(streamed))


def points(session: Session, project_id: str) -> Sequence[LearningPoint]:
    """The learning curves of a project: its points by arm and number of labels."""
    query = select(LearningPoint).where(LearningPoint.project_id == project_id)
    return session.scalars(query.order_by(LearningPoint.arm, LearningPoint.labels)).all()


def replace_points(
    session: Session, project_id: str, rows: Iterable[dict[str, Any]], now: datetime
) -> None:
    """Store points; one of the same arm and number of labels gives way."""
    new = [row | {"project_id": project_id, "created_at": now} for row in rows]
    remove_points(session, project_id, [(row["arm"], row["labels"]) for row in new])
    insert_all(session, LearningPoint, new)


def remove_points(session: Session, project_id: str, keys: Iterable[tuple[str, int]]) -> None:
    """Remove points by arm and number of labels."""
    for arm, labels in keys:
        session.execute(
            delete(LearningPoint).where(
                LearningPoint.project_id == project_id,
                LearningPoint.arm == arm,
                LearningPoint.labels == labels,
            )
        )
