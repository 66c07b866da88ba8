"""Which items share a stack of the grid: the same picture, and what looks alike where that is set.

A stack of the same picture is decided whole, opened or not. What merely looks alike (`db.alike`)
is stacked where the project says so and the same is proposed for it; the page decides it with the
first one only after the stack was opened. Blind audits and their near-duplicates are never among
what the grid may offer, hence in no stack.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy.orm import Session

from db import grid
from db.grid import Candidate, Viewer
from db.tables import Proposal
from labeling.selection.views import SURE
from labeling.workflows.grid_question import (
    AT_RANDOM_ORDER,
    CERTAIN,
    Classes,
    order_of,
    score,
)

MAX_STACK = 100
"""Items in one stack; the rest of a larger group comes as a further stack."""
MAX_ITEMS = 1_000
"""Items in one page, those within stacks too."""


@dataclass(frozen=True)
class Asked:
    """What a tab asks for: the classes of the question, the order, and how many stacks.

    ``held`` are items that the tab still has: shown, prefetched, or decided and not acknowledged.
    ``alike`` says whether what looks alike is stacked too. ``surest``: not one question about the
    classes, but so many of the surest items of each, every one about its own class. ``sure``: items
    of the classes with at least this score, at random, every one about its own class.
    """

    class_ids: tuple[str, ...]
    order: str
    limit: int
    held: frozenset[str]
    alike: bool
    surest: Mapping[str, int] | None = None
    sure: float | None = None


@dataclass(frozen=True)
class Stack:
    """The item that is shown, those that are the same picture, and those that look alike."""

    first: Candidate
    same: list[Candidate] = field(default_factory=list)
    alike: list[Candidate] = field(default_factory=list)

    @property
    def members(self) -> list[Candidate]:
        """Every item of the stack, the one that is shown first."""
        return [self.first, *self.same, *self.alike]

    def among(self, item_ids: set[str]) -> Stack:
        """The same stack with only those mates that are in ``item_ids``."""
        same, alike = (
            [one for one in mates if one.item_id in item_ids] for mates in (self.same, self.alike)
        )
        return Stack(self.first, same, alike)


def stacks(session: Session, viewer: Viewer, classes: Classes, asked: Asked) -> list[Stack]:
    """The first stacks that a person could have; a group comes where its first item does."""
    first: list[Candidate] = []
    groups: set[str] = set()
    for one in _in_order(session, viewer, classes, asked):
        own = {group for group in (one.group_id, one.alike_id) if group}
        if one.item_id in asked.held or own & groups:
            continue
        first.append(one)
        groups |= own
        if len(first) == asked.limit:
            break
    same = grid.members(session, viewer, sorted({one.group_id for one in first if one.group_id}))
    alike = grid.alike_members(
        session, viewer, sorted({one.alike_id for one in first if one.alike_id})
    )
    made: list[Stack] = []
    gone = set(asked.held)
    size = 0
    for one in first:
        if one.item_id in gone:  # in the stack of something that looks like its near-duplicate
            continue
        gone.add(one.item_id)
        mates = _free(same.get(one.group_id or "", ()), gone)
        like = [
            other
            for other in _free(alike.get(one.alike_id or "", ()), gone)
            if classes.proposed(other.proposal) == classes.proposed(one.proposal)
        ]
        stack = Stack(one, mates[: MAX_STACK - 1], like[: max(0, MAX_STACK - 1 - len(mates))])
        size += len(stack.members)
        if size > MAX_ITEMS:
            break
        gone.update(other.item_id for other in stack.members)
        made.append(stack)
    if asked.sure is not None:
        made.sort(key=lambda stack: _by_class(asked, stack.first.proposal))
    return made


def _by_class(asked: Asked, proposal: Proposal) -> tuple[int, float]:
    """The place of a proposal on a page at random: class by class, most certain first."""
    return asked.class_ids.index(proposal.class_id or ""), -proposal.score


def _surest(
    session: Session, viewer: Viewer, shares: Mapping[str, int], asked: Asked
) -> Iterator[Candidate]:
    """The surest items of each class, class by class, where they are more likely right than not."""
    for class_id, share in shares.items():
        order = order_of([class_id], CERTAIN)
        best = grid.candidates(session, viewer, [class_id], order, alike=asked.alike)
        free = (one for one in best if one.item_id not in asked.held)
        yield from (one for one in islice(free, share) if one.proposal.score >= SURE)


def _free(mates: Iterable[Candidate], gone: set[str]) -> list[Candidate]:
    return [other for other in mates if other.item_id not in gone]


def _in_order(
    session: Session, viewer: Viewer, classes: Classes, asked: Asked
) -> Iterable[Candidate]:
    if asked.surest is not None:
        return _surest(session, viewer, asked.surest, asked)
    if asked.sure is not None:
        return grid.candidates(
            session,
            viewer,
            asked.class_ids,
            AT_RANDOM_ORDER,
            sure=asked.sure,
            alike=asked.alike,
        )
    if not classes.several:
        order = order_of(asked.class_ids, asked.order)
        return grid.candidates(session, viewer, asked.class_ids, order, alike=asked.alike)
    same = [
        one
        for one in grid.candidates(session, viewer, asked.class_ids, alike=asked.alike)
        if classes.proposed(one.proposal) == asked.class_ids
    ]
    return sorted(same, key=lambda one: score(one.proposal, True), reverse=asked.order == CERTAIN)
