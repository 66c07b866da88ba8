"""How far a policy has come, and which audits it has passed.

An audit that the policy has passed would have been decided by now, were it no audit: it tells
nothing of what is undecided. The policy ranks audits along with all others, without being told
which they are (``shadow_rank``); an audit is passed once an item behind it was offered in the
single view, or once one that is proposed for the same class with no higher a score was decided in
the grid. What is passed stays passed.
"""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, Update, and_, func, or_, select, update
from sqlalchemy.orm import Session

from db.derive import ANSWERS
from db.queue import UNRANKED
from db.tables import (
    OPEN,
    AuditDraw,
    Decision,
    Item,
    ItemState,
    Proposal,
    Purpose,
    QueueEntry,
    QueueState,
    Run,
)


class Floor(NamedTuple):
    """The lowest score of a run's proposals of one class that was decided in the grid."""

    run_id: str
    class_id: str | None
    score: float


def audit_items(session: Session, project_id: str) -> dict[str, int | None]:
    """The audits of a project's imports, each with the decision at which it was passed, or None."""
    query = select(AuditDraw.item_id, AuditDraw.passed_seq).where(
        AuditDraw.project_id == project_id, AuditDraw.acceptance_id.is_(None)
    )
    return dict(session.execute(query).tuples().all())


def mark_offered(session: Session, project_id: str, seq: int) -> None:
    """Note which audits the single view has passed, just before the queue is ranked anew.

    Their places in the ranking that ends are forgotten.

    Args:
        session: an open transaction.
        project_id: the project.
        seq: the newest decision of the project.
    """
    reached = frontier(session, project_id)
    if reached is not None:
        passed = _not_passed(project_id).where(AuditDraw.shadow_rank < reached)
        session.execute(passed.values(passed_seq=seq))
    placed = (AuditDraw.project_id == project_id, AuditDraw.shadow_rank.is_not(None))
    session.execute(update(AuditDraw).where(*placed).values(shadow_rank=None))


def mark_surer(session: Session, project_id: str, floor: Floor, seq: int) -> None:
    """Note which audits the grid has passed: as sure, and of the same class."""
    above = select(Proposal.item_id).where(_at_or_above(floor))
    passed = _not_passed(project_id).where(AuditDraw.item_id.in_(above))
    session.execute(passed.values(passed_seq=seq))


def set_shadows(session: Session, project_id: str, ranks: Iterable[tuple[str, int]]) -> None:
    """Store where the policy would have picked audits (item id, rank) in the ranking as it stands.

    Those that are not named stand beyond the last rank.
    """
    rows = [
        {"project_id": project_id, "item_id": item, "shadow_rank": rank} for item, rank in ranks
    ]
    if rows:
        session.execute(update(AuditDraw), rows)


def _not_passed(project_id: str) -> Update:
    return update(AuditDraw).where(
        AuditDraw.project_id == project_id,
        AuditDraw.acceptance_id.is_(None),
        AuditDraw.passed_seq.is_(None),
    )


def frontier(session: Session, project_id: str) -> int | None:
    """The last rank of the policy's picks that was offered since the queue was ranked, or None."""
    query = select(func.max(QueueEntry.rank)).where(
        *_picks(project_id), QueueEntry.offered.is_(True)
    )
    return session.scalar(query)


def _picks(project_id: str) -> list[ColumnElement[bool]]:
    return [
        QueueEntry.project_id == project_id,
        QueueEntry.slot == 0,
        QueueEntry.purpose == Purpose.WORK,
        QueueEntry.policy.not_in(UNRANKED),
    ]


def floors(session: Session, project_id: str) -> list[Floor]:
    """How far the grid has come: of each run that still has its proposals, by class.

    A page may come in either order, and that is not known afterwards: what is surer than an item
    that was decided there counts as passed, which is too much rather than too little.
    """
    query = (
        select(Proposal.run_id, Proposal.class_id, func.min(Proposal.score))
        .select_from(Decision)
        .join(Run, and_(Run.recipe_id == Decision.recipe_id, Run.project_id == project_id))
        .join(Proposal, and_(Proposal.run_id == Run.id, Proposal.item_id == Decision.item_id))
        .where(
            Decision.project_id == project_id,
            Decision.view == "grid",
            Decision.kind.in_(ANSWERS),
        )
        .group_by(Proposal.run_id, Proposal.class_id)
    )
    return [Floor(*row) for row in session.execute(query)]


def passed_undecided(session: Session, project_id: str) -> set[str]:
    """The items that the policy or the grid came past and that nobody has decided.

    Items that are disputed without an answer are among them, and audits that wait are where they
    are passed.
    """
    reached = frontier(session, project_id) or 0
    offered = select(QueueEntry.item_id).where(
        *_picks(project_id),
        or_(
            QueueEntry.offered.is_(True),
            QueueEntry.state == QueueState.LEASED,
            QueueEntry.rank < reached,
        ),
    )
    audits = select(AuditDraw.item_id).where(
        AuditDraw.project_id == project_id, AuditDraw.passed_seq.is_not(None)
    )
    flagged = and_(Item.state == ItemState.DISPUTED, Item.decision_id.is_(None))
    query = select(Item.id).where(
        Item.project_id == project_id,
        or_(flagged, and_(Item.state.in_(OPEN), or_(Item.id.in_(offered), Item.id.in_(audits)))),
    )
    found = set(session.scalars(query))
    for floor in floors(session, project_id):
        above = (
            select(Item.id)
            .join(Proposal, Proposal.item_id == Item.id)
            .where(
                Item.project_id == project_id,
                Item.state.in_(OPEN),
                _at_or_above(floor),
                Item.id.not_in(select(AuditDraw.item_id).where(AuditDraw.project_id == project_id)),
            )
        )
        found.update(session.scalars(above))
    return found


def _at_or_above(floor: Floor) -> ColumnElement[bool]:
    return and_(
        Proposal.run_id == floor.run_id,
        Proposal.class_id.is_not_distinct_from(floor.class_id),
        Proposal.score >= floor.score,
    )
