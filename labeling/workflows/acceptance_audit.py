"""What the blind audit of an acceptance has found so far, item by item."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from db import acceptance_answers, proposals
from db.acceptances import ERASED, Member
from db.tables import Acceptance, DecisionKind, ItemState, Project
from labeling.workflows.figures import proposed


class Verdict(StrEnum):
    """What is known of a drawn item.

    ``right`` and ``wrong`` are settled. The others are open, and count as wrong where the audit is
    closed without them: ``waiting`` for its first answer, ``second`` for that of another person,
    ``differing`` for a reviewer, ``skipped`` for somebody who knows. An item whose picture was
    erased is ``wrong``, whatever was said of it.
    """

    RIGHT = "right"
    WRONG = "wrong"
    WAITING = "waiting"
    SECOND = "second"
    DIFFERING = "differing"
    SKIPPED = "skipped"


SETTLED = (Verdict.RIGHT, Verdict.WRONG)


@dataclass(frozen=True)
class Looks:
    """What people said of a drawn item.

    Args:
        answers: the blind answers, one a person; class ids, empty for none of these.
        held: the labels that the item bears, None while nobody has decided it.
        reviewed: a reviewer settled it.
        disputed: answers differ, or somebody flagged it, and no reviewer has spoken.
        skipped: somebody skipped it.
    """

    answers: Sequence[frozenset[str]]
    held: frozenset[str] | None
    reviewed: bool
    disputed: bool
    skipped: bool


def verdict(claim: frozenset[str], looks: Looks, wanted: int) -> Verdict:
    """What the looks at an item say of what was proposed for it.

    A reviewer's word counts first; otherwise ``wanted`` blind answers that agree. An answer that
    somebody changed later counts for the proposal only where both do.

    Args:
        claim: the class ids that were proposed; empty: none of these.
        looks: what people said.
        wanted: how many people shall answer.
    """
    if looks.disputed:
        return Verdict.DIFFERING
    if looks.reviewed:
        return Verdict.RIGHT if looks.held == claim else Verdict.WRONG
    if not looks.answers:
        return Verdict.SKIPPED if looks.skipped else Verdict.WAITING
    if len(looks.answers) < wanted:
        return Verdict.SECOND
    if len(set(looks.answers)) > 1:
        return Verdict.DIFFERING
    agreed = looks.answers[0] == claim and looks.held == claim
    return Verdict.RIGHT if agreed else Verdict.WRONG


def of_acceptance(
    session: Session, project: Project, acceptance: Acceptance, frame: Collection[Member]
) -> dict[str, Verdict]:
    """The verdict on each drawn item of a frame, by item.

    What was erased counts as wrong: an audit with one more wrong that still shows at most m wrong
    in the frame shows at most m − 1 without it, so that what is left keeps its bound, whatever the
    picture showed and whyever just this one had to go.
    """
    drawn = [one for one in frame if one.drawn]
    found = {one.item_id: Verdict.WRONG for one in drawn if one.state == ERASED}
    drawn = [one for one in drawn if one.item_id not in found]
    ids = [one.item_id for one in drawn]
    claims = proposals.of_items(session, acceptance.run_id, ids)
    answers = acceptance_answers.blind_answers(session, acceptance.id)
    held = acceptance_answers.in_force(session, acceptance.id)
    skipped = acceptance_answers.skipped(session, acceptance.id)
    wanted = looks_wanted(acceptance)
    for one in drawn:
        kind, labels = held.get(one.item_id, (None, None))
        looks = Looks(
            answers=[frozenset(answer.labels) for answer in answers.get(one.item_id, ())],
            held=None if labels is None else frozenset(labels),
            reviewed=kind == DecisionKind.REVIEW,
            disputed=one.state == ItemState.DISPUTED,
            skipped=one.item_id in skipped,
        )
        claim = frozenset(proposed(project, claims[one.item_id]))
        found[one.item_id] = verdict(claim, looks, wanted)
    return found


def looks_wanted(acceptance: Acceptance) -> int:
    """How many people decide each drawn item."""
    return 2 if acceptance.figures.get("twice") else 1
