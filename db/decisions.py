"""The append-only decision log, and the item columns that are derived from it."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Select,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from db import lineage
from db.derive import Derived, derive
from db.engine import lookups, table_of
from db.prebuilt import ByIds
from db.tables import (
    Class,
    Decision,
    DecisionKind,
    Item,
    ItemLabel,
    ItemState,
    Project,
    Proposal,
    QueueEntry,
)

# Built once: what comes with each decision would cost far more to build than to run.
_log, _item, _label = table_of(Decision).c, table_of(Item).c, table_of(ItemLabel).c
_KNOWN = ByIds(_log.id, select(_log.id, _log.item_id).where)
_LOCKED = ByIds(
    Item.id,
    select(Item)
    .where(Item.project_id == bindparam("project"))
    .order_by(Item.id)
    .with_for_update()
    .execution_options(populate_existing=True)
    .where,
)
_LOGS = ByIds(Decision.item_id, select(Decision).order_by(Decision.seq).where)
_LABELS_OF_ITEMS = ByIds(_label.item_id, select(_label.item_id, _label.class_id).where)
_RECENT = (
    select(_log.kind, _log.view, cast(_log.labels, Text), _log.seconds, _log.blind)
    .where(_log.project_id == bindparam("project"), _log.user_id == bindparam("user"))
    .order_by(_log.seq.desc())
    .limit(bindparam("most"))
)
_ADD = insert(table_of(Decision)).returning(_log.seq)
_LABEL = insert(table_of(ItemLabel))
_UNLABEL = delete(table_of(ItemLabel)).where(_label.item_id == bindparam("item"))
_DERIVED = (
    update(table_of(Item))
    .where(_item.id == bindparam("item"))
    .values(state=bindparam("new_state"), decision_id=bindparam("new_decision"))
)


class Look(NamedTuple):
    """What a person did, in which view, and how long they looked; ``labels`` as stored, in JSON."""

    kind: str
    view: str
    labels: str
    seconds: float | None
    blind: bool


def known(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Those of ``ids`` that are stored, each with its item."""
    found: dict[str, str] = {}
    for query, given in _KNOWN.parts(ids):
        found.update(dict(session.execute(query, given).all()))
    return found


def lock_items(session: Session, project_id: str, item_ids: Iterable[str]) -> dict[str, Item]:
    """The items of a project, locked until the transaction ends, so that no log can grow meanwhile.

    They are locked in the one order that everybody keeps to, so that no two wait for each other.
    """
    found: dict[str, Item] = {}
    for query, given in _LOCKED.parts(sorted(set(item_ids)), project=project_id):
        found.update({row.id: row for row in session.scalars(query, given)})
    return found


def log(session: Session, item_id: str) -> list[Decision]:
    """The decisions on an item, in server order."""
    return logs(session, [item_id]).get(item_id, [])


def logs(session: Session, item_ids: Iterable[str]) -> dict[str, list[Decision]]:
    """The decisions on each of some items, in server order; nothing of what has none."""
    found: dict[str, list[Decision]] = {}
    for query, given in _LOGS.parts(item_ids):
        for decision in session.scalars(query, given):
            found.setdefault(decision.item_id, []).append(decision)
    return found


def append(session: Session, item: Item, past: list[Decision], new: Decision) -> Derived:
    """Add ``new`` to the log of ``item`` and derive the item from it anew.

    Args:
        session: an open transaction.
        item: the item, locked.
        past: its decisions so far.
        new: the decision, in no session and with all fields but ``seq``, which is given here.
    """
    fields = {name: value for name, value in vars(new).items() if name in _log}
    new.seq = session.scalars(_ADD, fields).one()
    derived = derive([*past, new], _lineage(session, item.project_id))
    _store(session, item, derived, is_first=not past)
    return derived


def history(
    session: Session, project_id: str, user_id: str, limit: int, act_id: str | None = None
) -> Sequence[Decision]:
    """A person's decisions in a project, newest first; with ``act_id`` those of one act only."""
    query = select(Decision).where(Decision.project_id == project_id, Decision.user_id == user_id)
    if act_id is not None:
        query = query.where(Decision.act_id == act_id)
    return session.scalars(query.order_by(Decision.seq.desc()).limit(limit)).all()


def recent(session: Session, project_id: str, user_id: str, limit: int) -> Sequence[Look]:
    """What a person did last in a project, newest first: as much as tells of their habits."""
    given = {"project": project_id, "user": user_id, "most": limit}
    return [Look(*row) for row in session.execute(_RECENT, given)]


