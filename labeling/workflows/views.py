"""Which view of review pays more now: worked out at each refit, kept by the head, told with the
queue.

What is drawn for a blind look is in none of its figures, nor is what is assigned to somebody.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from db import grid, heads, learning, passing, projects, queue
from db.grid import Viewer
from db.tables import Head, Project, Proposal
from labeling.selection import views
from labeling.selection.views import Belief, Page
from labeling.workflows.grid_question import (
    AT_RANDOM,
    AT_RANDOM_ORDER,
    CERTAIN,
    order_of,
    score,
)
from labeling.workspace import Workspace

FIGURE = "views"
"""Name among the figures of a head."""


def store(ws: Workspace, project_id: str, head: Head) -> Generator[None, None, None]:
    """Compare the two views by the proposals that are shown, and keep the advice by the head.

    Its figures get ``views``: run (whose proposals these are), errors (expected among what is
    open), and page: class_id, pictures and wrong (expected errors) of the page of the grid that
    pays more than the single view, or None. A page of sure pictures at random has no class_id, but
    sure (their least probability). Projects with several labels a picture get none.
    """
    with ws.db.read() as session:
        project = projects.by_id(session, project_id)
        if project.mode == "multi" or project.run_id is None:
            return
        class_ids = [row.id for row in projects.classes(session, project_id)]
        viewer = grid.anybody(project_id, project.run_id)
        now = Belief(head.labels, grid.expected_errors(session, viewer))
        single = views.worth_of_single(_upcoming(session, project), now, _before(session, head))
        since = learning.answers_since_policy(session, project_id, AT_RANDOM)
        at_random = learning.count_labels(session, project_id, AT_RANDOM)
        waiting = grid.count_by_class(session, viewer)
    keys = views.keys_of(len(class_ids))
    page = None
    if views.may_draw(head.labels, since):
        yield
        with ws.db.read() as session:
            page = _at_random(session, viewer, class_ids, keys)
    if page is None:
        pages = []
        for class_id in class_ids:
            if waiting.get(class_id):
                yield
                pages.append(_of_class(ws, viewer, class_id, keys))
        page = _told(views.better_page(pages, single, head.labels, at_random))
    told = {FIGURE: {"run": viewer.run_id, "errors": now.errors, "page": page}}
    ws.db.write(lambda session: heads.add_figures(session, head.id, told))


def marks(session: Session, project_id: str) -> list[passing.Mark]:
    """How far the grid has come in each run: `passing.marks`, by the pages that were advised."""
    told = heads.all_figures(session, project_id, FIGURE)
    pages = {one["run"]: one["page"] or {} for one in told}
    sure = {run: page["sure"] for run, page in pages.items() if "sure" in page}
    return passing.marks(session, project_id, sure)


def sure_now(session: Session, project: Project) -> float | None:
    """The least probability on the page at random that is advised now, None where there is none."""
    page = _page_now(session, project)
    return page.get("sure") if page else None


def advice(session: Session, project: Project, names: Mapping[str, str]) -> dict[str, Any] | None:
    """The page of the grid that pays more than the single view, by the last refit.

    Args:
        session: an open session.
        project: the project.
        names: of its active classes, by id.

    Returns:
        label (of a class, or sure_at_random), pictures (of that page), limit (to ask the page
        with), wrong (expected errors among them); None where the single view pays more, or other
        proposals are shown by now.
    """
    page = _page_now(session, project)
    if page is None:
        return None
    pictures, wrong = page["pictures"], page["wrong"]
    if "sure" in page:
        label, limit = AT_RANDOM, views.DRAWN
    elif page["class_id"] in names:
        label, limit = names[page["class_id"]], pictures
    else:
        return None
    return {"label": label, "pictures": pictures, "limit": limit, "wrong": wrong}


def _page_now(session: Session, project: Project) -> dict[str, Any] | None:
    """What the last refit advised, unless other proposals are shown by now."""
    told = heads.newest_figure(session, project.id, FIGURE)
    found: dict[str, Any] | None = told["page"] if told and told["run"] == project.run_id else None
    return found


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


def _at_random(
    session: Session, viewer: Viewer, class_ids: Collection[str], keys: int
) -> dict[str, Any] | None:
    """The page at random of the least sure pictures that gives many labels an action, or None.

    The first pictures of the random order stand for all that are open: where enough of them are
    sure, they hold the whole page.
    """
    order = grid.candidates(session, viewer, None, AT_RANDOM_ORDER)
    sample = [one.proposal for one in islice(order, round(views.DRAWN / views.LEAST_SHARE))]
    for sure in views.LEAST_SURE:
        found = [one for one in sample if one.class_id in class_ids and one.score >= sure]
        if len(found) < views.LEAST_SHARE * len(sample):
            return None
        page = views.page_of(None, _others(found[: views.DRAWN]), keys)
        if views.gives_many(page):
            return {"class_id": None, "pictures": page.pictures, "wrong": page.wrong, "sure": sure}
    return None


def _of_class(ws: Workspace, viewer: Viewer, class_id: str, keys: int) -> Page:
    """What the page of a class promises, most certain first."""
    with ws.db.read() as session:
        surest = grid.candidates(session, viewer, [class_id], order_of([class_id], CERTAIN))
        shown = [one.proposal for one in islice(surest, views.PAGE)]
    return views.page_of(class_id, _others(shown), keys)


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
