"""The items of a project for whoever looks at them, by state and label.

An item that waits for a further look counts as one that nobody has decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, exists, func, select
from sqlalchemy.orm import Session

from db import further_looks
from db.tables import OPEN, Item, ItemLabel, ItemState, Project
from db.told_states import told_state


@dataclass(frozen=True)
class Sought:
    """What is looked for; None: whatever.

    Args:
        state: as it is shown.
        class_id: a class that the item bears; empty: it is decided and bears none.
    """

    state: str | None = None
    class_id: str | None = None


def search(
    session: Session, project: Project, sought: Sought, limit: int, offset: int
) -> Sequence[tuple[str, str]]:
    """Ids of items with the states to show, in the order in which they came."""
    query = select(Item.id, _shown_state(project)).where(*_conditions(project, sought))
    return session.execute(query.order_by(Item.id).limit(limit).offset(offset)).tuples().all()


def count(session: Session, project: Project, sought: Sought) -> int:
    """How many items ``search`` finds."""
    query = select(func.count(Item.id)).where(*_conditions(project, sought))
    return session.scalar(query) or 0


def held_back(session: Session, project: Project) -> int:
    """How many decided items are shown as if nobody had decided them."""
    query = select(func.count(Item.id)).where(
        Item.project_id == project.id, Item.state.not_in(OPEN), further_looks.awaited(project.id)
    )
    return session.scalar(query) or 0


def _shown_state(project: Project) -> ColumnElement[str]:
    undecided = ItemState.PROPOSED if project.run_id else ItemState.UNLABELED
    hidden = and_(Item.state.not_in(OPEN), further_looks.awaited(project.id))
    return case((hidden, undecided.value), else_=told_state())


def _conditions(project: Project, sought: Sought) -> list[ColumnElement[bool]]:
    state = _shown_state(project)
    conditions = [Item.project_id == project.id]
    if sought.state is not None:
        conditions.append(state == sought.state)
    if sought.class_id is not None:
        conditions.append(state.not_in(OPEN))
        borne = ItemLabel.item_id == Item.id
        if sought.class_id:
            conditions.append(exists().where(borne, ItemLabel.class_id == sought.class_id))
        else:
            conditions += [Item.decision_id.is_not(None), ~exists().where(borne)]
    return conditions
