"""What a wish to accept proposals without looking costs, told before anything is drawn."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db import acceptance_candidates, images, users
from db.tables import Project, Proposal, Run
from labeling.errors import InputError, NotFoundError
from labeling.quality import forecast
from labeling.quality.wish import Scope, Wish, cost
from labeling.roles import Role, may, role_in_project
from labeling.workflows import figures
from labeling.workflows.grid_question import score
from labeling.workflows.projects import find, shown_run
from labeling.workspace import Workspace

MULTIPLES = (1, 2, 3, 5)
"""Sizes of an audit to choose from, as multiples of what an audit without an error takes."""
USUAL = 3
MOST_LOOKS = 5
NONE = -1
"""What stands for none of these in place of a class."""


@dataclass(frozen=True)
class Eligible:
    """The items that may come into a frame: ids, scores, proposed classes (−1: none of these)."""

    items: list[str]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64]
    class_ids: list[str]

    def class_id(self, place: int) -> str | None:
        """The class that is proposed for an item; None: none of these."""
        return self.class_ids[self.classes[place]] if self.classes[place] != NONE else None


def plan(
    ws: Workspace,
    project_name: str,
    *,
    alpha: float,
    delta: float = 0.05,
    scope: str = Scope.ACCEPTED,
    per_class: bool = False,
    batches: Collection[str] | None = None,
    audit: int | None = None,
    looks: int = 1,
) -> dict[str, Any]:
    """What a wish costs, and what it can be expected to bring.

    Args:
        ws: the workspace.
        project_name: the project.
        alpha: the error that may remain, above 0 and below 1.
        delta: the risk that more remains, above 0 and below 1.
        scope: "accepted": of what is accepted; "dataset": of all, with what people decided.
        per_class: whether it has to hold in each proposed class.
        batches: imports that are covered; None: all.
        audit: how many items will be drawn (in each class, where it is per class); None: a size
            that bears some errors.
        looks: at how many sizes of the audit it is asked what may be accepted, 1 to 5.

    Returns:
        eligible, items (of the project), alpha, delta, scope, per_class; error_free: right
        decisions that the accepted part needs while none is wrong, in the worst class; audit_n: how
        many would be drawn; options: for several sizes the share of the eligible items that may be
        expected (share, low, high, chance); human_error (of the labels that people verified, or
        None), twice: whether each drawn item should be decided by two people, people: how many
        there are for it, possible: whether anything could be accepted at all.

    Raises:
        InputError: a value can't be used, or the project has no proposals for its present classes.
        NotFoundError: there is no such project or import.
    """
    wish = wish_of(alpha, delta, scope, per_class, looks)
    with ws.db.read() as session:
        project = find(session, project_name)
        run = frozen_run(session, project)
        require(session, project, wish, batches)
        found = acceptance_candidates.candidates(session, project.id, run.id, batches, ws.clock())
        human = figures.of_labels(session, project)
        people = deciding(session, project)
        items = sum(images.count_by_state(session, project.id).values())
    eligible = eligible_of(project, found)
    needed = error_free(wish, eligible)
    strata = _strata(wish, eligible)
    size = audit or audit_size(wish, eligible)
    offered = {size, *(needed * times for times in MULTIPLES)} if needed else set()
    sizes = sorted(one for one in offered if one == size or one < max(map(len, strata)))
    return {
        "items": items,
        "eligible": len(eligible.items),
        "alpha": alpha,
        "delta": delta,
        "scope": wish.scope.value,
        "per_class": per_class,
        "error_free": needed,
        "classes": len(strata) if per_class else None,
        "audit_n": sum(min(size, len(own)) for own in strata),
        "per_stratum": size,
        "options": [_option(wish, eligible, strata, one) for one in sizes],
        "human_error": human,
        "twice": needs_two(human, alpha),
        "people": people,
        "possible": needed is not None,
    }


def wish_of(alpha: float, delta: float, scope: str, per_class: bool, looks: int) -> Wish:
    """A wish with its values checked; its looks are equal steps of an audit of any size.

    Raises:
        InputError: a value can't be used.
    """
    if scope not in list(Scope):
        raise InputError(f"the scope {scope!r} is not known", f"Choose {' or '.join(Scope)}.")
    if not 1 <= looks <= MOST_LOOKS:
        raise InputError(f"{looks} looks can't be planned", f"Choose 1 to {MOST_LOOKS}.")
    return Wish(alpha, delta, Scope(scope), per_class, tuple(range(1, looks + 1)))


def looks_at(size: int, looks: int) -> tuple[int, ...]:
    """How many of ``size`` drawn items are decided at each of ``looks`` planned looks."""
    return tuple(sorted({math.ceil(size * n / looks) for n in range(1, looks + 1)}))


def frozen_run(session: Session, project: Project) -> Run:
    """The run whose proposals would be frozen.

    Raises:
        InputError: there is none, or the classes have changed since.
    """
    run = shown_run(session, project)
    if run.revision != project.revision:
        raise InputError(
            f"the classes of {project.name!r} have changed since its proposals were made",
            f"Pre-label again first: prelabel run {project.name}",
        )
    return run


def require(
    session: Session, project: Project, wish: Wish, batches: Collection[str] | None
) -> None:
    """Refuse a wish that this project can't have.

    Raises:
        InputError: it is per class and the project takes several labels a picture.
        NotFoundError: there is no such import.
    """
    if wish.per_class and project.mode == "multi":
        raise InputError(
            f"{project.name!r} takes several labels a picture: no class of its own is proposed",
            "Wish for all together: a picture counts as wrong where any label is.",
        )
    known = {batch.id for batch in images.batches(session, project.id)}
    for batch in batches or ():
        if batch not in known:
            raise NotFoundError(f"the project {project.name!r} has no import {batch!r}")


def eligible_of(project: Project, found: Sequence[Proposal]) -> Eligible:
    """The items that may come into a frame, from what is proposed for them."""
    class_ids = sorted({one.class_id for one in found if one.class_id})
    index = {class_id: number for number, class_id in enumerate(class_ids)}
    return Eligible(
        items=[one.item_id for one in found],
        scores=np.array([score(one, project.mode == "multi") for one in found], np.float64),
        classes=np.array([index.get(one.class_id or "", NONE) for one in found], np.int64),
        class_ids=class_ids,
    )


def framed(wish: Wish, eligible: Eligible, size: int) -> NDArray[np.bool_]:
    """Which items the frame takes in: those that an audit of that size can hope to accept.

    Only scores decide; what is below stays with people. ``size`` is in each class where the wish
    is per class.
    """
    chosen = np.zeros(len(eligible.items), bool)
    strata = _strata(wish, eligible)
    for own in strata:
        scores = eligible.scores[own]
        doubts, drawn = forecast.doubts(scores), min(size, len(own))
        least = forecast.hopeful(wish, scores, doubts, drawn, len(strata))
        chosen[own[scores >= least]] = True
    return chosen


def error_free(wish: Wish, eligible: Eligible) -> int | None:
    """Right decisions that the accepted part needs, in the class that needs most.

    Classes too small to be accepted at all are passed over; None where nothing could be.
    """
    if not eligible.items:
        return None
    names, counts = np.unique(eligible.classes, return_counts=True)
    sizes = dict(zip(names.tolist(), counts.tolist(), strict=True))
    inside = cost(wish, sizes if wish.per_class else len(eligible.items)).inside
    return max((n for n in inside.values() if n is not None), default=None)


def audit_size(wish: Wish, eligible: Eligible) -> int:
    """How many items to draw (in each class, where the wish is per class) if nobody says it.

    Of few items no more than half are drawn where that can do.
    """
    needed = error_free(wish, eligible) or 0
    largest = max(map(len, _strata(wish, eligible)), default=0)
    return min(USUAL * needed, max(needed, largest // 2))


def needs_two(human_error: dict[str, Any] | None, alpha: float) -> bool:
    """Whether two people should decide each drawn item: alone they err more often than is wished.

    Where the error of people is not known it can't be told: then one is taken to be enough.
    """
    return human_error is not None and human_error["estimate"] > alpha


def deciding(session: Session, project: Project) -> int:
    """How many people may decide in a project."""
    own = users.members(session, project.id)
    roles = [role_in_project(one.role, own.get(one.id)) for one in users.active(session)]
    return sum(role is not None and may(role, Role.ANNOTATOR) for role in roles)


def _strata(wish: Wish, eligible: Eligible) -> list[NDArray[np.int64]]:
    """Positions of all items, or of those of each proposed class."""
    if not wish.per_class:
        return [np.arange(len(eligible.items))] if eligible.items else []
    return [np.flatnonzero(eligible.classes == name) for name in np.unique(eligible.classes)]


def _option(
    wish: Wish, eligible: Eligible, strata: Sequence[NDArray[np.int64]], size: int
) -> dict[str, Any]:
    """What an audit of a size is expected to bring: shares of what is eligible, the audit's own
    pictures, at which people look, not among them."""
    chosen = framed(wish, eligible, size)
    scores, classes = eligible.scores[chosen], eligible.classes[chosen]
    drawn = min(sum(min(size, int(chosen[own].sum())) for own in strata), len(scores))
    told = forecast.forecast(wish, scores, classes, forecast.doubts(scores), [drawn])[0]
    part = (len(scores) - drawn) / len(eligible.items)
    return {
        "audit_n": drawn,
        "per_stratum": size,
        "share": told.share * part,
        "low": told.low * part,
        "high": told.high * part,
        "chance": told.chance,
    }
