"""Blind decisions on items that were drawn at random, beside what was proposed for them."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from db import lineage
from db.derive import ANSWERS
from db.tables import AuditDraw, Decision, DecisionKind, Project, Proposal, Purpose, Standing


def answers(session: Session, project_id: str, run_id: str) -> Sequence[tuple[Decision, Proposal]]:
    """The blind answers of the audits of imports, each with what a run proposes for its item.

    Audits of acceptances are left out: they were drawn from what people had not decided by then.

    Args:
        session: an open session.
        project_id: the project.
        run_id: the run whose proposals are meant.

    Returns:
        (decision, proposal) for each item. What the person undid does not
        count, nor what somebody decided later, having seen the proposal; what a reviewer sent back
        does count: leaving it out would leave out the hard ones. Labels are told as they stand for
        now; an answer whose class was split says no longer enough.
    """
    ending = aliased(Decision)
    undone = exists().where(ending.supersedes == Decision.id, ending.kind == DecisionKind.UNDO)
    query = (
        select(Decision, Proposal)
        .join(Proposal, Proposal.item_id == Decision.item_id)
        .where(
            Decision.project_id == project_id,
            Decision.purpose == Purpose.AUDIT,
            Decision.blind,
            Decision.standing == Standing.IN_FORCE,
            Decision.kind.in_(ANSWERS),
            Proposal.run_id == run_id,
            ~undone,
            ~_drawn_later(),
        )
        .order_by(Decision.seq)
    )
    became = lineage.of(session.get_one(Project, project_id))
    newest = {decision.item_id: (decision, row) for decision, row in session.execute(query)}
    return [
        (lineage.tell_as_now(decision, became), row)
        for decision, row in newest.values()
        if not became.is_open(decision.labels)
    ]


def _drawn_later() -> ColumnElement[bool]:
    return exists().where(
        AuditDraw.project_id == Decision.project_id,
        AuditDraw.item_id == Decision.item_id,
        AuditDraw.acceptance_id.is_not(None),
    )
