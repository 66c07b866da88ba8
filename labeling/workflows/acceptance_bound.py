"""What the audit of an acceptance allows: the exact tests, then what people decided meanwhile.

The tests tell how many of a part may be wrong, the part as it was frozen. What people have decided
of it since is no longer accepted by rule: the wrong ones that they found are taken off that number,
and the rest of it is set against what is left. Where that is more than was wished, the part waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import acceptance_answers, acceptances, decisions, proposals
from db.acceptances import ERASED, Member
from db.tables import OPEN, VERIFIED, Acceptance, Project
from labeling.quality import accept as tests
from labeling.quality.accept import Accepted, Part
from labeling.quality.wish import Scope, Wish, allowed
from labeling.workflows import acceptance_audit
from labeling.workflows.acceptance_audit import SETTLED, Verdict
from labeling.workflows.figures import proposed

NONE = -1


@dataclass(frozen=True)
class Audit:
    """An acceptance as it stands: its frame by item id, and the verdict on each drawn item."""

    acceptance: Acceptance
    frame: Sequence[Member]
    verdicts: Mapping[str, Verdict]

    @property
    def wish(self) -> Wish:
        """What was wished, with the planned looks."""
        row = self.acceptance
        return Wish(row.alpha, row.delta, Scope(row.scope), row.per_class, self.looks)

    @cached_property
    def class_ids(self) -> list[str]:
        """The classes that are proposed in the frame, by id; a class's number is its place here."""
        return sorted({one.class_id for one in self.frame if one.class_id})

    @cached_property
    def index(self) -> dict[str, int]:
        """The number of each proposed class."""
        return {class_id: number for number, class_id in enumerate(self.class_ids)}

    def part_as_dict(self, part: Part) -> dict[str, Any]:
        """A part as JSON; ``class`` is an id, None for all together and for none of these."""
        is_class = part.class_id is not None and part.class_id != NONE
        return {
            "class": self.class_ids[part.class_id or 0] if is_class else None,
            "none": part.class_id == NONE,
            "frame": part.frame,
            "threshold": part.threshold,
            "accepted": part.accepted,
            "audited": part.audited,
            "wrong": part.wrong,
            "limit": part.limit,
            "bound": part.bound,
        }

    @property
    def looks(self) -> tuple[int, ...]:
        """How many drawn items are decided at each planned look."""
        return tuple(self.acceptance.figures["looks"])

    def taken(self, look: int) -> list[Member]:
        """The drawn items of a look: the first of the draw's order, in each class alike."""
        drawn = [one for one in self.frame if one.drawn]
        if not self.acceptance.per_class:
            return [one for one in drawn if one.position < self.looks[look]]
        sizes = Counter(one.class_id for one in drawn)
        share = self.looks[look] / self.looks[-1]
        return [one for one in drawn if one.position < round(sizes[one.class_id] * share)]

    def newest_look(self) -> int | None:
        """The last look of which every item is settled, None before the first."""
        complete = [
            look
            for look in range(len(self.looks))
            if all(self.verdicts[one.item_id] in SETTLED for one in self.taken(look))
        ]
        return max(complete, default=None)


@dataclass(frozen=True)
class Outcome:
    """What a look allows.

    Args:
        look: which one, from 0.
        items: what may be accepted now, by item id.
        found: what the tests found, of the frame as it was frozen.
        bound: the largest share that is wrong among ``items`` (or of the dataset, where that is
            the scope), in the worst class; None where nothing may be accepted.
        most_wrong: how many of ``items`` may be wrong.
        waiting: items of parts that passed and would keep the wish no longer, because people
            decided so many of the right ones.
        gone: items of the parts that people have decided meanwhile, or that were erased.
    """

    look: int
    items: list[str]
    found: Accepted
    bound: float | None
    most_wrong: int
    waiting: int
    gone: int


def read(session: Session, project: Project, acceptance: Acceptance) -> Audit:
    """An acceptance whose audit is drawn, with all that was decided of it."""
    frame = acceptances.members(session, acceptance.id)
    verdicts = acceptance_audit.of_acceptance(session, project, acceptance, frame)
    return Audit(acceptance, frame, verdicts)


