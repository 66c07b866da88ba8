"""What people and the rule said of the items of an acceptance, as it stands for now."""

from collections.abc import Iterable

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from db import lineage
from db.derive import ANSWERS, ENDS
from db.engine import lookups
from db.tables import (
    Acceptance,
    AcceptanceItem,
    Decision,
    DecisionKind,
    Item,
    Project,
    Purpose,
    Standing,
)


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

    Labels are told as they stand for now, as in every answer here.
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


def _lineage(session: Session, acceptance_id: str) -> lineage.Lineage:
    project_id = session.get_one(Acceptance, acceptance_id).project_id
    return lineage.of(session.get_one(Project, project_id))
