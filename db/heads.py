"""Heads that learned from decisions, and the runs that propose by them."""

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from db.engine import table_of
from db.tables import Acceptance, Head, Proposal, Run

POLICY, CONTROL = "policy", "control"
"""Arms of learning: all labels that train, or those of the permanent random order alone."""

_head = table_of(Head).c
_NEWEST_SEEN = (
    select(_head.seq, _head.labels)
    .where(_head.project_id == bindparam("project"), _head.arm == POLICY)
    .order_by(_head.seq.desc())
    .limit(1)
)
_NEWEST_FIRST = (_head.seq.desc(), _head.id.desc())
_NEWEST = (
    select(_head.id)
    .where(_head.project_id == bindparam("of"), _head.arm == POLICY)
    .order_by(*_NEWEST_FIRST)
    .limit(1)
    .scalar_subquery()
)


def ensure(session: Session, row: Head) -> Head:
    """Store a head; the newest one of its project and arm where that has its labels and weights.

    So a job that is done again after an accident finds what it had stored. Its figures give way to
    new ones of the same name: the same head may have won against others this time.
    """
    query = select(Head).where(Head.project_id == row.project_id, Head.arm == row.arm)
    known = session.scalars(query.order_by(*_NEWEST_FIRST).limit(1)).one_or_none()
    told = attrgetter("seq", "sha256", "class_set_revision")
    if known is not None and told(known) == told(row):
        known.figures = {**known.figures, **row.figures}
        session.flush()
        return known
    session.add(row)
    session.flush()
    return row


def newest(session: Session, project_id: str, below: int | None = None) -> Head | None:
    """The head of a project that has seen the newest decisions, of all its labels.

    With ``below``, of those that have seen only decisions of a lower number.
    """
    query = select(Head).where(Head.project_id == project_id, Head.arm == POLICY)
    if below is not None:
        query = query.where(Head.seq < below)
    return session.scalars(query.order_by(*_NEWEST_FIRST).limit(1)).one_or_none()


def earlier(session: Session, head: Head, labels: int) -> Head | None:
    """The newest head that learned from at most ``labels`` labels, else as ``head`` did."""
    query = select(Head).where(
        Head.project_id == head.project_id,
        Head.arm == head.arm,
        Head.model_id == head.model_id,
        Head.class_set_revision == head.class_set_revision,
        Head.labels <= labels,
    )
    return session.scalars(query.order_by(*_NEWEST_FIRST).limit(1)).one_or_none()


def newest_figure(session: Session, project_id: str, name: str) -> Any:
    """One of the figures of the newest head, without reading its weights; None: there is none."""
    return session.scalar(select(Head.figures[name]).where(Head.id == _NEWEST), {"of": project_id})


def figure(session: Session, head_id: str, name: str) -> Any:
    """One of the figures of a head, without reading its weights; None where it has none such."""
    return session.scalar(select(Head.figures[name]).where(Head.id == head_id))


def all_figures(session: Session, project_id: str, name: str) -> list[Any]:
    """One of the figures of every head of a project, without reading their weights."""
    query = select(Head.figures[name]).where(Head.project_id == project_id, Head.arm == POLICY)
    return [told for told in session.scalars(query.order_by(Head.seq, Head.id)) if told]


def newest_seq(session: Session, project_id: str) -> int:
    """The newest decision that a head of a project has seen, 0 before the first head."""
    return newest_seen(session, project_id)[0]


def newest_seen(session: Session, project_id: str) -> tuple[int, int]:
    """The newest decision that a head has seen, and its labels; 0 and 0 before the first head."""
    found = session.execute(_NEWEST_SEEN, {"project": project_id}).first()
    return (found.seq, found.labels) if found else (0, 0)


def get(session: Session, head_id: str) -> Head:
    """The head with this id."""
    return session.get_one(Head, head_id)


def of_model(session: Session, model_id: str) -> Sequence[str]:
    """Every head over the embeddings of a project's own model, by id."""
    return session.scalars(select(Head.id).where(Head.model_id == model_id)).all()


def replace_weights(head_id: str, weights: bytes, sha256: str, session: Session) -> None:
    """Store a head anew that has forgotten an erased picture."""
    changed = update(Head).where(Head.id == head_id)
    session.execute(changed.values(weights=weights, sha256=sha256))


def add_figures(session: Session, head_id: str, more: dict[str, Any]) -> None:
    """Put further figures beside those that a head has; ones of the same name give way."""
    head = session.get_one(Head, head_id)
    head.figures = {**head.figures, **more}
    session.flush()


def superseded_runs(session: Session, project_id: str, kept: Collection[str]) -> Sequence[str]:
    """Runs of a project's heads that still have proposals and are needed no more.

    Args:
        session: an open session.
        project_id: the project.
        kept: runs that stay: the shown one, and the one before it, which open pages still show.

    Returns:
        run ids. Runs that an acceptance froze are left out, and so is every zero-shot run.
    """
    frozen = exists().where(Acceptance.run_id == Run.id)
    proposing = exists().where(Proposal.run_id == Run.id)
    query = select(Run.id).where(
        Run.project_id == project_id,
        Run.head_id.is_not(None),
        Run.id.not_in(kept),
        ~frozen,
        proposing,
    )
    return session.scalars(query.order_by(Run.id)).all()


def remove_proposals(session: Session, run_id: str, limit: int) -> int:
    """Remove up to ``limit`` proposals of a run; how many."""
    few = select(Proposal.item_id).where(Proposal.run_id == run_id).limit(limit)
    gone = delete(Proposal).where(Proposal.run_id == run_id, Proposal.item_id.in_(few))
    return len(session.scalars(gone.returning(Proposal.item_id)).all())


def last_finished(session: Session, project_id: str, but: str) -> str | None:
    """The run of a head that was complete last, other than ``but``; None where there is none."""
    query = (
        select(Run.id)
        .where(
            Run.project_id == project_id,
            Run.id != but,
            Run.finished_at.is_not(None),
            Run.head_id.is_not(None),
        )
        .order_by(Run.finished_at.desc(), Run.id.desc())
        .limit(1)
    )
    return session.scalar(query)
