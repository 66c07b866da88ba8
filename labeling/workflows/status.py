"""Where a project stands: counts by state and class, and figures with their intervals."""

from __future__ import annotations

from typing import Any

from db import decisions, images, projects, proposals
from db.tables import VERIFIED
from labeling.workflows import drift, figures, learning_figures
from labeling.workflows.projects import find
from labeling.workspace import Workspace


def status(ws: Workspace, name: str) -> dict[str, Any]:
    """Counts by state and class, and what blind decisions say of proposals and people.

    Returns:
        project, items, by_state, by_class, none_of_these, decisions; accuracy: the share of
        proposals that blind audit decisions found right; human_error: the error of the labels that
        people verified. Both are dicts with estimate, low, high, n and method, or None. learning:
        what ``learning_figures.of_project`` tells. drift: what ``drift.of_project`` tells.

    Raises:
        NotFoundError: there is no such project.
    """
    learned = learning_figures.of_project(ws, name)
    drifted = drift.of_project(ws, name)
    with ws.db.read() as session:
        project = find(session, name)
        by_state = images.count_by_state(session, project.id)
        names = projects.class_names(session, project.id)
        verified = decisions.count_by_class(session, project.id, VERIFIED)
        proposed = (
            proposals.count_by_class(session, project.run_id, project.id) if project.run_id else {}
        )
        return {
            "project": project.name,
            "items": sum(by_state.values()),
            "by_state": by_state,
            "by_class": {
                class_name: {
                    "verified": verified.get(class_id, 0),
                    "proposed": proposed.get(class_id, 0),
                }
                for class_id, class_name in names.items()
            },
            "none_of_these": {
                "verified": decisions.count_without_label(session, project.id, VERIFIED),
                "proposed": proposed.get(None, 0),
            },
            "decisions": decisions.count(session, project.id),
            "accuracy": figures.of_proposals(session, project),
            "human_error": figures.of_labels(session, project),
            "learning": learned,
            "drift": drifted,
        }
