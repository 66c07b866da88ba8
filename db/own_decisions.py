"""One person's decisions, for searching: the newest living one on each item."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from db.derive import ANSWERS, ENDS, LABELLING
from db.prebuilt import any_of
from db.tables import (
    OPENLY,
    CheckDraw,
    Decision,
    DecisionKind,
    Item,
    ItemSource,
    ItemState,
    Purpose,
    QueueEntry,
    QueueState,
)
from db.told_states import after_flag, told_state

SHOWN = (*sorted(LABELLING), DecisionKind.SKIP, DecisionKind.FLAG)
FURTHER = (Purpose.OVERLAP, Purpose.PROBE, Purpose.RECHECK, Purpose.GOLD, Purpose.RELABEL)
AFTER_LOOKING = {
    DecisionKind.UNDO: ItemState.PROPOSED,
    DecisionKind.SKIP: ItemState.PROPOSED,
    DecisionKind.FLAG: ItemState.DISPUTED,
}
"""What a further look makes of an item in the eyes of its person; any other kind: verified."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for; None: whatever.

    Args:
        class_id: a class that the decision bears; empty: none of these.
        earlier: classes that it took the place of.
        state: of the item, as it is told.
        path: a part of a path under which the item came, case aside.
        since: not before this time.
        until: before this time.
    """

    class_id: str | None = None
    earlier: frozenset[str] = frozenset()
    state: str | None = None
    path: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def shown_state() -> ColumnElement[str]:
    """An item's state beside somebody's decision: a further look tells nothing of others'."""
    states = {kind.value: state.value for kind, state in AFTER_LOOKING.items()}
    own = case(states, value=Decision.kind, else_=ItemState.VERIFIED.value)
    return case((Decision.purpose.in_(FURTHER), own), else_=Item.state)


def _told_state() -> ColumnElement[str]:
    """``shown_state`` in the words of lists: flagged or asked, where that is all."""
    looked = case((Decision.kind == DecisionKind.FLAG, after_flag()), else_=shown_state())
    return case((Decision.purpose.in_(FURTHER), looked), else_=told_state())


def _answered() -> Select[str, str, int]:
    """How many drawn items are in each state, and in which as the person left them.

    Nothing is asked of the project's decisions but by item: few are drawn, a person decides many.
    """
    newer = aliased(Decision)
    later = exists().where(
        newer.item_id == Decision.item_id,
        newer.user_id == Decision.user_id,
        newer.seq > Decision.seq,
    )
    return (
        select(Item.state, shown_state().label("shown"), func.count())
        .join(Decision, Decision.item_id == Item.id)
        .where(
            Decision.item_id.in_(_DRAWN),
            Decision.user_id == _USER,
            Decision.purpose.in_(FURTHER),
            ~later,
        )
        .group_by(Item.state, "shown")
    )


def _awaited() -> Select[str, str, int]:
    """How many drawn items are in each state that wait for the person's look, and as shown."""
    seen = exists().where(Decision.item_id == QueueEntry.item_id, Decision.user_id == _USER)
    return (
        select(Item.state, literal(ItemState.PROPOSED.value), func.count(distinct(Item.id)))
        .join(QueueEntry, QueueEntry.item_id == Item.id)
        .where(
            QueueEntry.project_id == _PROJECT,
            QueueEntry.item_id.in_(_DRAWN),
            QueueEntry.slot > 0,
            QueueEntry.state != QueueState.DONE,
            or_(QueueEntry.assignee_id.is_(None), QueueEntry.assignee_id == _USER),
            ~seen,
        )
        .group_by(Item.state)
    )


# Built once: they run with each decision.
_PROJECT, _USER = bindparam("project", type_=String), bindparam("user", type_=String)
_DRAWN = select(CheckDraw.item_id).where(
    CheckDraw.project_id == _PROJECT, any_of(CheckDraw.purpose, FURTHER)
)
_IS_ANY_DRAWN = select(exists(_DRAWN))
_ANSWERED, _AWAITED = _answered(), _awaited()


def count_by_state(session: Session, project_id: str, user_id: str) -> dict[str, int]:
    """How many more or fewer items are in each state as one person may know it.

    An item that waits for a further look of theirs is one that nobody has decided, and one that
    they looked at so is as they left it: the true counts would tell a probe from other work, and
    whether a blind answer was that of the others. Only what was drawn has further looks.
    """
    given = {"project": project_id, "user": user_id}
    if not session.scalar(_IS_ANY_DRAWN, given):
        return {}
    more: Counter[str] = Counter()
    for query in (_ANSWERED, _AWAITED):
        for state, shown, n in session.execute(query, given):
            more[state] -= n
            more[shown] += n
    return dict(more)


def search(
    session: Session, project_id: str, user_id: str, wanted: Wanted, limit: int, offset: int
) -> Sequence[tuple[Decision, Item, str]]:
    """Decisions with their items and the states to show, newest first."""
    query = (
        select(Decision, Item, _told_state())
        .join(Item, Item.id == Decision.item_id)
        .where(*_conditions(project_id, user_id, wanted))
        .order_by(Decision.seq.desc())
        .limit(limit)
        .offset(offset)
    )
    return session.execute(query).tuples().all()


def count(session: Session, project_id: str, user_id: str, wanted: Wanted) -> int:
    """How many decisions ``search`` finds."""
    query = (
        select(func.count(Decision.seq))
        .join(Item, Item.id == Decision.item_id)
        .where(*_conditions(project_id, user_id, wanted))
    )
    return session.scalar(query) or 0


def confirmed(session: Session, project_id: str, user_id: str) -> tuple[int, int]:
    """How many single looks with the proposal shown ended in its confirmation, and how many all."""
    is_confirmed = Decision.kind == DecisionKind.CONFIRM
    query = select(func.count(Decision.seq).filter(is_confirmed), func.count(Decision.seq)).where(
        Decision.project_id == project_id,
        Decision.user_id == user_id,
        Decision.purpose.in_(OPENLY),
        Decision.view == "single",
        Decision.shown_proposal.is_not(None),
        Decision.kind.in_(ANSWERS),
    )
    confirmed, answered = session.execute(query).tuples().one()
    return confirmed, answered


def _conditions(project_id: str, user_id: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    ending = aliased(Decision)
    ended = exists().where(ending.supersedes == Decision.id, ending.kind.in_(ENDS))
    own = and_(
        Decision.project_id == project_id,
        Decision.user_id == user_id,
        Decision.kind.in_(SHOWN),
        ~ended,
    )
    newest = select(func.max(Decision.seq)).where(own).group_by(Decision.item_id)
    conditions: list[ColumnElement[bool]] = [own, Decision.seq.in_(newest)]
    if wanted.class_id:
        said = cast(Decision.labels, Text)
        ids = (wanted.class_id, *sorted(wanted.earlier))
        conditions.append(or_(*(said.contains(one, autoescape=True) for one in ids)))
    elif wanted.class_id is not None:
        conditions += [Decision.kind.in_(LABELLING), cast(Decision.labels, Text) == "[]"]
    if wanted.state is not None:
        conditions.append(_told_state() == wanted.state)
    if wanted.path:
        named = ItemSource.path.icontains(wanted.path, autoescape=True)
        conditions.append(exists().where(ItemSource.item_id == Item.id, named))
    if wanted.since is not None:
        conditions.append(Decision.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Decision.created_at < wanted.until)
    return conditions