def outcome(session: Session, project: Project, audit: Audit, look: int) -> Outcome:
    """What a look allows; what is undecided in it counts as wrong."""
    frame, wish, index = audit.frame, audit.wish, audit.index
    place = {one.item_id: number for number, one in enumerate(frame)}
    decided = _decided(session, project, frame, index)
    scores = np.array([one.score for one in frame])
    found = tests.accept(wish, scores, *arrays(audit, look), look, decided)
    wrong = _wrong(session, project, audit)
    bounds: list[float] = []
    items: list[str] = []
    waiting = gone = most_wrong = 0
    for part in found.parts:
        own = _members(part, frame, index)
        left = [one for one in own if found.mask[place[one.item_id]] and one.state in OPEN]
        gone += part.accepted - len(left)
        known = sum(one.item_id in wrong for one in own)
        erased = sum(one.state == ERASED for one in own)
        remaining, whole = _remaining(wish, part, len(left), known, decided, erased)
        if left and remaining <= wish.alpha * whole:
            bounds.append(remaining / whole)
            most_wrong += remaining
            items += [one.item_id for one in left]
        else:
            waiting += len(left)
    bound = max(bounds, default=None)
    return Outcome(look, sorted(items), found, bound, most_wrong, waiting, gone)


def arrays(
    audit: Audit, look: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """A look as the tests take it: classes of the frame (−1: none), places drawn, whether right.

    What is undecided is NaN.
    """
    place = {one.item_id: number for number, one in enumerate(audit.frame)}
    told = {Verdict.RIGHT: 1.0, Verdict.WRONG: 0.0}
    taken = audit.taken(look)
    classes = [audit.index.get(one.class_id or "", NONE) for one in audit.frame]
    drawn = [place[one.item_id] for one in taken]
    right = [told.get(audit.verdicts[one.item_id], np.nan) for one in taken]
    return np.array(classes, np.int64), np.array(drawn, np.int64), np.array(right)


def claims(
    session: Session, project: Project, acceptance: Acceptance, item_ids: Iterable[str]
) -> dict[str, set[str]]:
    """The class ids that the frozen run proposes for items of a frame, by item."""
    found = proposals.of_items(session, acceptance.run_id, item_ids)
    return {item_id: proposed(project, row) for item_id, row in found.items()}


def _members(part: Part, frame: Sequence[Member], index: Mapping[str, int]) -> list[Member]:
    """The items of a part from its threshold on."""
    if part.threshold is None:
        return []
    return [
        one
        for one in frame
        if one.score >= part.threshold
        and part.class_id in (None, index.get(one.class_id or "", NONE))
    ]


def _remaining(
    wish: Wish, part: Part, left: int, known: int, decided: Mapping[int, int], erased: int
) -> tuple[int, int]:
    """How many of what is left of a part may be wrong, and what that is a share of.

    Args:
        wish: what is wished.
        part: what the tests found for it.
        left: how many of its items wait still.
        known: how many of it people have found to be wrong.
        decided: items outside the frame that people decided, by class.
        erased: how many of its items were erased: they are in the dataset no more.
    """
    outside = sum(decided.values()) if part.class_id is None else decided.get(part.class_id, 0)
    total = part.frame + outside
    most = allowed(wish, part.accepted + part.audited, part.audited, total)
    remaining = min(max(most - known, 0), left)
    return remaining, total - erased if wish.scope == Scope.DATASET else left


def _wrong(session: Session, project: Project, audit: Audit) -> set[str]:
    """The items of a frame of which people have found that the proposal is wrong."""
    held = acceptance_answers.in_force(session, audit.acceptance.id)
    claimed = claims(session, project, audit.acceptance, held)
    differing = {
        item_id for item_id, (_, labels) in held.items() if set(labels) != claimed[item_id]
    }
    drawn = {item for item, verdict in audit.verdicts.items() if verdict == Verdict.WRONG}
    return drawn | differing


def _decided(
    session: Session, project: Project, frame: Sequence[Member], index: Mapping[str, int]
) -> dict[int, int]:
    """How many items outside the frame people have decided, by class (−1: none of these)."""
    inside = {one.item_id for one in frame}
    labels = decisions.labels(session, project.id)
    outside = set(decisions.decided_items(session, project.id, VERIFIED)) - inside
    return dict(Counter(index.get(next(iter(labels.get(item, ())), ""), NONE) for item in outside))
