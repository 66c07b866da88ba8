"""What all acceptances of a project risk together, and which imports none of them covers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import acceptances, batches, images
from db.acceptances import ACCEPTED, PLANNED
from db.tables import Acceptance, Project
from labeling.quality.spending import together
from labeling.workflows.projects import find
from labeling.workspace import Workspace

METHOD = (
    "the sum of the risks of all audits that were drawn, accepted from or not (Boole): each keeps "
    "its own risk, and who tries until one allows what is wished takes that of all"
)


def of_project(ws: Workspace, project_name: str) -> dict[str, Any]:
    """How often it was tried in a project, at which risk in all, and what is not covered.

    Returns:
        attempts (audits that were drawn), risk (that any of their claims is or was false, at most),
        standing (acceptances that hold) and standing_risk (that any of these is false), method;
        uncovered: imports (ids) that no standing acceptance covers, and their pictures; empty
        where none stands.

    Raises:
        NotFoundError: there is no such project.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        known = acceptances.of_project(session, project.id)
        drawn = [row for row in known if row.state != PLANNED and row.audit_size]
        standing = [row for row in drawn if row.state == ACCEPTED]
        return {
            "attempts": len(drawn),
            "risk": together(row.delta for row in drawn),
            "standing": len(standing),
            "standing_risk": together(row.delta for row in standing),
            "method": METHOD,
            "uncovered": _uncovered(session, project, standing),
        }


def _uncovered(
    session: Session, project: Project, standing: Sequence[Acceptance]
) -> dict[str, Any]:
    """The imports that came after, or were left out of, every acceptance that holds."""
    if not standing:
        return {"imports": [], "pictures": 0}
    items = batches.count_items(session, project.id)
    left = [
        batch.id
        for batch in images.batches(session, project.id)
        if items[batch.id]
        and not any(
            batch.id in row.figures["batches"]
            if row.figures["batches"] is not None
            else batch.created_at <= row.created_at
            for row in standing
        )
    ]
    return {"imports": left, "pictures": sum(items[batch] for batch in left)}
