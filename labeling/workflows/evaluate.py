"""Proposals of a project's shown run against a truth file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from db import projects, proposals
from db.tables import Proposal
from labeling.scoring.metrics import class_figures, expected_calibration_error, macro_f1
from labeling.workflows.projects import find, shown_run
from labeling.workflows.truth import read_truth
from labeling.workspace import Workspace

MULTI_THRESHOLD = 0.5


def evaluate(ws: Workspace, project_name: str, truth_path: Path) -> dict[str, Any]:
    """Accuracy, macro F1, calibration error and figures by class of the proposals.

    Single-label: ``accuracy`` is the share of right proposals (none of these counts as an answer)
    and ``ece`` takes the score of the best outcome. Multi-label: ``accuracy`` is the share of
    pictures whose whole set of labels is right, among the best five classes that a proposal keeps.

    Raises:
        InputError: the project has no proposals, or the truth can't be used.
    """
    with ws.db.read() as session:
        project = find(session, project_name)
        run = shown_run(session, project)
        truth = read_truth(session, project, truth_path)
        proposed = proposals.of_items(session, run.id, truth)
        classes = projects.classes(session, project.id, inactive=True)
    items = [item for item in truth if item in proposed]
    ids = [c.id for c in classes]
    true = np.array([[c in truth[item] for c in ids] for item in items], dtype=bool)
    said = np.array([_said(proposed[i], ids, project.mode) for i in items], dtype=bool)
    right = (true == said).all(axis=1)
    single = project.mode == "single"
    score = np.array(
        [p.none_score if p.class_id is None else p.score for p in (proposed[i] for i in items)]
    )
    figures = class_figures(true, said)
    return {
        "project": project.name,
        "n": len(items),
        "method": "proposals of the shown run against every row of the truth",
        "accuracy": float(right.mean()) if items else None,
        "macro_f1": macro_f1(figures),
        "ece": expected_calibration_error(score, right) if single else None,
        "per_class": {c.name: asdict(f) for c, f in zip(classes, figures, strict=True)},
    }


def _said(proposal: Proposal, ids: list[str], mode: str) -> list[bool]:
    if mode == "multi":
        chosen = {c for c, score in proposal.top if score >= MULTI_THRESHOLD}
    else:
        chosen = {proposal.class_id}
    return [class_id in chosen for class_id in ids]
