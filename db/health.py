"""What was decided when and by whom, for figures of speed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.tables import OPEN, Decision, ImportBatch, Item


@dataclass(frozen=True)
class Act:
    """A decision as figures of speed need it. ``seconds`` of viewing, None where not known."""

    at: datetime
    user_id: str
    kind: str
    view: str
    labels: Sequence[str]
    seconds: float | None


def acts(session: Session, project_id: str, since: datetime) -> list[Act]:
    """The decisions that people made in a project since a time, in the server's order."""
    query = (
        select(
            Decision.created_at,
            Decision.user_id,
            Decision.kind,
            Decision.view,
            Decision.labels,
            Decision.seconds,
        )
        .where(
            Decision.project_id == project_id,
            Decision.created_at >= since,
            Decision.source == "person",
        )
        .order_by(Decision.seq)
    )
    return [Act(*row) for row in session.execute(query)]


def decided(session: Session, project_id: str, since: datetime) -> Sequence[datetime]:
    """When the items that wait no more got the decision that holds, of those since a time."""
    query = (
        select(Decision.created_at)
        .join(Item, Item.decision_id == Decision.id)
        .where(
            Item.project_id == project_id,
            Item.state.not_in(OPEN),
            Decision.created_at >= since,
        )
    )
    return session.scalars(query).all()


def arrived(session: Session, project_id: str, since: datetime) -> Sequence[tuple[datetime, int]]:
    """When imports came since a time, each with how many items it brought."""
    query = (
        select(ImportBatch.created_at, func.count(Item.id))
        .join(Item, Item.batch_id == ImportBatch.id)
        .where(Item.project_id == project_id, ImportBatch.created_at >= since)
        .group_by(ImportBatch.id, ImportBatch.created_at)
    )
    return session.execute(query).tuples().all()
