"""Undecided items by what is proposed for them, as the grid shows them.

An item is in the grid while it waits for a first decision with its proposal shown. An audit item
that is not decided yet is not, nor is anything of its duplicate group: what the grid shows of a
group would tell the proposal that the audit hides. What somebody skipped, or handed to a person
with a comment, is looked at alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from db import audit_groups
from db.engine import lookups
from db.leases import NO_TAB
from db.queue import HANDED
from db.tables import (
    OPEN,
    OPENLY,
    Alike,
    Assignment,
    AuditDraw,
    Decision,
    DecisionKind,
    Image,
    Item,
    Lease,
    Proposal,
    QueueEntry,
    QueueState,
)

READ_AHEAD = 500
"""Rows read at a time; whoever takes the first 24 of 100,000 does not wait for the rest."""
COLUMNS = (Item.id, Item.sha256, Item.duplicate_group_id, Proposal)
"""What makes a ``Candidate``."""
_NOBODY = ""
_END_OF_LEASES = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Viewer:
    """Who looks at the grid of a project, where and when.

    Args:
        project_id: the project.
        run_id: the run whose proposals are shown.
        user_id: the person.
        client: the tab; None stands for all tabs of the person.
        now: leases that end by then no longer count.
    """

    project_id: str
    run_id: str
    user_id: str
    client: str | None
    now: datetime


@dataclass(frozen=True)
class Candidate:
    """An item that may be offered, with its picture, duplicate group and proposal.

    ``alike_id`` is the group of items that look alike (`db.alike`), where that was asked for.
    """

    item_id: str
    sha256: str
    group_id: str | None
    proposal: Proposal
    alike_id: str | None = None


def anybody(project_id: str, run_id: str) -> Viewer:
    """Whoever comes: sees what is assigned to nobody, though somebody may hold it just now."""
    return Viewer(project_id, run_id, _NOBODY, None, _END_OF_LEASES)


def expected_errors(session: Session, viewer: Viewer) -> float:
    """How many of the proposals that the grid has are wrong, by their own scores."""
    wrong = case((Proposal.class_id.is_(None), 1 - Proposal.none_score), else_=1 - Proposal.score)
    return session.scalar(_open_to(viewer, func.sum(wrong))) or 0.0


def count_by_class(session: Session, viewer: Viewer) -> dict[str | None, int]:
    """How many items the grid has for a person, by proposed class id (None: none of these)."""
    query = _open_to(viewer, Proposal.class_id, func.count()).group_by(Proposal.class_id)
    return dict(session.execute(query).tuples().all())


def candidates(
    session: Session,
    viewer: Viewer,
    class_ids: Sequence[str] | None,
    order: Sequence[ColumnElement[Any]] = (),
    *,
    sure: float = 0.0,
    alike: bool = False,
) -> Iterator[Candidate]:
    """What the grid has for a person, read little by little.

    Args:
        session: an open session.
        viewer: the person.
        class_ids: classes that are proposed; empty: none of these; None: whatever is proposed.
        order: columns of ``Proposal`` or ``Item``; items that are equal in them come in order of
            arrival.
        sure: the least score, 0 to 1.
        alike: whether to tell which items look alike.
    """
    query = _with_alike(viewer) if alike else _open_to(viewer, *COLUMNS)
    if class_ids is not None:
        proposed = Proposal.class_id
        query = query.where(proposed.in_(class_ids) if class_ids else proposed.is_(None))
    if sure:
        query = query.where(Proposal.score >= sure)
    query = query.order_by(*order, Proposal.item_id).execution_options(yield_per=READ_AHEAD)
    with session.execute(query) as rows:
        for row in rows:
            yield Candidate(*row)


def members(
    session: Session, viewer: Viewer, group_ids: Sequence[str]
) -> dict[str, list[Candidate]]:
    """What the grid has of duplicate groups, whatever is proposed, by group id."""
    found: dict[str, list[Candidate]] = {}
    query = _open_to(viewer, *COLUMNS)
    for part in lookups(group_ids):
        own = query.where(Item.duplicate_group_id.in_(part)).order_by(Item.id)
        for row in session.execute(own):
            found.setdefault(row[2], []).append(Candidate(*row))
    return found


def alike_members(
    session: Session, viewer: Viewer, group_ids: Sequence[str]
) -> dict[str, list[Candidate]]:
    """What the grid has of groups of items that look alike, by group id."""
    found: dict[str, list[Candidate]] = {}
    query = _with_alike(viewer)
    for part in lookups(group_ids):
        own = query.where(Alike.group_id.in_(part)).order_by(Item.id)
        for row in session.execute(own):
            found.setdefault(row[-1], []).append(Candidate(*row))
    return found


def sizes(session: Session, shas: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Width and height of pictures, in pixels, by SHA-256."""
    found: dict[str, tuple[int, int]] = {}
    for part in lookups(shas):
        query = select(Image.sha256, Image.width, Image.height).where(Image.sha256.in_(part))
        found.update({sha: (width, height) for sha, width, height in session.execute(query)})
    return found


