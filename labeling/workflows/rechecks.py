"""Blind looks of reviewers at items on which two people agreed: both may be wrong alike."""

from __future__ import annotations

import random
from collections.abc import Sequence

from sqlalchemy.orm import Session

from db import slots, users
from db.tables import Decision, Item, Project, Purpose
from labeling import review_settings
from labeling.roles import Role, may, role_in_project
from labeling.workflows import draws


def after_agreement(
    session: Session, project: Project, item: Item, log: Sequence[Decision], at: Decision
) -> None:
    """Draw whether an item whose second answer came just now goes to a reviewer as well.

    Each is drawn with the project's ``recheck_share`` and handed to one reviewer, drawn from those
    who have not decided it; where there is none, nothing is drawn.

    Args:
        session: an open transaction.
        project: the project.
        item: the item; both answers are the same.
        log: its decisions before.
        at: the second answer.
    """
    share = review_settings.read(project.review).recheck_share
    seed = draws.check_seed(item, Purpose.RECHECK)
    chance = random.Random(seed)
    if chance.random() >= share:
        return
    to = another_reviewer(session, project, [*log, at], chance)
    if to is None:
        return
    draws.record_check(session, item, Purpose.RECHECK, share, seed, at.created_at)
    reason = draws.BLIND_REASONS[Purpose.RECHECK]
    said = {"policy": Purpose.RECHECK, "value": None, "reason": reason}
    slots.open_for(session, project.id, item.id, Purpose.RECHECK, 1, said, assignee_id=to)


def another_reviewer(
    session: Session, project: Project, log: Sequence[Decision], chance: random.Random
) -> str | None:
    """One of the reviewers who are not in the log of an item, at random; None: there is none."""
    left = sorted(_reviewers(session, project) - {decision.user_id for decision in log})
    return chance.choice(left) if left else None


def _reviewers(session: Session, project: Project) -> set[str]:
    members = users.members(session, project.id)
    roles = {
        user.id: role_in_project(user.role, members.get(user.id)) for user in users.active(session)
    }
    return {user_id for user_id, role in roles.items() if role and may(role, Role.REVIEWER)}
