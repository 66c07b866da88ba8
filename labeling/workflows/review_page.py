"""What the review page is told of a project in either view, beside the items themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import decisions, own_decisions, preferences, projects
from db.tables import OPEN, VERIFIED, Class, Project
from labeling import review_settings
from labeling.workflows import codes
from labeling.workflows.preferences import KEYS

EXAMPLES = 4
"""Pictures of verified items beside each class."""


def head(
    session: Session, project: Project, user_id: str, by_state: Mapping[str, int]
) -> dict[str, Any]:
    """Name, mode, revisions, classes (codes, examples), settings, the person's keys, counts.

    ``by_state``: how many items are in each state (``StateCounts.shown``).
    """
    return {
        "project": project.name,
        "mode": project.mode,
        "revision": project.revision,
        "guideline_revision": project.guideline_revision,
        "prelabeled": project.run_id is not None,
        "classes": _classes(
            projects.classes(session, project.id, inactive=True),
            decisions.examples(session, project.id, VERIFIED, EXAMPLES),
        ),
        "settings": review_settings.read(project.review).as_dict(),
        "keys": preferences.get(session, user_id, preferences.name_in(project.id, KEYS)),
        "counts": counts(session, project, by_state, user_id),
    }


def counts(
    session: Session,
    project: Project,
    by_state: Mapping[str, int],
    user_id: str | None = None,
) -> dict[str, Any]:
    """How many items of a project are in each state, and how many are left to decide.

    With ``user_id`` as that person may know it: ``own_decisions.count_by_state``.
    """
    by_state = Counter(by_state)
    if user_id is not None:
        by_state.update(own_decisions.count_by_state(session, project.id, user_id))
    by_state = {state: n for state, n in by_state.items() if n}
    total = sum(by_state.values())
    done = sum(by_state.get(state, 0) for state in VERIFIED)
    left = sum(by_state.get(state, 0) for state in OPEN)
    return {"items": total, "verified": done, "remaining": left, "by_state": by_state}


def _classes(rows: Sequence[Class], examples: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    code = codes.of(rows)
    return [
        {
            "id": row.id,
            "name": row.name,
            "display": row.display,
            "aliases": row.aliases,
            "code": code[row.id],
            "examples": examples[row.id],
        }
        for row in rows
        if row.active
    ]