def _with_alike(viewer: Viewer) -> Select[Any]:
    """The columns of a ``Candidate`` with its group of items that look alike."""
    query = _open_to(viewer, *COLUMNS, Alike.group_id)
    return query.outerjoin(Alike, Alike.item_id == Proposal.item_id)


def _open_to(viewer: Viewer, *columns: Any) -> Select[Any]:
    """``columns`` of the undecided items that a person may see in the grid."""
    return (
        select(*columns)
        .select_from(Proposal)
        .join(Item, Item.id == Proposal.item_id)
        .outerjoin(
            QueueEntry,
            and_(
                QueueEntry.project_id == viewer.project_id,
                QueueEntry.item_id == Proposal.item_id,
                QueueEntry.slot == 0,
            ),
        )
        .outerjoin(
            Lease,
            and_(
                Lease.project_id == viewer.project_id,
                Lease.item_id == Proposal.item_id,
                Lease.slot == 0,
            ),
        )
        .where(
            Proposal.run_id == viewer.run_id,
            Item.state.in_(OPEN),
            or_(_is_queued_for(viewer), and_(QueueEntry.item_id.is_(None), _may_take(viewer))),
            or_(Lease.item_id.is_(None), Lease.expires_at <= viewer.now, _is_own(viewer)),
            *_shows_proposals(viewer.project_id),
            ~_is_skipped(),
        )
    )


def _is_queued_for(viewer: Viewer) -> ColumnElement[bool]:
    return and_(
        QueueEntry.purpose.in_(OPENLY),
        QueueEntry.state != QueueState.DONE,
        QueueEntry.policy != HANDED,
        or_(QueueEntry.assignee_id.is_(None), QueueEntry.assignee_id == viewer.user_id),
    )


def _may_take(viewer: Viewer) -> ColumnElement[bool]:
    """Whether the first assignment that covers an item which stands in no queue is the viewer's.

    So is one that no assignment covers.
    """
    first = (
        select(Assignment.user_id)
        .where(
            Assignment.project_id == viewer.project_id,
            Assignment.ended_at.is_(None),
            or_(Assignment.class_id.is_(None), Assignment.class_id == Proposal.class_id),
            or_(Assignment.batch_id.is_(None), Assignment.batch_id == Item.batch_id),
        )
        .order_by(Assignment.priority, Assignment.created_at, Assignment.id)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(first, viewer.user_id) == viewer.user_id


def _is_skipped() -> ColumnElement[bool]:
    undone = aliased(Decision)
    return exists().where(
        Decision.item_id == Proposal.item_id,
        Decision.kind == DecisionKind.SKIP,
        ~exists().where(undone.supersedes == Decision.id, undone.kind == DecisionKind.UNDO),
    )


def _is_own(viewer: Viewer) -> ColumnElement[bool]:
    if viewer.client is None:
        return Lease.user_id == viewer.user_id
    return and_(Lease.user_id == viewer.user_id, Lease.client.in_((viewer.client, NO_TAB)))


def _shows_proposals(project_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """That an undecided item is no audit item and in no group of an undecided one."""
    drawn = select(AuditDraw.item_id).where(AuditDraw.project_id == project_id)
    group = Item.duplicate_group_id
    apart = or_(group.is_(None), group.not_in(audit_groups.waiting(project_id)))
    return Proposal.item_id.not_in(drawn), apart
