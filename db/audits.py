"""Blind decisions on items that were drawn at random, beside what was proposed for them."""

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from db.tables import Decision, DecisionKind, Proposal, Purpose, Standing

ANSWERS = (DecisionKind.CONFIRM, DecisionKind.CORRECT, DecisionKind.NONE_OF_THESE)
ENDS = (DecisionKind.UNDO, DecisionKind.WITHDRAW)


def answers(
    session: Session, project_id: str, run_id: str, class_id: str | None
) -> Sequence[tuple[list[str], Proposal]]:
    """The answers of the audit on items for which a class is proposed.

    Args:
        session: an open session.
        project_id: the project.
        run_id: the run whose proposals are meant.
        class_id: the best class that is proposed; None: none of these.

    Returns:
        (class ids that the person gave, proposal) for each item whose blind decision stands; what
        somebody decided later, having seen the proposal, does not count.
    """
    ending = aliased(Decision)
    ended = exists().where(ending.supersedes == Decision.id, ending.kind.in_(ENDS))
    proposed = Proposal.class_id.is_(None) if class_id is None else Proposal.class_id == class_id
    query = (
        select(Decision.item_id, Decision.labels, Proposal)
        .join(Proposal, Proposal.item_id == Decision.item_id)
        .where(
            Decision.project_id == project_id,
            Decision.purpose == Purpose.AUDIT,
            Decision.blind,
            Decision.standing == Standing.IN_FORCE,
            Decision.kind.in_(ANSWERS),
            Proposal.run_id == run_id,
            proposed,
            ~ended,
        )
        .order_by(Decision.seq)
    )
    return list({item: (labels, row) for item, labels, row in session.execute(query)}.values())
