"""What the log says about people: blind second answers and probes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.derive import LABELLING, living
from db.tables import Decision, DecisionKind, Purpose, Standing


@dataclass(frozen=True)
class Answers:
    """The first answer to an item, a blind one by somebody else, and a reviewer's after both."""

    first: Decision
    second: Decision
    settled: Decision | None


def second_answers(session: Session, project_id: str) -> list[Answers]:
    """Every living blind answer of purpose overlap, with the answer that it looks at again."""
    drawn = select(Decision.item_id).where(
        Decision.project_id == project_id, Decision.purpose == Purpose.OVERLAP
    )
    query = (
        select(Decision)
        .where(Decision.project_id == project_id, Decision.item_id.in_(drawn))
        .order_by(Decision.seq)
    )
    logs: dict[str, list[Decision]] = defaultdict(list)
    for decision in session.scalars(query):
        logs[decision.item_id].append(decision)
    return [answers for log in logs.values() for answers in _answers(living(log))]


def _answers(log: Sequence[Decision]) -> list[Answers]:
    """The second answers in the living decisions on one item."""
    spoken = [d for d in log if d.kind in LABELLING and d.standing != Standing.STALE]
    first = next((d for d in spoken if d.purpose in (Purpose.WORK, Purpose.AUDIT)), None)
    if first is None or first.kind == DecisionKind.REVIEW:
        return []
    found = []
    for second in spoken:
        if second.purpose == Purpose.OVERLAP and second.user_id != first.user_id:
            later = [d for d in spoken if d.kind == DecisionKind.REVIEW and d.seq > second.seq]
            found.append(Answers(first, second, later[-1] if later else None))
    return found


def probe_answers(session: Session, project_id: str) -> Sequence[Decision]:
    """The answers to proposals that were wrong on purpose."""
    query = select(Decision).where(
        Decision.project_id == project_id,
        Decision.purpose == Purpose.PROBE,
        Decision.kind.in_(LABELLING),
    )
    return session.scalars(query).all()
