"""Which items may come into the frame of an acceptance.

An item may while it waits for a first decision, no person has decided anything about it, nobody is
offered it, and it neither is an audit of its import nor shares a duplicate group with one that
waits.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from db import audit_groups
from db.tables import (
    OPEN,
    Acceptance,
    AcceptanceItem,
    AuditDraw,
    Decision,
    DecisionKind,
    Item,
    Lease,
    Proposal,
)

MACHINE = (DecisionKind.AUTO_ACCEPT, DecisionKind.WITHDRAW)
"""Kinds that say nothing of a person's having looked."""


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
    query = (
        select(Proposal)
        .join(Item, and_(Item.id == Proposal.item_id, Proposal.run_id == run_id))
        .where(_may_be_framed(project_id, now))
        .order_by(Item.id)
    )
    if batch_ids is not None:
        query = query.where(Item.batch_id.in_(batch_ids))
    return session.scalars(query).all()


def drop_unfit(session: Session, acceptance: Acceptance, now: datetime) -> int:
    """Take out of a frame what may not come into it any more; how many stay."""
    own = AcceptanceItem.acceptance_id == acceptance.id
    fit = select(Item.id).where(_may_be_framed(acceptance.project_id, now))
    session.execute(delete(AcceptanceItem).where(own, AcceptanceItem.item_id.not_in(fit)))
    return session.scalar(select(func.count()).where(own)) or 0


def _may_be_framed(project_id: str, now: datetime) -> ColumnElement[bool]:
    looked = exists().where(Decision.item_id == Item.id, Decision.kind.not_in(MACHINE))
    offered = exists().where(
        Lease.project_id == project_id, Lease.item_id == Item.id, Lease.expires_at > now
    )
    drawn = exists().where(AuditDraw.project_id == project_id, AuditDraw.item_id == Item.id)
    group = Item.duplicate_group_id
    return and_(
        Item.project_id == project_id,
        Item.state.in_(OPEN),
        ~looked,
        ~offered,
        ~drawn,
        or_(group.is_(None), group.not_in(audit_groups.waiting(project_id))),
    )
