"""What the log says about people: blind second looks and probes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import lineage
from db.derive import LABELLING
from db.tables import AuditDraw, Decision, DecisionKind, Item, Project, Purpose, Standing


@dataclass(frozen=True)
class Answers:
    """The answer that held when others looked again, a blind look, and what settled it after both.

    ``second`` is a flag where the other person gave no answer.
    """

    first: Decision
    second: Decision
    settled: Decision | None


def second_answers(
    session: Session, project_id: str, purpose: Purpose = Purpose.OVERLAP
) -> list[Answers]:
    """Every living blind look of a purpose, with the answer that it looks at again.

    Labels are told as they stand for now: what was merged is the same.
    Second answers to the audit of an acceptance are left out: they were not drawn from what people
    had decided. So are those to erased pictures.
    """
    audited = select(AuditDraw.item_id).where(
        AuditDraw.project_id == project_id, AuditDraw.acceptance_id.is_not(None)
    )
    drawn = select(Decision.item_id).where(
        Decision.project_id == project_id,
        Decision.purpose == purpose,
        Decision.item_id.not_in(audited),
        Decision.item_id.in_(select(Item.id).where(Item.project_id == project_id)),
    )
    query = (
        select(Decision)
        .where(Decision.project_id == project_id, Decision.item_id.in_(drawn))
        .order_by(Decision.seq)
    )
    became = lineage.of(session.get_one(Project, project_id))
    logs: dict[str, list[Decision]] = defaultdict(list)
    for decision in session.scalars(query):
        logs[decision.item_id].append(lineage.tell_as_now(decision, became))
    return [answers for log in logs.values() for answers in _answers(log, purpose)]


def _answers(log: Sequence[Decision], purpose: Purpose) -> list[Answers]:
    """The second looks in the log of one item.

    The answer that they look at again counts as it was, also where a reviewer has sent the item
    back since: left out, or replaced by what came of it, it would leave out the hard ones.
    """
    spoken = _not_undone(log)
    seconds = [d for d in spoken if _is_second(d, purpose)]
    bearing = [d for d in spoken if d.kind in LABELLING and d.standing == Standing.IN_FORCE]
    before = [d for d in bearing if seconds and d.seq < seconds[0].seq]
    if not before or before[-1].kind == DecisionKind.REVIEW:
        return []
    first = before[-1]
    return [
        Answers(first, second, _settling(log, bearing, second))
        for second in seconds
        if second.user_id != first.user_id
    ]


def _not_undone(log: Sequence[Decision]) -> list[Decision]:
    undone = {d.supersedes for d in log if d.kind == DecisionKind.UNDO}
    return [d for d in log if d.id not in undone]


def _is_second(decision: Decision, purpose: Purpose) -> bool:
    """Whether a decision is a blind look of another person: an answer, or a flag instead of one."""
    looked = decision.kind in LABELLING or decision.kind == DecisionKind.FLAG
    answered = decision.standing != Standing.STALE
    return decision.purpose == purpose and looked and answered


def _settling(
    log: Sequence[Decision], bearing: Sequence[Decision], second: Decision
) -> Decision | None:
    """The last decision after a second look that tells who was right, None while there is none.

    That is a reviewer's; or one that gives the second person's answer; or, after a flag, one on an
    item that a reviewer has sent back.
    """
    flagged = second.kind == DecisionKind.FLAG
    ends = [d.seq for d in log if d.kind == DecisionKind.WITHDRAW and d.seq > second.seq]
    settling = [
        d
        for d in bearing
        if d.seq > second.seq
        and (
            d.kind == DecisionKind.REVIEW
            or (flagged and ends and d.seq > ends[0])
            or (not flagged and set(d.labels) == set(second.labels))
        )
    ]
    return settling[-1] if settling else None


def probe_answers(session: Session, project_id: str) -> Sequence[Decision]:
    """The answers to proposals that were wrong on purpose: each person's first living one."""
    query = (
        select(Decision)
        .where(Decision.project_id == project_id, Decision.purpose == Purpose.PROBE)
        .order_by(Decision.seq)
    )
    answers: dict[tuple[str, str], Decision] = {}
    for one in _not_undone(session.scalars(query).all()):
        if one.kind in LABELLING:
            answers.setdefault((one.item_id, one.user_id), one)
    return list(answers.values())
