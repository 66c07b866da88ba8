"""How much rests on some classes of a project: what a change of them concerns."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Text, cast, distinct, func, or_, select, update
from sqlalchemy.orm import Session

from db.tables import (
    Assignment,
    Decision,
    Guideline,
    Item,
    ItemLabel,
    ItemState,
    Project,
    Prompt,
    Proposal,
)


@dataclass(frozen=True)
class Use:
    """Counts of what rests on some classes.

    Args:
        items: items that bear one of them, whoever decided it.
        accepted: those of ``items`` that were accepted without looking.
        decisions: decisions that name one of them, also those that hold no more.
        proposals: items for which the shown run proposes one of them first.
        prompts: texts of their own.
        guidelines: classes with guidelines.
        assignments: assignments that are not ended.
    """

    items: int
    accepted: int
    decisions: int
    proposals: int
    prompts: int
    guidelines: int
    assignments: int


def of(session: Session, project: Project, class_ids: Collection[str]) -> Use:
    """What rests on ``class_ids`` (at least one) in a project now."""
    borne = select(ItemLabel.item_id).where(ItemLabel.class_id.in_(class_ids))
    items = select(func.count(), func.count().filter(Item.state == ItemState.AUTO_ACCEPTED))
    bearing, accepted = session.execute(items.where(Item.id.in_(borne))).tuples().one()
    said = cast(Decision.labels, Text)
    named = or_(*(said.contains(one, autoescape=True) for one in class_ids))
    top = (Proposal.run_id == project.run_id, Proposal.class_id.in_(class_ids))
    given = (Assignment.class_id.in_(class_ids), Assignment.ended_at.is_(None))
    guided = select(func.count(distinct(Guideline.class_id)))
    counts = (
        select(func.count()).where(Decision.project_id == project.id, named),
        select(func.count()).select_from(Proposal).where(*top),
        select(func.count()).select_from(Prompt).where(Prompt.class_id.in_(class_ids)),
        guided.where(Guideline.class_id.in_(class_ids)),
        select(func.count()).select_from(Assignment).where(*given),
    )
    return Use(bearing, accepted, *(session.scalar(query) or 0 for query in counts))


def reassign(session: Session, class_ids: Collection[str], class_id: str) -> None:
    """Let assignments of classes that were merged be of the class that they became."""
    session.execute(
        update(Assignment).where(Assignment.class_id.in_(class_ids)).values(class_id=class_id)
    )
