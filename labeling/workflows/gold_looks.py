"""Gold items mixed into people's work: blind, one person each, at the share that is set."""

from __future__ import annotations

import random
from collections.abc import Sequence

from sqlalchemy.orm import Session

from db import gold, slots, users
from db.tables import Decision, Item, Project, Purpose
from labeling import review_settings
from labeling.roles import Role, may, role_in_project
from labeling.workflows import draws


def mix_in(
    session: Session, project: Project, item: Item, past: Sequence[Decision], at: Decision
) -> None:
    """Draw whether a gold item comes to the person who decided an item first just now.

    One that they have not decided is drawn at random; leads get none, since they choose them. An
    item that is undone and decided again draws no second time.

    Args:
        session: an open transaction that holds the project.
        project: the project.
        item: the item that was decided.
        past: its decisions before.
        at: the decision.
    """
    share = review_settings.read(project.review).gold_share
    chance = random.Random(draws.check_seed(item, f"{Purpose.GOLD}:{at.user_id}"))
    if chance.random() >= share or any(one.user_id == at.user_id for one in past):
        return
    unseen = gold.unseen_by(session, project.id, at.user_id)
    if not unseen or _chooses_gold(session, project, at.user_id):
        return
    chosen = chance.choice(unseen)
    said = {"policy": "overlap", "value": None, "reason": draws.BLIND_REASONS[Purpose.GOLD]}
    count = gold.count_slots(session, project.id, chosen) + 1
    slots.open_for(session, project.id, chosen, Purpose.GOLD, count, said, assignee_id=at.user_id)


def _chooses_gold(session: Session, project: Project, user_id: str) -> bool:
    user = users.get(session, user_id)
    own = users.members(session, project.id).get(user_id)
    role = role_in_project(user.role, own) if user else None
    return role is None or may(role, Role.LEAD)