def by_ids(session: Session, ids: Iterable[str]) -> dict[str, Decision]:
    """Decisions by id."""
    found: dict[str, Decision] = {}
    for part in lookups(ids):
        rows = session.scalars(select(Decision).where(Decision.id.in_(part)))
        found.update({row.id: row for row in rows})
    return found


def undone(session: Session, ids: Iterable[str]) -> set[str]:
    """Those of ``ids`` that an undo names."""
    found: set[str] = set()
    for part in lookups(ids):
        query = select(Decision.supersedes).where(
            Decision.kind == DecisionKind.UNDO, Decision.supersedes.in_(part)
        )
        found.update(filter(None, session.scalars(query)))
    return found


def skipped_last(session: Session, project_id: str) -> dict[str, str | None]:
    """The items of a project whose newest decision is a skip, with its reason."""
    newest = (
        select(func.max(Decision.seq))
        .where(Decision.project_id == project_id)
        .group_by(Decision.item_id)
    )
    query = select(Decision.item_id, Decision.reason).where(
        Decision.seq.in_(newest), Decision.kind == DecisionKind.SKIP
    )
    return dict(session.execute(query).tuples().all())


def count(session: Session, project_id: str) -> int:
    """How many decisions a project has."""
    return session.scalar(select(func.count()).where(Decision.project_id == project_id)) or 0


def labels(session: Session, project_id: str) -> dict[str, list[str]]:
    """The class ids that the items of a project bear now, by item id."""
    query = (
        select(ItemLabel.item_id, ItemLabel.class_id)
        .join(Item, Item.id == ItemLabel.item_id)
        .where(Item.project_id == project_id)
    )
    found: dict[str, list[str]] = {}
    for item_id, class_id in session.execute(query):
        found.setdefault(item_id, []).append(class_id)
    return found


def labels_of(session: Session, item_id: str) -> Sequence[str]:
    """The class ids that an item bears now."""
    return session.scalars(select(ItemLabel.class_id).where(ItemLabel.item_id == item_id)).all()


def labels_of_items(session: Session, item_ids: Iterable[str]) -> dict[str, set[str]]:
    """The class ids that items bear now, by item id; nothing of those that bear none."""
    found: dict[str, set[str]] = {}
    for query, given in _LABELS_OF_ITEMS.parts(item_ids):
        for item_id, class_id in session.execute(query, given):
            found.setdefault(item_id, set()).add(class_id)
    return found


def deciders(session: Session, item_ids: Iterable[str]) -> dict[str, str]:
    """Who gave the answer that items bear now, by item id; nothing of undecided ones."""
    found: dict[str, str] = {}
    for part in lookups(item_ids):
        query = (
            select(Item.id, Decision.user_id)
            .join(Decision, Decision.id == Item.decision_id)
            .where(Item.id.in_(part))
        )
        found.update(session.execute(query).tuples().all())
    return found


def decided_items(session: Session, project_id: str, states: Sequence[str]) -> Sequence[str]:
    """The items of a project in ``states`` that bear a decision."""
    query = select(Item.id).where(
        Item.project_id == project_id, Item.state.in_(states), Item.decision_id.is_not(None)
    )
    return session.scalars(query).all()


def count_by_class(session: Session, project_id: str, states: Sequence[str]) -> dict[str, int]:
    """How many items in ``states`` bear each class id."""
    query = (
        select(ItemLabel.class_id, func.count())
        .join(Item, Item.id == ItemLabel.item_id)
        .where(Item.project_id == project_id, Item.state.in_(states))
        .group_by(ItemLabel.class_id)
    )
    return dict(session.execute(query).tuples().all())


def examples(
    session: Session, project_id: str, states: Sequence[str], limit: int
) -> dict[str, list[str]]:
    """Up to ``limit`` pictures (SHA-256) of each class id, of items in ``states``.

    Items that other people look at again are left out: an example would tell them the answer.
    """
    rows = session.execute(_examples(limit), {"project": project_id, "states": states})
    return {class_id: [sha for sha in shas if sha] for class_id, *shas in rows}


def count_without_label(session: Session, project_id: str, states: Sequence[str]) -> int:
    """How many items in ``states`` bear no label: none of these."""
    query = (
        select(func.count())
        .select_from(Item)
        .outerjoin(ItemLabel, ItemLabel.item_id == Item.id)
        .where(Item.project_id == project_id, Item.state.in_(states), ItemLabel.item_id.is_(None))
    )
    return session.scalar(query) or 0


