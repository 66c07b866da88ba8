"""Against rubber-stamping: who decides very fast, or always the same, gets a blind item soon."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from sqlalchemy.orm import Session

from db import decisions, slots
from db.decisions import Look
from db.derive import ANSWERS
from db.tables import DecisionKind

FAST_SECONDS = 0.5
"""A median viewing time at or below this is fast."""
FAST_RUN = 10
EQUAL_RUN = 12
WATCHED_EVERY = 3
"""Habits are looked at with every third decision (of anybody), so that each stays cheap."""
PAUSE = 25
"""Of so many decisions of a person at most one is blind because of this."""


def is_due(stored: Sequence[int]) -> bool:
    """Whether decisions that were stored just now (seq) call for a look at a person's habits."""
    return any(seq % WATCHED_EVERY == 0 for seq in stored)


def watch(session: Session, project_id: str, user_id: str) -> bool:
    """Bring a blind item forward for a person whose last decisions look like a habit.

    Returns:
        Whether an item was brought forward.
    """
    recent = decisions.recent(session, project_id, user_id, PAUSE)
    if any(look.blind for look in recent):
        return False
    looks = [look for look in recent if look.view == "single" and look.kind in ANSWERS]
    if not (is_fast(looks) or is_equal(looks)):
        return False
    return slots.bring_forward(session, project_id, user_id)


def is_fast(looks: Sequence[Look]) -> bool:
    """Whether the median of the last ``FAST_RUN`` looks (newest first) is fast."""
    seconds = [look.seconds for look in looks[:FAST_RUN] if look.seconds is not None]
    return len(seconds) == FAST_RUN and median(seconds) <= FAST_SECONDS


def is_equal(looks: Sequence[Look]) -> bool:
    """Whether the last ``EQUAL_RUN`` looks (newest first) all confirmed the same labels."""
    run = looks[:EQUAL_RUN]
    confirmed = all(look.kind == DecisionKind.CONFIRM for look in run)
    return len(run) == EQUAL_RUN and confirmed and len({look.labels for look in run}) == 1
