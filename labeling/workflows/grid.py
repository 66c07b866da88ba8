"""The grid: undecided items for which the same is proposed, many at once, leased to one tab."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from db import audits, grid, grid_leases, images, leases, projects
from db.grid import Candidate, Viewer
from db.tables import Project, Proposal
from labeling.errors import InputError
from labeling.quality.intervals import clopper_pearson
from labeling.workflows import review_page
from labeling.workflows.accounts import role_of
from labeling.workflows.desk import LEASE
from labeling.workflows.grid_question import (
    CERTAIN,
    ORDERS,
    Classes,
    chosen_count,
    order_of,
    score,
)
from labeling.workflows.offers import best_classes
from labeling.workflows.outage import answering
from labeling.workflows.projects import find
from labeling.workspace import Workspace

MAX_PAGE = 240
MAX_STACK = 100
"""Items in one stack; the rest of a larger duplicate group comes as a further stack."""
MAX_ITEMS = 1_000
"""Items in one page, those within stacks too."""
METHOD = "blind audit decisions on items that this is proposed for; Clopper-Pearson, 95 %"

Stack = list[Candidate]
"""The item that is shown, then the others of its duplicate group."""


@dataclass(frozen=True)
class Asked:
    """What a tab asks for: the classes of the question, the order, and how many stacks.

    ``held`` are items that the tab still has: shown, prefetched, or decided and not acknowledged.
    """

    class_ids: tuple[str, ...]
    order: str
    limit: int
    held: frozenset[str]


def page(
    ws: Workspace,
    user_id: str,
    project_name: str,
    label: str | None = None,
    *,
    order: str = CERTAIN,
    limit: int = 60,
    held: Iterable[str] = (),
    client: str = "",
) -> dict[str, Any]:
    """Lease the next stacks of the grid to a person's tab and describe them.

    What the tab had leased and neither holds nor gets here goes back to the queue at once.

    Args:
        ws: the workspace.
        user_id: who reviews.
        project_name: the project.
        label: a class, or none_of_these; in a multi-label project several with ``|`` between
            them; None: what most items wait for.
        order: "certain" (best score first) or "suspicious" (worst first).
        limit: how many stacks, 1 to 240.
        held: items that the tab still has, those within stacks too.
        client: what tells one tab of a person from another.

    Returns:
        what ``review_page.head`` tells, and label, order, role, labels (each with how many items
        wait), waiting (how many in all), measured (error by blind audit, or None), items.

    Raises:
        InputError: there is no such class or order.
        NotFoundError: there is no such project.
        StoreBusyError: the database does not answer just now.
    """
    if order not in ORDERS:
        raise InputError(f"the order {order!r} is not known", f"Choose {' or '.join(ORDERS)}.")
    role = role_of(ws, user_id, project_name)
    now = ws.clock()
    with ws.db.read() as session:
        project = find(session, project_name)
        classes = Classes.of(project.mode, projects.classes(session, project.id))
        viewer = Viewer(project.id, project.run_id or "", user_id, client, now)
        waiting = _waiting(session, viewer, classes)
        by_state = ws.state_counts.shown(session, project.id)
        told = review_page.head(session, project, user_id, by_state)
    label = label or max(waiting, key=lambda name: waiting[name])
    limit = max(1, min(limit, MAX_PAGE))
    asked = Asked(classes.question(label), order, limit, frozenset(held))
    with answering():
        stacks = ws.db.write(lambda session: _lease(session, viewer, classes, asked))
    with ws.db.read() as session:
        return told | {
            "role": role,
            "label": classes.label(asked.class_ids),
            "order": order,
            "labels": [{"label": name, "waiting": n} for name, n in waiting.items()],
            "waiting": sum(waiting.values()),
            "measured": _measured(session, project, classes, asked.class_ids),
            "items": _described(session, classes, stacks),
        }


def _waiting(session: Session, viewer: Viewer, classes: Classes) -> dict[str, int]:
    """How many items wait for each question: every class and none of these, or every set."""
    everywhere = replace(viewer, client=None)
    if classes.several:
        rows = grid.candidates(session, everywhere, None)
        found = classes.waiting(one.proposal for one in rows)
        return dict(found.most_common()) or {classes.label(()): 0}
    by_class = grid.count_by_class(session, everywhere)
    named = {name: by_class.get(class_id, 0) for class_id, name in classes.names.items()}
    return named | {classes.label(()): by_class.get(None, 0)}


def _lease(session: Session, viewer: Viewer, classes: Classes, asked: Asked) -> list[Stack]:
    grid_leases.lock(session, viewer.project_id)
    leases.release_expired(session, viewer.project_id, viewer.now)
    until = viewer.now + LEASE
    found = _stacks(session, viewer, classes, asked)
    if len(found) < asked.limit:  # then also what the person left behind in other tabs
        found = _stacks(session, replace(viewer, client=None), classes, asked)
    taken = grid_leases.lease(session, viewer, [c.item_id for stack in found for c in stack], until)
    stacks = [
        [one for one in stack if one.item_id in taken]
        for stack in found
        if stack[0].item_id in taken
    ]
    kept = asked.held.union(one.item_id for stack in stacks for one in stack)
    grid_leases.hand_back(session, viewer, kept, until)
    return stacks


def _stacks(session: Session, viewer: Viewer, classes: Classes, asked: Asked) -> list[Stack]:
    """The first stacks that a person could have; a duplicate group comes where its first does."""
    first: list[Candidate] = []
    groups: set[str] = set()
    for one in _in_order(session, viewer, classes, asked):
        if one.item_id in asked.held or one.group_id in groups:
            continue
        first.append(one)
        if one.group_id:
            groups.add(one.group_id)
        if len(first) == asked.limit:
            break
    members = grid.members(session, viewer, sorted(groups))
    stacks: list[Stack] = []
    size = 0
    for one in first:
        others = [
            other
            for other in members.get(one.group_id or "", ())
            if other.item_id != one.item_id and other.item_id not in asked.held
        ]
        stack = [one, *others[: MAX_STACK - 1]]
        size += len(stack)
        if size > MAX_ITEMS:
            break
        stacks.append(stack)
    return stacks


def _in_order(
    session: Session, viewer: Viewer, classes: Classes, asked: Asked
) -> Iterable[Candidate]:
    if not classes.several:
        order = order_of(asked.class_ids, asked.order)
        return grid.candidates(session, viewer, asked.class_ids, order)
    same = [
        one
        for one in grid.candidates(session, viewer, asked.class_ids)
        if classes.proposed(one.proposal) == asked.class_ids
    ]
    return sorted(same, key=lambda one: score(one.proposal, True), reverse=asked.order == CERTAIN)


def _measured(
    session: Session, project: Project, classes: Classes, class_ids: Sequence[str]
) -> dict[str, Any] | None:
    """The share of audit items with this proposal that a person called something else."""
    answers = [
        set(answer.labels) == set(class_ids)
        for answer, proposal in audits.answers(session, project.id, project.run_id or "")
        if classes.proposed(proposal) == tuple(class_ids)
    ]
    if not answers:
        return None
    n, wrong = len(answers), answers.count(False)
    low, high = clopper_pearson(wrong, n)
    figures = {"n": n, "wrong": wrong, "estimate": wrong / n, "low": low, "high": high}
    return figures | {"method": METHOD}


def _described(session: Session, classes: Classes, stacks: Sequence[Stack]) -> list[dict[str, Any]]:
    shown = [stack[0] for stack in stacks]
    sources = images.sources_of(session, [one.item_id for one in shown])
    sizes = grid.sizes(session, [one.sha256 for one in shown])
    described = []
    for one, *others in stacks:
        width, height = sizes[one.sha256]
        described.append(
            _item(classes, one)
            | {
                "width": width,
                "height": height,
                "margin": one.proposal.margin,
                "source": sources.get(one.item_id, [""])[0],
                "proposals": _proposals(classes, one.proposal),
                "stack": [_item(classes, other) for other in others],
            }
        )
    return described


def _item(classes: Classes, one: Candidate) -> dict[str, Any]:
    proposed = classes.proposed(one.proposal)
    return {
        "item": one.item_id,
        "sha": one.sha256,
        "run": one.proposal.run_id,
        "score": score(one.proposal, classes.several),
        "labels": [classes.names[class_id] for class_id in proposed],
    }


def _proposals(classes: Classes, proposal: Proposal) -> list[dict[str, Any]]:
    return best_classes(proposal.top, chosen_count(proposal), classes.names)