def differing(session: Session, project_id: str) -> Iterator[tuple[str, Derived]]:
    """The items whose stored state, decision or labels are not what their log says."""
    stored_labels, became = labels(session, project_id), _lineage(session, project_id)
    logs: dict[str, list[Decision]] = {}
    query = select(Decision).where(Decision.project_id == project_id).order_by(Decision.seq)
    for decision in session.scalars(query):
        logs.setdefault(decision.item_id, []).append(decision)
    for item in session.scalars(select(Item).where(Item.project_id == project_id)):
        derived = derive(logs.get(item.id, []), became)
        same_state = item.state == derived.state if derived.state else _is_undecided(session, item)
        same_labels = set(stored_labels.get(item.id, ())) == set(derived.labels)
        if not (same_state and same_labels and item.decision_id == derived.decision_id):
            yield item.id, derived


def rebuild(session: Session, item_id: str) -> None:
    """Derive an item from its log anew and store what it says."""
    item = session.get_one(Item, item_id)
    _store(session, item, derive(log(session, item_id), _lineage(session, item.project_id)))


def naming(session: Session, project_id: str, class_ids: Iterable[str]) -> list[str]:
    """The items of a project of which some decision names one of ``class_ids``, by id."""
    names = [cast(Decision.labels, Text).contains(c, autoescape=True) for c in class_ids]
    query = (
        select(Decision.item_id)
        .where(Decision.project_id == project_id, or_(*names))
        .distinct()
        .order_by(Decision.item_id)
    )
    return list(session.scalars(query))


def derive_anew(
    session: Session, project_id: str, item_ids: Iterable[str]
) -> list[tuple[Item, str, Derived]]:
    """Derive items anew after a change of the classes; each with its state before.

    Locks the items, as everybody does after the project.
    """
    became = _lineage(session, project_id)
    items = lock_items(session, project_id, item_ids)
    found = logs(session, items)
    told = []
    for item in items.values():
        before, derived = item.state, derive(found.get(item.id, []), became)
        _store(session, item, derived)
        told.append((item, before, derived))
    return told


@cache
def _examples(limit: int) -> Select[Any]:
    """The statement of ``examples``: a class id and ``limit`` pictures or None, in columns."""
    checked = exists().where(QueueEntry.item_id == Item.id, QueueEntry.slot > 0)
    in_states = Item.state.in_(bindparam("states", expanding=True))
    borne = (
        select(Item.sha256)
        .join(ItemLabel, ItemLabel.item_id == Item.id)
        .where(ItemLabel.class_id == Class.id, in_states, ~checked)
        .order_by(ItemLabel.item_id)
        .limit(1)
        .correlate(Class)
    )
    columns = [borne.offset(n).scalar_subquery() for n in range(limit)]
    in_project = Class.project_id == bindparam("project")
    return select(Class.id, *columns).where(in_project, Class.active)


def _store(session: Session, item: Item, derived: Derived, *, is_first: bool = False) -> None:
    """Let an item be what its log says; where that was empty before, it has no labels yet."""
    if not is_first:
        session.execute(_UNLABEL, {"item": item.id})
    labels = [{"item_id": item.id, "class_id": c} for c in sorted(set(derived.labels))]
    if labels:
        session.execute(_LABEL, labels)
    state = derived.state or _machine_state(session, item)
    values = {"new_state": state, "new_decision": derived.decision_id}
    session.execute(_DERIVED, {"item": item.id} | values)
    set_committed_value(item, "state", state)
    set_committed_value(item, "decision_id", derived.decision_id)


def _lineage(session: Session, project_id: str) -> lineage.Lineage:
    return lineage.of(session.get_one(Project, project_id))


def _is_undecided(session: Session, item: Item) -> bool:
    """Whether the state is one that the machine gives; a run that is on its way has proposals for
    items that are not ``proposed`` before it is complete."""
    return item.state in (ItemState.UNLABELED, _machine_state(session, item))


def _machine_state(session: Session, item: Item) -> ItemState:
    if item.state == ItemState.EXCLUDED:
        return ItemState.EXCLUDED
    proposed = session.scalar(select(Proposal.item_id).where(Proposal.item_id == item.id).limit(1))
    return ItemState.PROPOSED if proposed else ItemState.UNLABELED
