"""What every page about one project begins with."""

from typing import Any

import streamlit as st

from app import session
from app.parts import empty, errors, links, worker_notice
from labeling.errors import NotFoundError
from labeling.workflows import projects


def opened(title: str, *, waits_for_jobs: bool = True) -> dict[str, Any] | None:
    """Draw the head of a page and return the project in the address (``projects.show``).

    Returns None, and says what to do, when no project is chosen or the chosen one is gone.

    Args:
        title: of the page.
        waits_for_jobs: say so where no worker is there to do them.
    """
    st.title(title)
    name = session.project_name()
    if name is None:
        empty.no_project()
        return None
    try:
        project = projects.show(session.workspace(), name)
    except NotFoundError as error:
        errors.show(error.what, "Choose another one in the sidebar, or create one.")
        links.link("projects", "Go to Projects")
        return None
    if waits_for_jobs:
        worker_notice.draw()
    return project


def with_proposals(title: str, lacking: str) -> dict[str, Any] | None:
    """Draw the head of a page that is about proposals and return the project; None without any.

    Args:
        title: of the page.
        lacking: what there is not before a project is pre-labeled.
    """
    project = opened(title)
    if project is None or project["recipe"] is not None:
        return project
    empty.nothing("No proposals yet", f"Pre-label first: {lacking}.")
    links.link("prelabel", "Go to Pre-label", project["name"])
    return None
