"""What was decided when and by whom, for figures of speed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.tables import Decision


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
