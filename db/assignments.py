"""Assignments: waiting items that a lead gave to one person, by class, by batch or all of them."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from db.queue import EARLY, HANDED, LATE, USUAL
from db.tables import (
    OPENLY,
    Acceptance,
    AcceptanceItem,
    Assignment,
    Decision,
    DecisionKind,
    Item,
    Project,
    Proposal,
    Purpose,
    QueueEntry,
    QueueState,
    User,
)


def active(session: Session, project_id: str) -> Sequence[Assignment]:
    """The assignments of a project that have not ended, those that come first first."""
    query = (
        select(Assignment)
        .where(Assignment.project_id == project_id, Assignment.ended_at.is_(None))
        .order_by(Assignment.priority, Assignment.created_at, Assignment.id)
    )
    return session.scalars(query).all()


def add(session: Session, new: Assignment) -> Assignment:
    """Store a new assignment."""
    session.add(new)
    session.flush()
    return new


def count_waiting(session: Session, assignment: Assignment) -> int:
    """How many items wait, queued or leased, that an assignment covers and its person gets."""
    query = select(func.count()).where(
        QueueEntry.project_id == assignment.project_id,
        QueueEntry.slot == 0,
        QueueEntry.state != QueueState.DONE,
        QueueEntry.assignee_id == assignment.user_id,
        *_covered_by(assignment),
    )
    return session.scalar(query) or 0


def apply(session: Session, project_id: str) -> None:
    """Set the person and the priority of what waits for a first decision.

    What is on somebody's screen just now stays there, and goes to its person once it is returned.

    An item that several assignments cover goes by the first of them; those of people who are
    disabled cover nothing. What was handed to somebody by hand stays theirs. An assignment by
    class leaves audits out: who gets them must not tell what is proposed. Audits of an acceptance
    that a lead waits for come first.
    """
    waiting = (
        QueueEntry.project_id == project_id,
        QueueEntry.slot == 0,
        QueueEntry.state != QueueState.DONE,
        QueueEntry.policy != HANDED,
    )
    session.execute(update(QueueEntry).where(*waiting).values(assignee_id=None, priority=USUAL))
    able = set(session.scalars(select(User.id).where(User.disabled_at.is_(None))))
    for assignment in active(session, project_id):
        if assignment.user_id not in able:
            continue
        covered = (*waiting, QueueEntry.assignee_id.is_(None), *_covered_by(assignment))
        values = {"assignee_id": assignment.user_id, "priority": assignment.priority}
        session.execute(update(QueueEntry).where(*covered).values(values))
    _put_audits_first(session, waiting)


def handed_over(session: Session, project_id: str) -> dict[str, int]:
    """How many items wait for one person because they were handed to them by hand, by user id."""
    query = (
        select(QueueEntry.assignee_id, func.count())
        .where(*_handed(project_id))
        .group_by(QueueEntry.assignee_id)
    )
    return {person: n for person, n in session.execute(query).tuples() if person}


def take_back_handed(session: Session, project_id: str, user_id: str) -> int:
    """Let what was handed to somebody by hand wait for everybody, at its rank; how many.

    What is on the person's screen just now stays theirs until its lease ends.
    """
    own = (*_handed(project_id), QueueEntry.assignee_id == user_id)
    count = session.scalar(select(func.count()).select_from(QueueEntry).where(*own)) or 0
    values = {"policy": LATE, "assignee_id": None, "priority": USUAL}
    session.execute(update(QueueEntry).where(*own).values(values))
    apply(session, project_id)
    return count


def _handed(project_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        QueueEntry.project_id == project_id,
        QueueEntry.slot == 0,
        QueueEntry.state != QueueState.DONE,
        QueueEntry.policy == HANDED,
    )


def _put_audits_first(session: Session, waiting: Sequence[ColumnElement[bool]]) -> None:
    """Let the audits of an acceptance come before all other work, but for those skipped once."""
    awaited = (
        select(AcceptanceItem.item_id)
        .join(Acceptance, Acceptance.id == AcceptanceItem.acceptance_id)
        .where(Acceptance.state == "auditing", AcceptanceItem.drawn)
    )
    skipped = exists().where(
        Decision.item_id == QueueEntry.item_id, Decision.kind == DecisionKind.SKIP
    )
    early = (
        QueueEntry.assignee_id.is_(None),
        QueueEntry.purpose == Purpose.AUDIT,
        QueueEntry.item_id.in_(awaited),
        ~skipped,
    )
    session.execute(update(QueueEntry).where(*waiting, *early).values(priority=EARLY))


def _covered_by(assignment: Assignment) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if assignment.batch_id:
        batch = select(Item.id).where(
            Item.project_id == assignment.project_id, Item.batch_id == assignment.batch_id
        )
        conditions.append(QueueEntry.item_id.in_(batch))
    if assignment.class_id:
        proposed = (
            select(Proposal.item_id)
            .join(Project, Project.run_id == Proposal.run_id)
            .where(Project.id == assignment.project_id, Proposal.class_id == assignment.class_id)
        )
        conditions.append(QueueEntry.item_id.in_(proposed))
        conditions.append(QueueEntry.purpose.in_(OPENLY))
    return conditions
