"""Which view of review pays more now: worked out at each refit, kept by the head, told with the
queue.

What is drawn for a blind look is in none of its figures, nor is what is assigned to somebody.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from db import grid, heads, projects, queue
from db.grid import Viewer
from db.tables import Head, Project, Proposal
from labeling.selection import views
from labeling.selection.views import Belief, Page
from labeling.workflows.grid_question import CERTAIN, SUREST, order_of, score
from labeling.workspace import Workspace

FIGURE = "views"
"""Name among the figures of a head."""


def store(ws: Workspace, project_id: str, head: Head) -> Generator[None, None, None]:
    """Compare the two views by the proposals that are shown, and keep the advice by the head.

    Its figures get ``views``: run (whose proposals these are), errors (expected among what is
    open), and page: class_id (None: the surest of each class), pictures and wrong (expected errors)
    of the page of the grid that pays more than the single view, or None. Projects with several
    labels a picture get none.
    """
    with ws.db.read() as session:
        project = projects.by_id(session, project_id)
        if project.mode == "multi" or project.run_id is None:
            return
        class_ids = [row.id for row in projects.classes(session, project_id)]
        viewer = grid.anybody(project_id, project.run_id)
        now = Belief(head.labels, grid.expected_errors(session, viewer))
        single = views.worth_of_single(_upcoming(session, project), now, _before(session, head))
        waiting = grid.count_by_class(session, viewer)
    shares = views.shares_of({one: waiting.get(one, 0) for one in class_ids}, views.OPENING)
    keys = views.keys_of(len(class_ids))
    pages, surest = [], []
    for class_id, share in shares.items():
        yield
        with ws.db.read() as session:
            shown = _shown(session, viewer, class_id)
        pages.append(views.page_of(class_id, _others(shown), keys))
        surest += [one for one in shown[:share] if one.score >= views.SURE]
    of_each = views.page_of(None, _others(surest[: views.OPENING]), keys)
    first = views.gives_many(of_each, head.labels)
    page = _told(of_each if first else views.better_page(pages, single, head.labels))
    told = {FIGURE: {"run": viewer.run_id, "errors": now.errors, "page": page}}
    ws.db.write(lambda session: heads.add_figures(session, head.id, told))


def advice(session: Session, project: Project, names: Mapping[str, str]) -> dict[str, Any] | None:
    """The page of the grid that pays more than the single view, by the last refit.

    Args:
        session: an open session.
        project: the project.
        names: of its active classes, by id.

    Returns:
        label (of a class, or surest_of_each), pictures (of that page), limit (to ask the page
        with), wrong (expected errors among them); None where the single view pays more, or other
        proposals are shown by now.
    """
    told = heads.newest_figure(session, project.id, FIGURE)
    page = told["page"] if told and told["run"] == project.run_id else None
    if page is None:
        return None
    pictures, wrong = page["pictures"], page["wrong"]
    if page["class_id"] is None:
        label, limit = SUREST, views.OPENING
    elif page["class_id"] in names:
        label, limit = names[page["class_id"]], pictures
    else:
        return None
    return {"label": label, "pictures": pictures, "limit": limit, "wrong": wrong}


def _told(page: Page | None) -> dict[str, Any] | None:
    if page is None:
        return None
    return {"class_id": page.label, "pictures": page.pictures, "wrong": page.wrong}


def _upcoming(session: Session, project: Project) -> views.Floats:
    found = queue.upcoming(session, project.id, views.NEXT)
    return np.array([score(proposal, False) for proposal in found])


def _before(session: Session, head: Head) -> Belief | None:
    found = heads.earlier(session, head, head.labels - views.WINDOW)
    told = found.figures.get(FIGURE) if found else None
    return Belief(found.labels, told["errors"]) if found and told else None


def _shown(session: Session, viewer: Viewer, class_id: str) -> list[Proposal]:
    """What the page of a class would show, most certain first."""
    surest = grid.candidates(session, viewer, [class_id], order_of([class_id], CERTAIN))
    return [one.proposal for one in islice(surest, views.PAGE)]


def _others(proposals: Sequence[Proposal]) -> views.Floats:
    """Probabilities of what else each picture may be, [m, c]: classes, none of these, any other."""
    columns: dict[str, int] = {}
    for proposal in proposals:
        for class_id, _ in proposal.top[1:]:
            columns.setdefault(class_id, len(columns))
    found = np.zeros((len(proposals), len(columns) + 2))
    for row, proposal in zip(found, proposals, strict=True):
        for class_id, share in proposal.top[1:]:
            row[columns[class_id]] = share
        row[-2] = proposal.none_score
        row[-1] = max(0.0, 1 - proposal.score - row.sum())
    return found
