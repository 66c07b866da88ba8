"""How far a policy has come, and which audits it has passed.

An audit that the policy has passed would have been decided by now, were it no audit: it tells
nothing of what is undecided. The policy ranks audits along with all others, without being told
which they are (``shadow_rank``); an audit is passed once an item behind it was offered in the
single view, or once one was decided in the grid that is proposed for the same class with no higher
a score; of pages of sure items at random, once one behind it in the random order was. What is
passed stays passed. An audit that was drawn after all that is not passed by it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Update, and_, func, or_, select, update
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

AT_RANDOM = "sure_at_random"
"""The policy of what was decided on a page of sure items at random."""


class Floor(NamedTuple):
    """The lowest score of a run's proposals of one class that was decided in the grid.

    ``at``: when the last of them was decided.
    """

    run_id: str
    class_id: str | None
    score: float
    at: datetime


class Reach(NamedTuple):
    """How far a run's sure proposals were decided in the random order, at random pages of the grid.

    ``sure``: the least probability on these pages; ``at``: when the last item was decided.
    """

    run_id: str
    sure: float
    rank: float
    at: datetime


Mark = Floor | Reach
"""How far the grid has come in a run."""


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


def mark_decided(session: Session, project_id: str, mark: Mark, seq: int) -> None:
    """Note which audits the grid has passed."""
    before = select(Proposal.item_id).join(Item, Item.id == Proposal.item_id).where(_before(mark))
    passed = _not_passed(project_id).where(
        AuditDraw.item_id.in_(before), AuditDraw.created_at <= mark.at
    )
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


def marks(session: Session, project_id: str, sure: Mapping[str, float]) -> list[Mark]:
    """How far the grid has come, in each run that still has its proposals.

    A page of a class may come in either order, and that is not known afterwards: what is surer than
    an item that was decided there counts as passed, which is too much rather than too little. An
    answer that replaces another one (it has no policy) changes nothing.

    Args:
        session: an open session.
        project_id: the project.
        sure: the least probability on the pages at random of each run that has any.
    """
    by_class = _decided_in_grid(project_id, Decision.policy != AT_RANDOM)
    low = func.min(Proposal.score), func.max(Decision.created_at)
    floors = by_class.add_columns(Proposal.class_id, *low).group_by(
        Proposal.run_id, Proposal.class_id
    )
    at_random = _decided_in_grid(project_id, Decision.policy == AT_RANDOM)
    far = func.max(Item.random_rank), func.max(Decision.created_at)
    reaches = at_random.add_columns(*far).group_by(Proposal.run_id)
    found: list[Mark] = [Floor(*row) for row in session.execute(floors)]
    for run_id, rank, at in session.execute(reaches):
        found.append(Reach(run_id, sure.get(run_id, 0.0), rank, at))
    return found


def _decided_in_grid(project_id: str, came: ColumnElement[bool]) -> Select[Any]:
    """The run of each proposal that was decided in the grid."""
    return (
        select(Proposal.run_id)
        .select_from(Decision)
        .join(Run, and_(Run.recipe_id == Decision.recipe_id, Run.project_id == project_id))
        .join(Proposal, and_(Proposal.run_id == Run.id, Proposal.item_id == Decision.item_id))
        .join(Item, Item.id == Decision.item_id)
        .where(
            Decision.project_id == project_id,
            Decision.view == "grid",
            Decision.kind.in_(ANSWERS),
            came,
        )
    )


def passed_undecided(session: Session, project_id: str, marks: Iterable[Mark]) -> set[str]:
    """The items that the policy or the grid (``marks``) came past and that nobody has decided.

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
    for mark in marks:
        before = (
            select(Item.id)
            .join(Proposal, Proposal.item_id == Item.id)
            .where(
                Item.project_id == project_id,
                Item.state.in_(OPEN),
                Item.created_at <= mark.at,
                _before(mark),
                Item.id.not_in(select(AuditDraw.item_id).where(AuditDraw.project_id == project_id)),
            )
        )
        found.update(session.scalars(before))
    return found


def _before(mark: Mark) -> ColumnElement[bool]:
    """What the grid would have come to before the last item that it came to."""
    if isinstance(mark, Reach):
        return and_(
            Proposal.run_id == mark.run_id,
            Proposal.class_id.is_not(None),
            Proposal.score >= mark.sure,
            Item.random_rank <= mark.rank,
        )
    return and_(
        Proposal.run_id == mark.run_id,
        Proposal.class_id.is_not_distinct_from(mark.class_id),
        Proposal.score >= mark.score,
    )
