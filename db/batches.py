"""What is in each import of a project, and what became of it."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from db.derive import LABELLING
from db.engine import lookups
from db.tables import AuditDraw, Decision, Embedding, Item, ItemState

NEAR_AT_MOST = 20
"""Rows that are read for each item of a sample, at most: near-duplicates are passed over."""


def count_items(session: Session, project_id: str) -> Counter[str]:
    """The items of each import that belong to the dataset."""
    query = (
        select(Item.batch_id, func.count())
        .where(Item.project_id == project_id, Item.state != ItemState.EXCLUDED)
        .group_by(Item.batch_id)
    )
    return Counter(dict(session.execute(query).tuples().all()))


def count_decided(session: Session, project_id: str) -> Counter[str]:
    """Those of `count_items` on which a decision of a person is in force."""
    query = (
        select(Item.batch_id, func.count())
        .join(Decision, Decision.id == Item.decision_id)
        .where(
            Item.project_id == project_id,
            Item.state != ItemState.EXCLUDED,
            Decision.kind.in_(LABELLING),
        )
        .group_by(Item.batch_id)
    )
    return Counter(dict(session.execute(query).tuples().all()))


def count_of(session: Session, item_ids: Iterable[str]) -> Counter[str]:
    """How many of some items came with each import."""
    found: Counter[str] = Counter()
    for part in lookups(item_ids):
        found.update(session.scalars(select(Item.batch_id).where(Item.id.in_(part))))
    return found


def audits(session: Session, project_id: str) -> dict[str, set[str]]:
    """The items drawn for the blind audit of each import that had any."""
    query = select(AuditDraw.batch_id, AuditDraw.item_id).where(
        AuditDraw.project_id == project_id, AuditDraw.acceptance_id.is_(None)
    )
    found: dict[str, set[str]] = {}
    for batch_id, item_id in session.execute(query):
        found.setdefault(batch_id, set()).add(item_id)
    return found


class Pictured(NamedTuple):
    """An item with the row of its vector."""

    item_id: str
    row: int


def sample(
    session: Session, project_id: str, model_id: str, batch_ids: Collection[str], size: int
) -> list[Pictured]:
    """At most ``size`` items of some imports, at random in the permanent order, with a vector.

    Of near-duplicates the first one alone is taken.
    """
    query = (
        select(Item.id, Embedding.row, Item.duplicate_group_id)
        .join(Embedding, and_(Embedding.sha256 == Item.sha256, Embedding.model_id == model_id))
        .where(
            Item.project_id == project_id,
            Item.batch_id.in_(batch_ids),
            Item.state != ItemState.EXCLUDED,
        )
        .order_by(Item.random_rank, Item.id)
        .limit(NEAR_AT_MOST * size)
    )
    found: list[Pictured] = []
    groups: set[str] = set()
    for item_id, row, group in session.execute(query).tuples():
        if len(found) == size:
            break
        if group is None or group not in groups:
            found.append(Pictured(item_id, row))
            groups.update([group] if group else [])
    return found
