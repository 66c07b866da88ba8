"""The grid: undecided items for which the same is proposed, many at once, leased to one tab."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from db import audits, grid, grid_leases, images, leases, projects
from db.grid import Candidate, Viewer
from db.tables import Project, Proposal
from labeling import review_settings
from labeling.errors import InputError
from labeling.quality.intervals import clopper_pearson
from labeling.selection import views
from labeling.workflows import review_page
from labeling.workflows import views as advised
from labeling.workflows.accounts import role_of
from labeling.workflows.desk import LEASE
from labeling.workflows.grid_question import (
    AT_RANDOM,
    CERTAIN,
    ORDERS,
    SUREST,
    Classes,
    chosen_count,
    score,
)
from labeling.workflows.grid_stacks import Asked, Stack, stacks
from labeling.workflows.offers import best_classes
from labeling.workflows.outage import answering
from labeling.workflows.projects import find
from labeling.workspace import Workspace

MAX_PAGE = 240
METHOD = "blind audit decisions on items that this is proposed for; Clopper-Pearson, 95 %"


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
        label: a class, or none_of_these; surest_of_each: the surest items of every class;
            sure_at_random: of those that the last refit calls sure, in the permanent random order
            (the surest of every class where it advised no such page); in a multi-label project
            several classes with ``|`` between them; None: what most items wait for.
        order: "certain" (best score first) or "suspicious" (worst first).
        limit: how many stacks, 1 to 240.
        held: items that the tab still has, those within stacks too.
        client: what tells one tab of a person from another.

    Returns:
        what ``review_page.head`` tells, and label, order, role, labels (each with how many items
        wait), waiting (how many in all), measured (error by blind audit, or None), items. The
        ``stack`` of an item are its mates, each ``alike`` or else the same picture.

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
        sure = advised.sure_now(session, project)
    label = label or max(waiting, key=lambda name: waiting[name])
    limit = max(1, min(limit, MAX_PAGE))
    asked = replace(
        _asked(project, classes, waiting, label, limit, sure), order=order, held=frozenset(held)
    )
    with answering():
        found = ws.db.write(lambda session: _lease(session, viewer, classes, asked))
    with ws.db.read() as session:
        return told | {
            "role": role,
            "label": _label(classes, asked),
            "order": order,
            "labels": [{"label": name, "waiting": n} for name, n in waiting.items()],
            "waiting": sum(waiting.values()),
            "measured": _measured(session, project, classes, asked),
            "items": _described(session, classes, found),
        }


def opening(ws: Workspace, user_id: str, project_name: str) -> dict[str, Any]:
    """What a person sees of the surest items of each class before opening their page.

    Returns:
        pictures (how many the page would have), limit (to ask the page with), and shown: sha, label
        and score of the surest item of up to `views.GLANCE` classes. Nothing is leased. There are
        none once a refit can have learned, where few proposals are sure, or labels are several.

    Raises:
        NotFoundError: there is no such project.
    """
    nothing = {"pictures": 0, "limit": views.OPENING, "shown": []}
    with ws.db.read() as session:
        project = find(session, project_name)
        classes = Classes.of(project.mode, projects.classes(session, project.id))
        counts = review_page.counts(session, project, ws.state_counts.shown(session, project.id))
        if classes.several or counts["verified"] >= views.BEGINNING:
            return nothing
        viewer = Viewer(project.id, project.run_id or "", user_id, None, ws.clock())
        waiting = _waiting(session, viewer, classes)
        asked = _asked(project, classes, waiting, SUREST, views.OPENING, None)
        found = [stack.first for stack in stacks(session, viewer, classes, asked)]
    if len(found) < views.FEWEST:
        return nothing
    surest: dict[str | None, Candidate] = {}
    for one in found:
        surest.setdefault(one.proposal.class_id, one)
    shown = [
        {"sha": one.sha256, "label": classes.names[class_id], "score": one.proposal.score}
        for class_id, one in surest.items()
        if class_id
    ]
    return nothing | {"pictures": len(found), "shown": shown[: views.GLANCE]}


def _asked(
    project: Project,
    classes: Classes,
    waiting: Mapping[str, int],
    label: str,
    limit: int,
    sure: float | None,
) -> Asked:
    alike = review_settings.read(project.review).alike_stacks
    of_several = classes.of_several(label)
    if of_several is None:
        return Asked(classes.question(label), CERTAIN, limit, frozenset(), alike)
    if of_several == AT_RANDOM and sure is not None:
        return Asked(tuple(classes.names), CERTAIN, limit, frozenset(), alike, sure=sure)
    by_class = {class_id: waiting[name] for class_id, name in classes.names.items()}
    surest = views.shares_of(by_class, limit)
    return Asked(tuple(surest), CERTAIN, limit, frozenset(), alike, surest)


def _label(classes: Classes, asked: Asked) -> str:
    if asked.sure is not None:
        return AT_RANDOM
    return SUREST if asked.surest is not None else classes.label(asked.class_ids)


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
    found = stacks(session, viewer, classes, asked)
    if len(found) < asked.limit:  # then also what the person left behind in other tabs
        found = stacks(session, replace(viewer, client=None), classes, asked)
    wanted = [one.item_id for stack in found for one in stack.members]
    taken = grid_leases.lease(session, viewer, wanted, until)
    got = [stack.among(taken) for stack in found if stack.first.item_id in taken]
    kept = asked.held.union(one.item_id for stack in got for one in stack.members)
    grid_leases.hand_back(session, viewer, kept, until)
    return got


def _measured(
    session: Session, project: Project, classes: Classes, asked: Asked
) -> dict[str, Any] | None:
    """The share of audit items with this proposal that a person called something else."""
    if asked.surest is not None or asked.sure is not None:
        return None
    answers = [
        set(answer.labels) == set(asked.class_ids)
        for answer, proposal in audits.answers(session, project.id, project.run_id or "")
        if classes.proposed(proposal) == asked.class_ids
    ]
    if not answers:
        return None
    n, wrong = len(answers), answers.count(False)
    low, high = clopper_pearson(wrong, n)
    figures = {"n": n, "wrong": wrong, "estimate": wrong / n, "low": low, "high": high}
    return figures | {"method": METHOD}


def _described(session: Session, classes: Classes, found: Sequence[Stack]) -> list[dict[str, Any]]:
    shown = [stack.first for stack in found]
    sources = images.sources_of(session, [one.item_id for one in shown])
    sizes = grid.sizes(session, [one.sha256 for one in shown])
    described = []
    for stack in found:
        one = stack.first
        width, height = sizes[one.sha256]
        described.append(
            _item(classes, one)
            | {
                "width": width,
                "height": height,
                "margin": one.proposal.margin,
                "source": sources.get(one.item_id, [""])[0],
                "proposals": _proposals(classes, one.proposal),
                "stack": [
                    *(_item(classes, other) | {"alike": False} for other in stack.same),
                    *(_item(classes, other) | {"alike": True} for other in stack.alike),
                ],
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
