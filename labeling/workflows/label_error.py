"""The error of verified labels as pages show it beside their other figures."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy.orm import Session

from db.tables import Project
from labeling import review_settings
from labeling.quality.agreement import ERROR_METHOD, is_enough
from labeling.quality.wording import error_in_words
from labeling.workflows import figures
from labeling.workflows.acceptance_plan import deciding
from labeling.workflows.projects import find
from labeling.workspace import Workspace

KEPT_SECONDS = 60.0


def told(ws: Workspace, project_name: str) -> dict[str, Any]:
    """The error of a project's verified labels, at most a minute old.

    It reads the logs of all items that were looked at twice: a second at 5,000 of them.

    Returns:
        ``share`` (``agreement.error_of_labels``, None before the first second look), ``known``
        (whether there are looks enough to tell it), ``words`` (it in words, with its interval) and
        ``method`` (how it was obtained; where it is unknown, what it takes).

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        share = _counted(ws, session, project)
        known = is_enough(share)
        method = f"by {ERROR_METHOD}" if known else _lacking(session, project)
        return {"share": share, "known": known, "words": error_in_words(share), "method": method}


def share(ws: Workspace, project_name: str) -> dict[str, Any] | None:
    """The error alone, as ``told`` gives it: for lists of projects.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        return _counted(ws, session, find(session, project_name))


def _counted(ws: Workspace, session: Session, project: Project) -> dict[str, Any] | None:
    counted_at, share = ws.label_errors.get(project.id, (-KEPT_SECONDS, None))
    now = time.monotonic()
    if now - counted_at >= KEPT_SECONDS:
        share = figures.of_labels(session, project)
        ws.label_errors[project.id] = (now, share)
    return share


def _lacking(session: Session, project: Project) -> str:
    """What it takes until the error is known."""
    share = review_settings.read(project.review).overlap_share
    if deciding(session, project) < 2:
        return (
            "it takes a second person, who looks again, blind, at a part of what the first has "
            "decided: only one may decide here"
        )
    if not share:
        return (
            "no decided picture goes to a second person: raise the share of blind second looks "
            "(page Team, Settings)"
        )
    return (
        f"{share:.0%} of the decided pictures, drawn at random, go blind to a second person; the "
        "error is told from there"
    )
