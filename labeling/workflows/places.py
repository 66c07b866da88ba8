"""What a decision answers: the first decision on an item, a further look, or nothing asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from db import checks, slots
from db.derive import LABELLING, in_force, living
from db.lineage import Lineage
from db.queue import First
from db.tables import BLIND, Decision, DecisionKind, Item, Purpose, Standing


@dataclass(frozen=True)
class Place:
    """A slot of an item (0: the first decision) and what it is decided for.

    ``slot`` is None where a person decides unasked: a correction, or a decision that came late.
    """

    slot: int | None
    purpose: Purpose

    @property
    def blind(self) -> bool:
        """Whether the proposal was hidden."""
        return self.purpose in BLIND


def place_of(
    session: Session,
    item: Item,
    past: Sequence[Decision],
    user_id: str,
    first: First | None,
    lineage: Lineage,
) -> Place:
    """What a person's next decision on an item answers.

    ``past`` is the item's log, ``first`` what the queue says of its first decision,
    ``lineage`` what became of the project's classes.

    Only a look that this person was offered counts as a further slot, and only once; whoever has
    answered a probe, or gold, goes on answering it, so that it never touches the item.
    """
    if in_force(past, lineage) is None:
        return Place(0, _first_purpose(session, item, past, first))
    own = [d for d in living(past) if d.user_id == user_id]
    entry = slots.answered_by(session, item.project_id, item.id, user_id)
    if entry is not None and not any(d.kind in LABELLING for d in own):
        return Place(entry.slot, Purpose(entry.purpose))
    uncounted = [d.purpose for d in own if d.standing == Standing.PROBE]
    return Place(None, Purpose(uncounted[0]) if uncounted else Purpose.WORK)


def _first_purpose(
    session: Session, item: Item, past: Sequence[Decision], first: First | None
) -> Purpose:
    """Audit where the item was drawn, unless a reviewer sent it back: then it has been seen.

    What was accepted without looking and taken back, nobody has seen.
    """
    if first is not None:
        return Purpose(first.purpose)
    unseen = {d.id for d in past if d.kind == DecisionKind.AUTO_ACCEPT}
    sent_back = any(d.kind == DecisionKind.WITHDRAW and d.supersedes not in unseen for d in past)
    drawn = not sent_back and checks.is_audit(session, item.project_id, item.id)
    return Purpose.AUDIT if drawn else Purpose.WORK
