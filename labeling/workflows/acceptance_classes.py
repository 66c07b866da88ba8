"""The errors by class of what a multi-label acceptance may accept, or has accepted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from db import acceptance_answers, projects
from db.tables import Project
from labeling.quality.class_bounds import METHOD, class_bounds
from labeling.workflows import acceptance_bound
from labeling.workflows.acceptance_audit import Verdict
from labeling.workflows.acceptance_bound import Audit


def of_audit(
    session: Session, project: Project, audit: Audit, look: int, items: Collection[str]
) -> dict[str, Any] | None:
    """How often each class is given wrongly or missed among ``items``, at most.

    Told beside the bound of whole sets; nobody wished for it, so nothing is accepted by it.

    Returns:
        method, risk, and classes: class (id), and given and missed (accepted, audited, wrong,
        bound); those that are proposed for some item of the frame. None in a single-label project,
        where classes have bounds of their own (``Wish.per_class``).
    """
    if project.mode != "multi":
        return None
    ids = list(projects.class_names(session, project.id))
    frame = audit.frame
    proposed = acceptance_bound.claims(
        session, project, audit.acceptance, [one.item_id for one in frame]
    )
    claimed = np.array([[c in proposed[one.item_id] for c in ids] for one in frame], dtype=bool)
    held = acceptance_answers.in_force(session, audit.acceptance.id)
    place = {one.item_id: number for number, one in enumerate(frame)}
    drawn = [place[one.item_id] for one in audit.taken(look)]
    wrong = np.ones((len(drawn), len(ids)), dtype=bool)
    for row, number in enumerate(drawn):
        item = frame[number].item_id
        verdict = audit.verdicts[item]
        if verdict == Verdict.RIGHT:
            wrong[row] = False
        elif verdict == Verdict.WRONG and item in held:
            differs = np.array([c in held[item][1] for c in ids]) != claimed[number]
            if differs.any():
                wrong[row] = differs
    accepted = np.array([one.item_id in items for one in frame], dtype=bool)
    risk = audit.wish.risk(look)
    found = class_bounds(claimed, accepted, np.array(drawn, np.int64), wrong, risk)
    return {
        "method": METHOD.format(risk=round(risk, 4)),
        "risk": risk,
        "classes": [
            {"class": ids[one.column], "given": asdict(one.given), "missed": asdict(one.missed)}
            for one in found
            if claimed[:, one.column].any()
        ],
    }
